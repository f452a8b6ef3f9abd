#include "decide/explore/choice.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "ground/base/hash.h"

using namespace aizuchi::decide;
using aizuchi::ground::mix64;

namespace {
std::vector<Arm> arms_of(std::initializer_list<std::pair<double, double>> mean_spread) {
  std::vector<Arm> arms;
  for (const auto& [mean, spread] : mean_spread)
    arms.push_back({.key = mix64(arms.size() + 1), .mean = mean, .spread = spread});
  return arms;
}
}  // namespace

TEST_CASE("The dice are normal: mean 0, variance 1, and the quantiles of the table") {
  double sum = 0, squares = 0;
  constexpr int n = 200'000;
  for (int i = 0; i < n; ++i) {
    const double x = normal_of(mix64(static_cast<uint64_t>(i)));
    sum += x;
    squares += x * x;
  }
  CHECK(std::abs(sum / n) < 0.01);
  CHECK(std::abs(squares / n - 1) < 0.02);
  const auto hash_of = [](double p) { return static_cast<uint64_t>(p * 0x1p53) << 11; };
  CHECK(normal_of(hash_of(0.975)) == doctest::Approx(1.959963985).epsilon(1e-9));
  CHECK(normal_of(hash_of(0.5)) == doctest::Approx(0).epsilon(1e-9));
  CHECK(normal_of(hash_of(1e-10)) == doctest::Approx(-6.361340902).epsilon(1e-6));
}

TEST_CASE("A hero does not flicker on reload: the same seed chooses the same") {
  const auto arms = arms_of({{0, 0.5}, {0.1, 0.5}, {0.2, 0.5}});
  for (uint64_t seed = 0; seed < 100; ++seed)
    CHECK(choose(arms, seed, 0, Explore::on).arm == choose(arms, seed, 0, Explore::on).arm);
}

TEST_CASE("Taking one candidate away leaves the others' dice alone") {
  const auto arms = arms_of({{0, 0.5}, {0.1, 0.5}, {0.2, 0.5}, {0, 1}});
  const std::vector<Arm> fewer(arms.begin(), arms.end() - 1);
  for (uint64_t seed = 0; seed < 500; ++seed) {
    const Chosen all = choose(arms, seed, 0, Explore::on);
    const Chosen without = choose(fewer, seed, 0, Explore::on);
    if (all.uniform || all.arm == 3) continue;
    CHECK(all.arm == without.arm);
  }
}

TEST_CASE("The propensity in the record is the share that is really chosen") {
  auto arms = arms_of({{0, 0.5}, {0.3, 0.2}, {-0.5, 1.0}, {0.2, 0.5}});
  arms[1].shift = -0.1;
  const auto p = propensities(arms, Explore::on);
  CHECK(std::accumulate(p.begin(), p.end(), 0.0) == doctest::Approx(1).epsilon(1e-9));
  std::vector<double> seen(arms.size(), 0);
  constexpr int n = 200'000;
  for (uint64_t seed = 0; seed < n; ++seed)
    seen[choose(arms, mix64(seed), 0, Explore::on).arm] += 1.0 / n;
  for (size_t k = 0; k < arms.size(); ++k) CHECK(seen[k] == doctest::Approx(p[k]).epsilon(0.03));
}

TEST_CASE("Two equal candidates share evenly; two normals meet the closed form") {
  CHECK(propensities(arms_of({{0, 1}, {0, 1}}), Explore::on)[0] ==
        doctest::Approx(0.5).epsilon(1e-9));
  // P(X > Y) = Φ((1 − 0) / √(0.6² + 0.8²)), then the floor.
  const double w = 0.5 * std::erfc(-1.0 / M_SQRT2);
  CHECK(propensities(arms_of({{1, 0.6}, {0, 0.8}}), Explore::on)[0] ==
        doctest::Approx(0.01 + 0.98 * w).epsilon(1e-6));
}

TEST_CASE("Care does not gamble: with exploring off the best is certain") {
  const auto arms = arms_of({{0, 5}, {0.1, 5}});
  for (uint64_t seed = 0; seed < 50; ++seed) CHECK(choose(arms, seed, 0, Explore::off).arm == 1);
  CHECK(propensities(arms, Explore::off) == std::vector<double>{0, 1});
}

