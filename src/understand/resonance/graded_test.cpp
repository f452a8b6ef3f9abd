// Graded items: what is asked next, and what the answers say of the others.
#include "understand/resonance/graded.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "ground/base/dice.h"

using namespace aizuchi::understand;

namespace {

double normal(aizuchi::ground::Dice& dice) {
  const double u = (static_cast<double>(dice.next_u64() >> 11) + 0.5) / 0x1p53;
  return normal_below_inverse(u);
}

// Six items of two traits, the third of each turned round.
std::vector<std::vector<float>> people(size_t count) {
  aizuchi::ground::SeededDice dice(5);
  std::vector<std::vector<float>> out;
  for (size_t p = 0; p < count; ++p) {
    const double a = normal(dice), b = 0.3 * a + normal(dice);
    std::vector<float> one;
    for (const double t : {a, 0.8 * a, -0.6 * a, b, 0.8 * b, -0.6 * b})
      one.push_back(static_cast<float>(3 + t + 0.8 * normal(dice)));
    out.push_back(one);
  }
  return out;
}

Belief usual_of(const std::vector<std::vector<float>>& people) {
  Moments moments(people.front().size());
  for (const auto& one : people) moments.add(one);
  return moments.usual(1e-9);
}

}  // namespace

TEST_CASE("Which way an item counts is found from what it goes with") {
  const Belief usual = usual_of(people(400));
  CHECK(keyed(usual, std::vector<uint32_t>{0, 1, 2}) == std::vector<double>{1, 1, -1});
  CHECK(keyed(usual, std::vector<uint32_t>{3, 5, 4}) == std::vector<double>{1, -1, 1});
  CHECK(keyed(usual, std::vector<uint32_t>{2, 5}) == std::vector<double>{1, 1});
}

TEST_CASE("What was answered says of the rest what a regression on it says") {
  const Belief usual = usual_of(people(400));
  Belief belief = usual;
  std::vector<double> mean = usual.mean;
  for (const auto& [item, answer] : {std::pair(1U, 5.0), std::pair(5U, 2.0)}) {
    const double apart = answer - mean[item];
    const std::vector<double> taken = hear_item(belief, item);
    for (size_t i = 0; i < mean.size(); ++i) mean[i] += taken[i] * apart;
  }
  // Cov(x, asked) · Cov(asked)⁻¹ · (answers − their means), two by two.
  const double a = usual.at(1, 1), b = usual.at(1, 5), c = usual.at(5, 5), det = a * c - b * b;
  const double left = 5 - usual.mean[1], right = 2 - usual.mean[5];
  for (size_t i = 0; i < 6; ++i) {
    const double on1 = (usual.at(i, 1) * c - usual.at(i, 5) * b) / det;
    const double on5 = (usual.at(i, 5) * a - usual.at(i, 1) * b) / det;
    CHECK(mean[i] == doctest::Approx(usual.mean[i] + on1 * left + on5 * right).epsilon(1e-9));
    CHECK(belief.at(i, i) ==
          doctest::Approx(usual.at(i, i) - on1 * usual.at(i, 1) - on5 * usual.at(i, 5))
              .epsilon(1e-9));
  }
  CHECK(belief.at(1, 1) == doctest::Approx(0));
}

TEST_CASE("The item asked next leaves least unknown of the scales, of all that could be asked") {
  const Belief usual = usual_of(people(400));
  const std::vector<std::vector<double>> scales{{1, 1, -1, 0, 0, 0}, {0, 0, 0, 1, 1, -1}};
  const std::vector<double> variances{variance_of(usual, scales[0]), variance_of(usual, scales[1])};
  std::array<uint8_t, 6> asked{};
  Belief belief = usual;
  for (int question = 0; question < 4; ++question) {
    const auto order = telling_items(belief, asked, scales, variances);
    REQUIRE(order.size() == 6 - static_cast<size_t>(question));
    std::optional<uint32_t> best;
    double least = std::numeric_limits<double>::infinity();
    for (const uint32_t item : order) {
      Belief after = belief;
      hear_item(after, item);
      const double left = variance_of(after, scales[0]) / variances[0] +
                          variance_of(after, scales[1]) / variances[1];
      if (left < least) least = left, best = item;
    }
    CHECK(order.front() == best);
    asked[order.front()] = 1;
    hear_item(belief, order.front());
  }
}

TEST_CASE("What was not answered stands for nothing, and an item without any does no harm") {
  auto all = people(400);
  const Belief whole = usual_of(all);
  for (size_t p = 0; p < all.size(); ++p) all[p][p % 3] = std::nanf("");
  for (auto& one : all) one.push_back(std::nanf(""));
  const Belief part = usual_of(all);
  for (size_t i = 0; i < 6; ++i) {
    CHECK(part.mean[i] == doctest::Approx(whole.mean[i]).epsilon(0.05));
    for (size_t j = 0; j < 6; ++j)
      CHECK(std::abs(part.at(i, j) - whole.at(i, j)) < 0.2 * whole.at(i, i));
  }
  std::vector<double> lower;
  CHECK(factor(part.covariance, 7, lower));
}
