// The choice beside its slow twins: on fixed seeds, the propensities in the record to nine digits,
// and a belief that was updated one outcome at a time beside the posterior of all at once.
#include "oracle/choice_oracle.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "ground/base/dice.h"

using namespace aizuchi;
using decide::Arm;
using decide::Belief;
using decide::Features;

namespace {

double uniform(ground::Dice& dice) {
  return (static_cast<double>(dice.next_u64() >> 11) + 0.5) * 0x1p-53;
}
double normal(ground::Dice& dice) {
  return decide::normal_of(dice.next_u64());
}

std::vector<Arm> some_arms(ground::Dice& dice, size_t count, double spreads_apart) {
  std::vector<Arm> arms;
  for (size_t k = 0; k < count; ++k)
    arms.push_back({.key = k + 1,
                    .mean = -3 + normal(dice),
                    .spread = 0.5 * std::pow(spreads_apart, -uniform(dice)),
                    .shift = 0.3 * normal(dice)});
  return arms;
}

void check_propensities(std::span<const Arm> arms) {
  const auto exact = oracle::win_shares(arms);
  const auto fast = decide::propensities(arms, decide::Explore::on);
  const double floor = decide::uniform_share / static_cast<double>(arms.size());
  for (size_t k = 0; k < arms.size(); ++k)
    CHECK(std::abs(fast[k] -
                   (floor + (1 - decide::uniform_share) * static_cast<double>(exact[k]))) < 1e-9);
}

// A moment: the bias, a layer's term, and some of eight hashed names.
Features some_moment(ground::Dice& dice) {
  Features x;
  x.add(Features::bias, 1);
  if (uniform(dice) < 0.5) x.add(Features::surface, 0.4);
  for (size_t i = 0; i < 8; ++i)
    if (uniform(dice) < 0.4) x.add(Features::hashed + i, 1);
  return x;
}

std::vector<oracle::Outcome> some_outcomes(ground::Dice& dice, const Belief& truth, size_t count) {
  std::vector<oracle::Outcome> out;
  for (size_t i = 0; i < count; ++i) {
    const Features x = some_moment(dice);
    const double p = 1 / (1 + std::exp(-truth.mean_of(x)));
    out.push_back({x, uniform(dice) < p ? 1.0 : 0.0, i % 7 == 0 ? 0.5 : 1.0});
  }
  return out;
}

}  // namespace

TEST_CASE("The propensities of a record are those of a dense sum in long double, to nine digits") {
  ground::SeededDice dice{11};
  for (const size_t count : {1UL, 2UL, 3UL, 7UL, 20UL})
    for (const double apart : {1.0, 3.0, 50.0}) check_propensities(some_arms(dice, count, apart));
}

TEST_CASE("… also where one item is known to a hair and another hardly at all") {
  check_propensities(std::vector<Arm>{{.key = 1, .mean = -2, .spread = 0.01},
                                      {.key = 2, .mean = -2.01, .spread = 2},
                                      {.key = 3, .mean = -1.99, .spread = 0.02}});
  check_propensities(std::vector<Arm>{{.key = 1, .mean = 0, .spread = 0.05},
                                      {.key = 2, .mean = 40, .spread = 0.05}});
}

TEST_CASE("… and above twenty items those of the twenty that the first stage keeps") {
  ground::SeededDice dice{23};
  for (const size_t count : {21UL, 60UL}) {
    const std::vector<Arm> arms = some_arms(dice, count, 5);
    std::vector<Arm> best = arms;
    std::ranges::sort(best, std::greater(),
                      [](const Arm& a) { return a.mean + a.spread + a.shift; });
    best.resize(decide::first_stage_keeps);
    const auto exact = oracle::win_shares(best);
    const auto fast = decide::propensities(arms, decide::Explore::on);
    const double floor = decide::uniform_share / static_cast<double>(count);
    for (size_t k = 0; k < count; ++k) {
      const auto at = std::ranges::find(best, arms[k].key, &Arm::key);
      const double share =
          at == best.end() ? 0 : static_cast<double>(exact[static_cast<size_t>(at - best.begin())]);
      CHECK(std::abs(fast[k] - (floor + (1 - decide::uniform_share) * share)) < 1e-9);
    }
  }
}

TEST_CASE("A belief updated one by one is the posterior of all at once, within a third of its sd") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    ground::SeededDice dice{seed};
    const Belief prior = Belief::broad(-1.5, 0.5);
    Belief truth = prior;
    for (double& weight : truth.mean) weight += 0.3 * normal(dice);
    const auto outcomes = some_outcomes(dice, truth, 400);
    Belief belief = prior;
    for (const auto& o : outcomes) belief.learn(o.x, o.y, o.weight);
    const auto exact = oracle::newton(prior, outcomes);
    for (int i = 0; i < 10; ++i) {
      const Features x = some_moment(dice);
      const decide::Score fast = belief.score(x), slow = exact.score(x);
      CHECK(std::abs(fast.mean - slow.mean) < slow.spread / 3);
      CHECK(fast.spread == doctest::Approx(slow.spread).epsilon(0.1));
    }
  }
}

TEST_CASE("Of the bias alone it is what a fine grid says, within a third of its sd") {
  Features x;
  x.add(Features::bias, 1);
  ground::SeededDice dice{3};
  std::vector<oracle::Outcome> outcomes;
  Belief belief = Belief::broad(-2.9, 0.5);
  for (int i = 0; i < 300; ++i) outcomes.push_back({x, uniform(dice) < 0.12 ? 1.0 : 0.0, 1});
  for (const auto& o : outcomes) belief.learn(o.x, o.y, o.weight);
  const decide::Score fast = belief.score(x), slow = oracle::on_grid(-2.9, 2, outcomes);
  CHECK(std::abs(fast.mean - slow.mean) < 0.3 * slow.spread);
  CHECK(fast.spread == doctest::Approx(slow.spread).epsilon(0.1));
}