TEST_CASE("No candidate is ever quite without a chance, and none is certain") {
  const auto p = propensities(arms_of({{-20, 0.1}, {0, 0.1}, {-5, 0.1}}), Explore::on);
  for (const double share : p) CHECK(share >= 0.02 / 3 - 1e-12);
  CHECK(p[1] <= 1 - 2 * 0.02 / 3 + 1e-9);
}

TEST_CASE("Above twenty candidates two stages choose, and the record tells the chance of each") {
  // Thirty, of which ten neither are good nor may be: the first stage leaves them to the floor.
  std::vector<Arm> arms;
  for (uint64_t k = 0; k < 30; ++k)
    arms.push_back({.key = mix64(k + 1),
                    .mean = k % 3 == 0 ? -9 : -3 + 0.05 * static_cast<double>(k),
                    .spread = 0.3 + 0.1 * static_cast<double>(k % 4),
                    .shift = k % 5 == 0 ? -0.3 : 0.1});
  std::vector<Arm> kept;
  for (size_t k = 0; k < arms.size(); ++k)
    if (k % 3 != 0) kept.push_back(arms[k]);
  REQUIRE(kept.size() == first_stage_keeps);

  const auto p = propensities(arms, Explore::on), of_kept = propensities(kept, Explore::on);
  const double floor = uniform_share / 30, floor_of_kept = uniform_share / 20;
  CHECK(std::accumulate(p.begin(), p.end(), 0.0) == doctest::Approx(1).epsilon(1e-12));
  for (size_t k = 0, i = 0; k < arms.size(); ++k) {
    const double expected = k % 3 == 0 ? floor : floor + of_kept[i++] - floor_of_kept;
    CHECK(std::abs(p[k] - expected) < 1e-12);
  }

  constexpr int n = 400'000;
  std::vector<double> seen(arms.size(), 0), uniform(arms.size(), 0);
  for (uint64_t seed = 0; seed < n; ++seed) {
    const Chosen chosen = choose(arms, mix64(seed), 0, Explore::on);
    (chosen.uniform ? uniform : seen)[chosen.arm] += 1;
  }
  for (size_t k = 0; k < arms.size(); ++k) {
    const auto within = [&](double count, double chance) {  // four standard errors of a share
      return std::abs(count / n - chance) < 4 * std::sqrt(chance * (1 - chance) / n) + 1e-12;
    };
    CHECK(within(seen[k] + uniform[k], p[k]));
    CHECK(within(uniform[k], floor));
    if (k % 3 == 0) CHECK(seen[k] == 0);
  }
}

TEST_CASE(
    "Twenty candidates are all in the dice; which the first stage keeps is no matter of order") {
  std::vector<Arm> arms;
  for (uint64_t k = 0; k < 25; ++k)
    arms.push_back({.key = mix64(k + 7), .mean = 0.01 * static_cast<double>(k), .spread = 0.5});
  const std::vector<Arm> twenty(arms.begin() + 5, arms.end());
  const auto whole = propensities(twenty, Explore::on);
  for (const double share : whole) CHECK(share > uniform_share / 20 + 0.01);
  // The same spread and shift: the best twenty means are kept, wherever they stand.
  std::vector<Arm> turned(arms.rbegin(), arms.rend());
  const auto p = propensities(arms, Explore::on), q = propensities(turned, Explore::on);
  for (size_t k = 0; k < arms.size(); ++k) {
    CHECK(std::abs(p[k] - q[arms.size() - 1 - k]) < 1e-12);
    if (k < 5) CHECK(p[k] == doctest::Approx(uniform_share / 25).epsilon(1e-12));
  }
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    const Chosen one = choose(arms, seed, 0, Explore::on),
                 same = choose(turned, seed, 0, Explore::on);
    CHECK(one.uniform == same.uniform);
    if (!one.uniform) CHECK(arms[one.arm].key == turned[same.arm].key);
  }
}
