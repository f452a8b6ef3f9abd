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
