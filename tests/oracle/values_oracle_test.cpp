// The value model beside its slow twin, over small beliefs and every answer to them.
#include "oracle/values_oracle.h"

#include <doctest/doctest.h>

#include <cmath>

#include "ground/base/hash.h"
#include "understand/resonance/value_question.h"

namespace aizuchi::oracle {
namespace {

using doctest::Approx;
using understand::Belief;
using understand::ValueAnswer;

Belief some_belief(size_t n, uint64_t seed, double sd) {
  const auto number = [&](uint64_t i) {
    return static_cast<double>(ground::mix64(seed * 977 + i) >> 11) / 0x1p53 - 0.5;
  };
  Belief out = understand::nothing_known(n, sd);
  for (size_t i = 0; i < n; ++i) out.mean[i] = 2 * number(i);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) out.at(i, j) += sd * sd * 4 * number(50 + i) * number(50 + j);
  return out;
}

std::vector<OracleAnswer> every_answer(const std::vector<unsigned>& shown) {
  std::vector<OracleAnswer> out;
  for (const unsigned best : shown) {
    out.push_back({.shown = shown, .best = best, .worst = {}});
    for (const unsigned worst : shown)
      if (worst != best) out.push_back({.shown = shown, .best = best, .worst = worst});
  }
  return out;
}

ValueAnswer ours(const OracleAnswer& answer) {
  ValueAnswer out{.shown = {answer.shown.begin(), answer.shown.end()}, .best = answer.best};
  if (answer.worst) out.worst = *answer.worst;
  return out;
}

Point point(const std::vector<double>& of) {
  return {of.begin(), of.end()};
}

TEST_CASE("the chance of an answer is that of all orders that begin so") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Belief belief = some_belief(5, seed, 1.5);
    Real best = 0, both = 0;
    for (const OracleAnswer& answer : every_answer({3, 0, 4, 1})) {
      const Real expected = probability(answer, point(belief.mean));
      CHECK(std::exp(log_likelihood(ours(answer), belief.mean)) ==
            Approx(double(expected)).epsilon(1e-12));
      (answer.worst ? both : best) += expected;
    }
    CHECK(double(best) == Approx(1).epsilon(1e-12));
    CHECK(double(both) == Approx(1).epsilon(1e-12));
  }
}

TEST_CASE("the mean is the top of the posterior and the covariance its curvature there") {
  for (uint64_t seed = 0; seed < 12; ++seed)
    for (const OracleAnswer& answer : every_answer({2, 0, 3})) {
      const Belief before = some_belief(4, seed, 1.2);
      const auto flat = understand::inverse(before.covariance, 4);
      for (const double careless : {0.0, understand::careless_share}) {
        const Belief after = after_answer(before, ours(answer), careless);
        const auto log_density = [&](const Point& theta) {
          return log_posterior(point(before.mean), point(flat), answer, careless, theta);
        };
        for (const Real one : slope(log_density, point(after.mean)))
          CHECK(std::abs(double(one)) < (careless > 0 ? 0.02 : 2e-6));
        if (careless > 0) continue;
        const auto expected = curvature(log_density, point(after.mean));
        const auto precision = understand::inverse(after.covariance, 4);
        for (size_t i = 0; i < 16; ++i)
          CHECK(precision[i] == Approx(double(expected[i])).epsilon(1e-4));
      }
    }
}

TEST_CASE("Laplace's mean is near the true one, and P(top) near the true chance") {
  for (uint64_t seed = 0; seed < 4; ++seed) {
    const Belief before = some_belief(3, seed, 1.0);
    const auto flat = understand::inverse(before.covariance, 3);
    for (const OracleAnswer& answer : every_answer({0, 1, 2})) {
      const double careless = understand::careless_share;
      const Belief after = after_answer(before, ours(answer), careless);
      const auto true_density = [&](const Point& theta) {
        return log_posterior(point(before.mean), point(flat), answer, careless, theta);
      };
      const Moments truth = by_grid(true_density, point(after.mean), 7, 40);
      for (size_t i = 0; i < 3; ++i) CHECK(std::abs(after.mean[i] - double(truth.mean[i])) < 0.25);
      // P(top) of a normal belief, by the sum over the same belief.
      const auto precision = understand::inverse(after.covariance, 3);
      const auto normal = [&](const Point& theta) {
        Real out = 0;
        for (size_t i = 0; i < 3; ++i)
          for (size_t j = 0; j < 3; ++j)
            out -= (theta[i] - after.mean[i]) * precision[i * 3 + j] * (theta[j] - after.mean[j]);
        return out / 2;
      };
      const Moments same = by_grid(normal, point(after.mean), 5, 70);
      const auto chances = understand::top_chances(after);
      for (size_t i = 0; i < 3; ++i) CHECK(std::abs(chances[i] - double(same.top[i])) < 0.025);
    }
  }
}

TEST_CASE("of every four with the favourite the one is asked from which most is learned") {
  for (uint64_t seed = 0; seed < 6; ++seed)
    for (const bool with_worst : {true, false}) {
      const Belief belief = some_belief(6, seed, 1.5);
      unsigned favourite = 0;
      for (unsigned i = 1; i < 6; ++i)
        if (belief.mean[i] > belief.mean[favourite]) favourite = i;
      double most = -1;
      for (unsigned set = 0; set < 64; ++set) {
        std::vector<unsigned> shown;
        for (unsigned i = 0; i < 6; ++i)
          if ((set >> i & 1U) != 0) shown.push_back(i);
        if (shown.size() != 4 || (set >> favourite & 1U) == 0) continue;
        // |I + ΣH| over all axes: H is zero outside the set.
        const auto information = expected_information(shown, with_worst, point(belief.mean));
        std::vector<Real> m(36);
        for (size_t i = 0; i < 6; ++i)
          for (size_t j = 0; j < 6; ++j) {
            m[i * 6 + j] = i == j;
            for (size_t k = 0; k < 6; ++k) m[i * 6 + j] += belief.at(i, k) * information[k * 6 + j];
          }
        const auto gain = double(std::log(determinant(m, 6)));
        CHECK(expected_gain(belief, std::vector<uint32_t>(shown.begin(), shown.end()),
                            with_worst) == Approx(gain).epsilon(1e-4));
        most = std::max(most, gain);
      }
      const auto question = best_question(belief, with_worst);
      CHECK(question.gain == Approx(most).epsilon(1e-4));
      CHECK(question.shown[0] == favourite);
    }
}

}  // namespace
}  // namespace aizuchi::oracle
