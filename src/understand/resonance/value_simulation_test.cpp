// People made by a seed who answer as the model says: what it promises of itself must hold on them.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ground/base/hash.h"
#include "understand/resonance/population.h"
#include "understand/resonance/value_question.h"

namespace aizuchi::understand {
namespace {

class Numbers {
 public:
  explicit Numbers(uint64_t seed) : state_(ground::mix64(seed)) {}
  double next() { return (static_cast<double>(ground::mix64(state_++) >> 11) + 0.5) / 0x1p53; }
  double normal() { return normal_below_inverse(next()); }
  uint32_t below(size_t n) { return static_cast<uint32_t>(next() * static_cast<double>(n)); }

 private:
  uint64_t state_;
};

std::vector<double> drawn(const Belief& usual, Numbers& numbers) {
  std::vector<double> lower, z(usual.size()), theta = usual.mean;
  REQUIRE(factor(usual.covariance, usual.size(), lower));
  for (double& one : z) one = numbers.normal();
  for (size_t i = 0; i < z.size(); ++i)
    for (size_t k = 0; k <= i; ++k) theta[i] += lower[i * z.size() + k] * z[k];
  return theta;
}

uint32_t picked(std::vector<uint32_t> of, double sign, std::span<const double> theta,
                Numbers& numbers) {
  uint32_t best = of[0];
  double most = -HUGE_VAL;
  for (const uint32_t i : of) {
    const double felt = sign * theta[i] - std::log(-std::log(numbers.next()));  // Gumbel
    if (felt > most) best = i, most = felt;
  }
  return best;
}

ValueAnswer answered(std::span<const uint32_t> shown, std::span<const double> theta,
                     double careless, Numbers& numbers) {
  ValueAnswer out{.shown = {shown.begin(), shown.end()}, .best = 0, .worst = {}};
  const bool carelessly = numbers.next() < careless;
  const std::vector<double> anything(theta.size());
  const auto felt = carelessly ? std::span<const double>(anything) : theta;
  out.best = picked(out.shown, 1, felt, numbers);
  std::vector<uint32_t> rest = out.shown;
  std::erase(rest, out.best);
  out.worst = picked(rest, -1, felt, numbers);
  return out;
}

size_t top_of(std::span<const double> of) {
  return static_cast<size_t>(std::ranges::max_element(of) - of.begin());
}

// Four different ones of n.
std::array<uint32_t, 4> any_four(size_t n, Numbers& numbers) {
  std::vector<uint32_t> all(n);
  for (uint32_t i = 0; i < n; ++i) all[i] = i;
  for (size_t i = 0; i < 4; ++i) std::swap(all[i], all[i + numbers.below(n - i)]);
  return {all[0], all[1], all[2], all[3]};
}

// How often the dearest of ten is found after three questions.
double found(bool chosen, double careless, size_t people) {
  Numbers numbers(2024);
  size_t hits = 0;
  const Belief usual = nothing_known(10, prior_sd);
  for (size_t person = 0; person < people; ++person) {
    const auto theta = drawn(usual, numbers);
    Belief belief = usual;
    for (int asked = 0; asked < 3; ++asked) {
      const auto shown = chosen ? best_question(belief, true).shown : any_four(10, numbers);
      belief = after_answer(belief, answered(shown, theta, careless, numbers));
    }
    if (top_of(belief.mean) == top_of(theta)) ++hits;
  }
  return static_cast<double>(hits) / static_cast<double>(people);
}

TEST_CASE("three questions that carry the favourite find the dearest of ten values") {
  const double carried = found(true, 0, 1500), any = found(false, 0, 1500);
  MESSAGE("dearest of ten after three questions: carried " << carried << ", any four " << any);
  CHECK(carried > 0.44);
  CHECK(carried > any + 0.1);
  const double careless = found(true, careless_share, 1500);
  MESSAGE("with one careless answer in twenty " << careless);
  CHECK(careless > 0.41);
}

// Of the leads over the first axis, how many lie in the interval of nine in ten.
double covered(int questions, double careless) {
  Numbers numbers(7);
  const Belief usual = nothing_known(8, prior_sd);
  size_t inside = 0, all = 0;
  for (int person = 0; person < 600; ++person) {
    const auto theta = drawn(usual, numbers);
    Belief belief = usual;
    for (int asked = 0; asked < questions; ++asked)
      belief =
          after_answer(belief, answered(any_four(8, numbers), theta, careless, numbers), careless);
    for (size_t i = 1; i < theta.size(); ++i, ++all) {
      const double off = theta[i] - theta[0] - belief.lead(i, 0);
      if (std::abs(off) <= 1.6448536 * std::sqrt(belief.lead_variance(i, 0))) ++inside;
    }
  }
  return static_cast<double>(inside) / static_cast<double>(all);
}

TEST_CASE("an interval of nine in ten holds the truth nine times in ten") {
  for (const double careless : {0.0, careless_share})
    for (const int questions : {1, 2, 4}) {
      const double share = covered(questions, careless);
      MESSAGE(questions << " questions, careless " << careless << ": " << share);
      CHECK(share > 0.86);
      CHECK(share < 0.93);
    }
}

TEST_CASE("P(top) is as often right as it says") {
  Numbers numbers(11);
  const Belief usual = nothing_known(6, prior_sd);
  std::array<double, 5> said{}, right{}, counted{};
  for (int person = 0; person < 1500; ++person) {
    const auto theta = drawn(usual, numbers);
    Belief belief = usual;
    for (int asked = 0; asked < 3; ++asked)
      belief =
          after_answer(belief, answered(best_question(belief, true).shown, theta, 0, numbers), 0);
    const auto chances = top_chances(belief);
    const size_t top = top_of(chances), bin = std::min(size_t(chances[top] * 5), size_t{4});
    said[bin] += chances[top], counted[bin] += 1;
    if (top == top_of(theta)) right[bin] += 1;
  }
  for (size_t bin = 0; bin < 5; ++bin)
    if (counted[bin] > 100)
      CHECK(std::abs(said[bin] - right[bin]) / counted[bin] <
            3 * std::sqrt(0.25 / counted[bin]) + 0.02);
}

TEST_CASE("how values go together is learned from people who answered three questions each") {
  Belief truth = nothing_known(6, 1.2);
  truth.mean = {1, 0.5, 0, 0, -0.5, -1};
  for (const auto& [i, j, value] :
       {std::tuple{0, 1, 1.0}, std::tuple{2, 3, 1.0}, std::tuple{4, 5, -0.8}})
    truth.at(size_t(i), size_t(j)) = truth.at(size_t(j), size_t(i)) = value;
  Numbers numbers(5);
  std::vector<std::vector<ValueAnswer>> people(1500);
  for (auto& answers : people) {
    const auto theta = drawn(truth, numbers);
    for (int asked = 0; asked < 3; ++asked)
      answers.push_back(answered(any_four(6, numbers), theta, 0, numbers));
  }
  const Belief learned =
      learn_population(people, {.prior = nothing_known(6, prior_sd), .worth = 20, .rounds = 40}, 0);
  for (size_t i = 1; i < 6; ++i)
    CHECK(learned.lead(i, 0) == doctest::Approx(truth.lead(i, 0)).epsilon(0.2));
  // Differences are what answers tell: of two that go together they vary least.
  CHECK(learned.lead_variance(0, 1) < 0.65 * learned.lead_variance(0, 2));
  CHECK(learned.lead_variance(2, 3) < 0.65 * learned.lead_variance(2, 4));
  CHECK(learned.lead_variance(4, 5) > 1.2 * learned.lead_variance(3, 4));
}

}  // namespace
}  // namespace aizuchi::understand
