// What is usual of values: learned of many, of nobody in particular, and worth having.
#include "understand/resonance/usual.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ground/base/hash.h"
#include "ground/catalog/snapshot.h"
#include "ground/domain/value_choice.h"
#include "understand/resonance/leaning.h"
#include "understand/resonance/leanings.h"
#include "understand/resonance/value_question.h"

namespace aizuchi::understand {
namespace {

constexpr size_t axes = 8;
const std::vector<std::string> names{"a", "b", "c", "d", "e", "f", "g", "h"};

class Numbers {
 public:
  explicit Numbers(uint64_t seed) : state_(ground::mix64(seed)) {}
  double next() { return (static_cast<double>(ground::mix64(state_++) >> 11) + 0.5) / 0x1p53; }
  double normal() { return normal_below_inverse(next()); }

 private:
  uint64_t state_;
};

using Theta = std::array<double, axes>;

// People of whom a, b and c go together, against f, g and h; d and e for themselves; a is liked.
Theta drawn(Numbers& numbers) {
  const double shared = numbers.normal();
  Theta out{};
  for (size_t i = 0; i < axes; ++i)
    out[i] = (i < 3   ? 1.3
              : i > 4 ? -1.3
                      : 0.0) *
                 shared +
             0.7 * numbers.normal() +
             (i == 0   ? 0.6
              : i == 7 ? -0.6
                       : 0.0);
  return out;
}

ValueAnswer answered(std::span<const uint32_t> shown, const Theta& theta, Numbers& numbers) {
  ValueAnswer out{.shown = {shown.begin(), shown.end()}};
  const auto pick = [&](double sign, std::optional<uint32_t> but) {
    uint32_t best = 0;
    double most = -HUGE_VAL;
    for (const uint32_t i : out.shown) {
      const double felt = sign * theta[i] - std::log(-std::log(numbers.next()));
      if (i != but && felt > most) best = i, most = felt;
    }
    return best;
  };
  out.best = pick(1, {});
  out.worst = pick(-1, out.best);
  return out;
}

std::vector<std::vector<ValueAnswer>> made(size_t people, Numbers& numbers) {
  std::vector<std::vector<ValueAnswer>> out(people);
  for (auto& answers : out) {
    const Theta theta = drawn(numbers);
    Belief belief = nothing_known(axes, prior_sd);
    for (int asked = 0; asked < 3; ++asked) {
      answers.push_back(answered(best_question(belief, true).shown, theta, numbers));
      belief = after_answer(belief, answers.back());
    }
  }
  return out;
}

// Of the pairs that were never shown together, how many are told rightly after two questions.
double told(const Belief& usual) {
  Numbers numbers(99);
  double right = 0, all = 0;
  for (int person = 0; person < 600; ++person) {
    const Theta theta = drawn(numbers);
    Belief belief = usual;
    std::array<std::array<bool, axes>, axes> met{};
    for (int asked = 0; asked < 2; ++asked) {
      const auto shown = best_question(belief, true).shown;
      for (const uint32_t i : shown)
        for (const uint32_t j : shown) met[i][j] = true;
      belief = after_answer(belief, answered(shown, theta, numbers));
    }
    for (size_t i = 0; i < axes; ++i)
      for (size_t j = 0; j < i; ++j) {
        if (met[i][j]) continue;
        const double lead = belief.lead(i, j);
        right += lead == 0 ? 0.5 : (lead > 0) == (theta[i] > theta[j]) ? 1 : 0;
        all += 1;
      }
  }
  return right / all;
}

ground::Snapshot brand() {
  ground::Snapshot out;
  out.version = 1;
  for (const std::string& name : names)
    out.axes.push_back({.id = {static_cast<uint8_t>(out.axes.size())}, .name = name});
  out.build_index();
  return out;
}

}  // namespace

TEST_CASE("How values go together helps to tell what was never asked") {
  Numbers numbers(3);
  const Usual usual = learn_values(made(1000, numbers), names, 30);
  CHECK(usual.people == 1000);
  CHECK(usual.answers == 3000);
  Belief mean_only = nothing_known(axes, prior_sd);
  mean_only.mean = usual.belief.mean;
  const double prior = told(nothing_known(axes, prior_sd)), mean = told(mean_only),
               learned = told(usual.belief);
  MESSAGE("unasked pairs after two questions: prior " << prior << ", usual mean " << mean
                                                      << ", mean and covariance " << learned);
  CHECK(learned > prior + 0.05);
  CHECK(learned > mean + 0.02);
}

TEST_CASE(
    "[P1] Of fewer than twenty people nothing is learned, nor of an axis few were asked about") {
  Numbers numbers(5);
  auto people = made(19, numbers);
  CHECK(learn_values(people, names, 30).axes.empty());
  CHECK(learn_values({}, names, 30).axes.empty());
  // h is shown to none but the last; of the others a, b and c are known.
  std::vector<std::vector<ValueAnswer>> many;
  for (uint32_t i = 0; i < 30; ++i)
    many.push_back({{.shown = {0, 1, 2}, .best = i % 3, .worst = (i + 1) % 3}});
  many.push_back({{.shown = {0, 1, 7}, .best = 7, .worst = 0}});
  many.push_back({{.shown = {0, 1, 7}, .best = 0, .worst = 7}});
  const Usual usual = learn_values(many, names, 30);
  CHECK(usual.axes == std::vector<std::string>{"a", "b", "c"});
  CHECK(usual.people == 31);  // who preferred h said nothing of the others
  CHECK(usual.asked == std::vector<uint64_t>{31, 31, 30});
  // The same people make the same, to the last bit.
  CHECK(encode(learn_values(many, names, 30)) == encode(usual));
}

TEST_CASE("What is usual is kept to the last bit, and what cannot be it is refused") {
  Numbers numbers(7);
  Usual usual = learn_values(made(60, numbers), names, 5);
  usual.version = 3;
  usual.at = *ground::parse_instant("2026-06-01T10:00:00Z");
  const std::string bytes = encode(usual);
  const auto again = decode_usual(bytes);
  REQUIRE(again.has_value());
  CHECK(encode(*again) == bytes);
  CHECK(again->axes == names);
  CHECK(again->at == usual.at);
  for (size_t cut = 1; cut < bytes.size(); cut += 31)
    CHECK_FALSE(decode_usual(std::string_view(bytes).substr(0, cut)));
  CHECK_FALSE(decode_usual(bytes + "x"));
  CHECK(decode_usual("\x07").error().code == ground::ErrorCode::unsupported);
  usual.belief.at(0, 0) = -1;
  CHECK_FALSE(decode_usual(encode(usual)));
  CHECK(decode_usual(encode(Usual{.version = 1})).has_value());
}

TEST_CASE("[P1] What others hold dear helps to choose, and is never said of anyone") {
  Numbers numbers(3);
  const auto usual = std::make_shared<const Usual>(learn_values(made(1000, numbers), names, 30));
  const ground::Snapshot snapshot = brand();
  const ground::Instant now = *ground::parse_instant("2026-06-01T10:00:00Z");
  const ground::Value chosen = ground::value_of(
      std::vector<ground::ValueChoice>{{.at = now, .best = "b", .others = {"d", "e"}, .worst = "g"},
                                       {.at = now, .best = "b", .others = {"d", "h"}}});
  Leanings alone, informed;
  informed.set_usual(usual);
  const auto own = alone.of(chosen, snapshot, now), both = informed.of(chosen, snapshot, now);
  // Who likes b likes c, though nobody asked them: more so than before it was known.
  CHECK(both->more[2] > own->more[2] + 0.01);
  CHECK(both->belief.mean == own->belief.mean);
  CHECK(both->belief.covariance == own->belief.covariance);
  CHECK(informed.standings(chosen, snapshot, now)[1] == 1);
  CHECK(informed.standings(chosen, snapshot, now)[2] == 0);
  CHECK(informed.ask_next({chosen}, snapshot, now, Among::four_with_worst, 4).axes !=
        alone.ask_next({chosen}, snapshot, now, Among::four_with_worst, 4).axes);
}

}  // namespace aizuchi::understand
