#include "reflect/offpolicy/offpolicy.h"

#include <doctest/doctest.h>

#include <cmath>

#include "ground/base/dice.h"

namespace aizuchi::reflect {
namespace {

// A log of `n` rounds over `arms` items, chosen with unequal probabilities; q̂ is a rough guess.
struct World {
  std::vector<double> chance;      // of a reward, by arm
  std::vector<double> propensity;  // by arm
};
struct Logged {
  size_t arm = 0;
  double reward = 0;
};

double uniform(ground::Dice& dice) {
  return static_cast<double>(dice.next_u64() >> 11) * 0x1p-53;
}

std::vector<Logged> play(const World& world, size_t n, ground::SeededDice& dice) {
  std::vector<Logged> out;
  for (size_t i = 0; i < n; ++i) {
    double u = uniform(dice);
    size_t arm = 0;
    while (arm + 1 < world.propensity.size() && u >= world.propensity[arm])
      u -= world.propensity[arm++];
    out.push_back({arm, uniform(dice) < world.chance[arm] ? 1.0 : 0.0});
  }
  return out;
}

std::vector<Round> rounds_of(const World& world, const std::vector<Logged>& log,
                             const std::vector<double>& target) {
  std::vector<Round> out;
  const double guess = 0.03;
  for (const Logged& one : log)
    out.push_back({.reward = one.reward,
                   .propensity = world.propensity[one.arm],
                   .target = target[one.arm],
                   .expected = guess,
                   .expected_target = guess});
  return out;
}

TEST_CASE("the estimates are their definitions, by hand on four rounds") {
  const std::vector<Round> rounds{
      {.reward = 1, .propensity = 0.5, .target = 1, .expected = 0.4, .expected_target = 0.4},
      {.reward = 0, .propensity = 0.5, .target = 0, .expected = 0.2, .expected_target = 0.4},
      {.reward = 1, .propensity = 0.25, .target = 0.5, .expected = 0.4, .expected_target = 0.3},
      {.reward = 0, .propensity = 0.001, .target = 0.5, .expected = 0.1, .expected_target = 0.3}};
  const Reflection out = reflect_on("x", rounds, 100);
  // Weights 2, 0, 2 and 500, clipped to 100.
  CHECK(std::abs(out.ips.value - 4.0 / 4) < 1e-12);
  CHECK(std::abs(out.snips.value - 4.0 / 104) < 1e-12);
  CHECK(std::abs(out.direct.value - 1.4 / 4) < 1e-12);
  CHECK(std::abs(out.doubly_robust.value - (1.4 + 2 * 0.6 + 2 * 0.6 - 100 * 0.1) / 4) < 1e-12);
  CHECK(std::abs(out.effective - 104.0 * 104 / (4 + 4 + 10000)) < 1e-9);
  CHECK(std::abs(out.effective_rewards - 2) < 1e-12);
  CHECK(std::abs(out.clipped_share - 400.0 / 504) < 1e-12);
  const Reflection whole = reflect_on("x", rounds, INFINITY);
  CHECK(whole.clipped_share == 0);
  CHECK(std::abs(whole.snips.value - 4.0 / 504) < 1e-12);
}

TEST_CASE("a policy that is far better is named, and its value is about right") {
  const World world{.chance = {0.05, 0.05, 0.20}, .propensity = {0.5, 0.3, 0.2}};
  ground::SeededDice dice(11);
  const auto log = play(world, 20'000, dice);
  const std::vector<Reflection> policies{
      reflect_on("as logged", rounds_of(world, log, world.propensity)),
      reflect_on("always the third", rounds_of(world, log, {0, 0, 1}))};
  CHECK(std::abs(policies[0].doubly_robust.value - 0.08) < 0.01);
  CHECK(std::abs(policies[1].doubly_robust.value - 0.20) < 0.02);
  const Verdict verdict = compare(policies);
  REQUIRE(verdict.winner.has_value());
  CHECK(*verdict.winner == 1);
}

TEST_CASE("no winner is named where little came of it, and the sentence says which and why") {
  const World world{.chance = {0.005, 0.005}, .propensity = {0.98, 0.02}};
  ground::SeededDice dice(5);
  const auto log = play(world, 10'000, dice);
  const auto refused = [&](const std::vector<double>& target) {
    const std::vector<Reflection> policies{
        reflect_on("as logged", rounds_of(world, log, world.propensity)),
        reflect_on("asked", rounds_of(world, log, target))};
    const Verdict verdict = compare(policies);
    CHECK_FALSE(verdict.winner.has_value());
    return verdict.why;
  };
  CHECK(refused({0, 1}).find("effective") != std::string::npos);
  // Nearly what was done: they differ in 200 rounds of which nothing came.
  CHECK(refused({1, 0}).find("may be chance") != std::string::npos);
  CHECK_FALSE(compare({}).winner.has_value());
}

TEST_CASE("of 400 comparisons of equals at most a twentieth names a winner") {
  const World world{.chance = {0.03, 0.03, 0.03}, .propensity = {0.6, 0.3, 0.1}};
  int named = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    ground::SeededDice dice(1000 + seed);
    const auto log = play(world, 4'000, dice);
    const std::vector<Reflection> policies{
        reflect_on("as logged", rounds_of(world, log, world.propensity)),
        reflect_on("uniform", rounds_of(world, log, {1. / 3, 1. / 3, 1. / 3})),
        reflect_on("the second", rounds_of(world, log, {0, 1, 0}))};
    named += compare(policies).winner.has_value() ? 1 : 0;
  }
  CHECK(named <= 20);
}

TEST_CASE("the margin covers what was true about as often as it says") {
  const World world{.chance = {0.02, 0.08}, .propensity = {0.8, 0.2}};
  int covered = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    ground::SeededDice dice(5000 + seed);
    const auto log = play(world, 3'000, dice);
    const Reflection out = reflect_on("the second", rounds_of(world, log, {0, 1}));
    const auto& dr = out.doubly_robust;
    covered += std::abs(dr.value - 0.08) <= 1.96 * dr.standard_error ? 1 : 0;
  }
  CHECK(covered >= 368);  // 380 expected, 4.4 its standard deviation
  CHECK(covered <= 393);
}

}  // namespace
}  // namespace aizuchi::reflect
