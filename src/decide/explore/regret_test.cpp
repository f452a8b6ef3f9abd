// The choice as it runs in a server – learned anew each day from the rows of thirty days, drawn by
// Thompson's dice – against simpler ways, in a made shop: ten items, two kinds of visitors, rates
// that turn round on the thirtieth day. Seeds are fixed; docs/learning.md has the figures.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "decide/explore/choice.h"
#include "decide/explore/learning.h"
#include "ground/base/dice.h"

using namespace aizuchi;
using namespace aizuchi::decide;
using ground::Duration;
using ground::Instant;

namespace {

constexpr size_t items = 10;
constexpr int days = 60, turn = 30, visits_a_day = 400;
constexpr double base = -2.9;

double uniform(ground::Dice& dice) {
  return (static_cast<double>(dice.next_u64() >> 11) + 0.5) * 0x1p-53;
}

// How often each item succeeds with each kind of visitor, before and after the turn.
struct Truth {
  std::array<std::array<std::array<double, items>, 2>, 2> logit{};
  explicit Truth(uint64_t seed) {
    ground::SeededDice dice{seed};
    for (size_t k = 0; k < items; ++k) {
      const double own = -2.5 + 0.5 * normal_of(dice.next_u64());
      for (size_t kind = 0; kind < 2; ++kind)
        logit[0][kind][k] = own + 0.6 * normal_of(dice.next_u64());
    }
    logit[1] = logit[0];
    for (auto& kind : logit[1]) std::ranges::reverse(kind);
  }
  double rate(int day, size_t kind, size_t item) const {
    return 1 / (1 + std::exp(-logit[day < turn ? 0 : 1][kind][item]));
  }
  double best(int day, size_t kind) const {
    double out = 0;
    for (size_t k = 0; k < items; ++k) out = std::max(out, rate(day, kind, k));
    return out;
  }
};

enum class Way { learned, fixed, uniformly, greedy_tenth };

// Sums of what was gained less than by always showing the best; before and after the turn.
struct Regret {
  double before = 0, after = 0;
  double total() const { return before + after; }
};

class Simulation {
 public:
  Simulation(Way way, uint64_t seed) : way_(way), truth_(seed), dice_(seed + 1'000) {}

  Regret run() {
    for (int day = 0; day < days; ++day) {
      const Instant at = start_ + Duration::days(day);
      if (way_ == Way::learned) choice_ = learn_choice(rows_, places_, base, at);
      for (int visit = 0; visit < visits_a_day; ++visit) live(day, at, visit);
    }
    return regret_;
  }

 private:
  void live(int day, Instant at, int visit) {
    const size_t kind = dice_.next_u64() % 2;
    Features x;
    x.add(Features::bias, 1);
    x.add(Features::hashed + kind, 1);
    const size_t item = pick(x);
    const bool success = uniform(dice_) < truth_.rate(day, kind, item);
    const double lost = truth_.best(day, kind) - truth_.rate(day, kind, item);
    (day < turn ? regret_.before : regret_.after) += lost;
    shown_[item] += 1, succeeded_[item] += success ? 1 : 0;
    Shown row{.slot = 1, .item = item + 1, .decision = ++serial_};
    row.at = at + Duration{visit * 1'000};
    row.person = static_cast<uint32_t>(serial_ % 300);
    row.outcome = success ? 1 : 0;
    row.features = x;
    rows_.push_back(row);
  }

  size_t pick(const Features& x) {
    switch (way_) {
      case Way::fixed:
        return 0;
      case Way::uniformly:
        return dice_.next_u64() % items;
      case Way::greedy_tenth: {
        if (uniform(dice_) < 0.1) return dice_.next_u64() % items;
        const auto rate = [&](size_t k) { return (succeeded_[k] + 0.05) / (shown_[k] + 1); };
        size_t best = 0;
        for (size_t k = 1; k < items; ++k)
          if (rate(k) > rate(best)) best = k;
        return best;
      }
      case Way::learned:
        break;
    }
    const Belief prior = Belief::prior(base, 0.5);
    const LearnedSlot* slot = choice_.find(1);
    std::vector<Arm> arms;
    for (size_t k = 0; k < items; ++k) {
      const Score score = (slot == nullptr ? prior : slot->of(k + 1)).score(x);
      arms.push_back({.key = k + 1, .mean = score.mean, .spread = score.spread});
    }
    return choose(arms, dice_.next_u64(), 0, Explore::on).arm;
  }

  const Way way_;
  const Truth truth_;
  ground::SeededDice dice_;
  const Instant start_{Duration::days(20'000).ms};
  const std::vector<Place> places_{{1, 0.5}};
  std::vector<Shown> rows_;
  LearnedChoice choice_;
  std::array<double, items> shown_{}, succeeded_{};
  uint64_t serial_ = 0;
  Regret regret_;
};

Regret mean_regret(Way way) {
  constexpr uint64_t runs = 6;
  Regret out;
  for (uint64_t seed = 1; seed <= runs; ++seed) {
    const Regret one = Simulation(way, seed).run();
    out.before += one.before / runs, out.after += one.after / runs;
  }
  return out;
}

}  // namespace

TEST_CASE("The learned choice loses less than a fixed one, chance, and a tenth at random") {
  const Regret learned = mean_regret(Way::learned), fixed = mean_regret(Way::fixed),
               uniformly = mean_regret(Way::uniformly), greedy = mean_regret(Way::greedy_tenth);
  MESSAGE("successes lost of 12,000 visits before and after the turn: learned "
          << learned.before << " " << learned.after << ", fixed " << fixed.before << " "
          << fixed.after << ", uniform " << uniformly.before << " " << uniformly.after
          << ", epsilon-greedy " << greedy.before << " " << greedy.after);
  for (const Regret& other : {fixed, uniformly, greedy}) {
    CHECK(learned.before < 0.8 * other.before);
    CHECK(learned.after < 0.8 * other.after);
  }
}
