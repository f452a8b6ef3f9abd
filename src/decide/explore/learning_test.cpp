#include "decide/explore/learning.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "ground/base/hash.h"

using namespace aizuchi::decide;
using aizuchi::ground::Duration;
using aizuchi::ground::Instant;
using aizuchi::ground::mix64;

namespace {

constexpr Instant now{Duration::days(20'000).ms};
constexpr double base = -2.9;

// Item 1 succeeds one time in four, the others one in twenty; a day's worth of rows.
std::vector<Shown> rows(size_t count, Instant until = now, uint32_t people = 50) {
  std::vector<Shown> out;
  for (size_t i = 0; i < count; ++i) {
    Shown row{.slot = 7, .item = 1 + i % 4, .decision = i + 1};
    row.at = until - Duration{static_cast<int64_t>(count - i) * 1'000};
    row.person = static_cast<uint32_t>(i % people);
    row.outcome = mix64(i) % 20 < (row.item == 1 ? 5U : 1U) ? 1 : 0;
    row.features.add(Features::bias, 1);
    out.push_back(row);
  }
  return out;
}

const std::vector<Place> places{{7, 0.5}};

LearnedChoice learn(std::vector<Shown> of) {
  return learn_choice(std::move(of), places, base, now);
}

double rate(const LearnedChoice& choice, uint64_t item) {
  Features x;
  x.add(Features::bias, 1);
  return 1 / (1 + std::exp(-choice.find(7)->of(item).score(x).mean));
}

}  // namespace

TEST_CASE("What succeeds more often is believed to, and a new item is believed to be as usual") {
  const LearnedChoice choice = learn(rows(4'000));
  REQUIRE(choice.find(7) != nullptr);
  CHECK(rate(choice, 1) == doctest::Approx(0.25).epsilon(0.2));
  CHECK(rate(choice, 2) == doctest::Approx(0.05).epsilon(0.4));
  CHECK(rate(choice, 99) > rate(choice, 2));
  CHECK(rate(choice, 99) < rate(choice, 1));
  const LearnedSlot& slot = *choice.find(7);
  CHECK(slot.usual.score(slot.typical).spread > slot.of(1).score(slot.typical).spread);
}

TEST_CASE("The same rows in another order give the same model, to the last bit") {
  std::vector<Shown> some = rows(1'000), other = some;
  std::ranges::reverse(other);
  for (Shown& row : other) row.person += 1'000;  // people are numbered as they come
  CHECK(encode(learn(some)) == encode(learn(other)));
}

TEST_CASE("Nothing is said before a hundred rows of twenty people") {
  CHECK(learn(rows(99)).find(7) == nullptr);
  CHECK(learn(rows(100)).find(7) != nullptr);
  CHECK(learn(rows(1'000, now, 19)).find(7) == nullptr);
  CHECK(learn(rows(1'000, now, 20)).find(7) != nullptr);
  CHECK(learn({}).slots.empty());
}

TEST_CASE("[P1] Rows older than thirty days leave nothing, and rows of other places neither") {
  const LearnedChoice fresh = learn(rows(500));
  std::vector<Shown> with_old = rows(500);
  for (Shown row : rows(500, now - Duration::days(30))) {
    row.outcome = 1;
    with_old.push_back(row);
  }
  for (Shown row : rows(500)) {
    row.slot = 8;
    with_old.push_back(row);
  }
  CHECK(encode(learn(with_old)) == encode(fresh));
}

TEST_CASE("[P1] Who is taken out is out: the model is that of the rows of the others") {
  std::vector<Shown> all = rows(2'000), others;
  std::ranges::copy_if(all, std::back_inserter(others),
                       [](const Shown& r) { return r.person != 3; });
  CHECK(encode(learn(all)) != encode(learn(others)));
  std::erase_if(all, [](const Shown& r) { return r.person == 3; });
  CHECK(encode(learn(all)) == encode(learn(others)));
}

TEST_CASE("Rows of machines teach nothing") {
  std::vector<Shown> with_machines = rows(500);
  for (Shown row : rows(500)) {
    row.item = 2, row.outcome = 1, row.weight = 0, row.decision += 10'000;
    with_machines.push_back(row);
  }
  CHECK(encode(learn(with_machines)) == encode(learn(rows(500))));
}

TEST_CASE("A place keeps the items that were shown most, the rest are as new") {
  std::vector<Shown> many;
  for (size_t i = 0; i < 3'000; ++i) {
    Shown row = rows(1).front();
    row.decision = i + 1, row.person = static_cast<uint32_t>(i % 50);
    row.item = i < 2'000 ? i % LearnedSlot::items_max : 1'000 + i;
    many.push_back(row);
  }
  const LearnedChoice choice = learn(many);
  CHECK(choice.find(7)->items.size() == LearnedSlot::items_max);
  CHECK(&choice.find(7)->of(3'500) == &choice.find(7)->usual);
}

TEST_CASE("What is kept is what was learned, and what does not check is refused") {
  const LearnedChoice choice = learn(rows(400));
  const std::string bytes = encode(choice);
  const auto again = decode_choice(bytes);
  REQUIRE(again.has_value());
  CHECK(encode(*again) == bytes);
  CHECK(again->at == now);
  for (size_t cut = 1; cut < bytes.size(); cut += 97)
    CHECK(!decode_choice(std::string_view(bytes).substr(0, cut)));
  CHECK(!decode_choice(bytes + "x"));
  CHECK(decode_choice("\x02").error().code == aizuchi::ground::ErrorCode::unsupported);
}
