// Deep layer 共鳴: how dear each of a brand's value axes is to a person, learned from what they
// choose when they are asked openly. θ is normal; an answer "b is best and w worst of S" has
//   P(b, w | S) = e^θb / Σ_S e^θ · e^−θw / Σ_{S∖b} e^−θ        (best–worst, Marley, Louviere 2005)
// and one in twenty is given carelessly, any answer alike. Laplace: Newton, at most six steps, on
// log P − ½(θ−μ)ᵀΣ⁻¹(θ−μ); then Σ⁻¹ grows by diag(p)−ppᵀ of each of the two choices.
// Formulas, figures and limits: docs/learning.md.
//
// Promises: nothing here says that a person *is* something: what is not sure does not speak
// (speaks_from); what was said long ago fades towards what is usual.
// Threads: pure functions of their arguments. Cost: tens of us for 10 axes; nothing depends on how
// much was answered before.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "ground/base/time.h"
#include "understand/resonance/belief.h"

namespace aizuchi::understand {

constexpr size_t axes_max = normal_size_max;
constexpr double prior_sd = 1.5;
constexpr double careless_share = 0.05;
constexpr double behaviour_weight = 0.25;  // of a pick among shown items, beside an answer

struct ValueAnswer {
  std::vector<uint32_t> shown;  // two or more axes, each once
  uint32_t best = 0;
  std::optional<uint32_t> worst = {};
  double weight = 1;
};
// Can it have been given to a question about so many axes?
bool possible(const ValueAnswer& answer, size_t axes);
// log P(b, w | S), without careless ones.
double log_likelihood(const ValueAnswer& answer, std::span<const double> theta);

Belief after_answers(const Belief& before, std::span<const ValueAnswer> answers,
                     double careless = careless_share);
inline Belief after_answer(const Belief& before, const ValueAnswer& answer,
                           double careless = careless_share) {
  return after_answers(before, {&answer, 1}, careless);
}

// Half-lives of what a person said (learning.md).
constexpr ground::Duration values_half_life = ground::Duration::days(540);
constexpr ground::Duration issues_half_life = ground::Duration::days(90);
constexpr ground::Duration interests_half_life = ground::Duration::days(14);
// μ₀+(μ−μ₀)2^(−t/h) and Σ₀+(Σ−Σ₀)4^(−t/h): back towards what is usual.
Belief drifted(const Belief& then, const Belief& usual, ground::Duration passed,
               ground::Duration half_life);

// P(this axis is the dearest) of each, and E[softmax θ]; both by standard_normal_points().
std::vector<double> top_chances(const Belief& belief);
std::vector<double> expected_shares(const Belief& belief);

// What an item stands for (weights of axes) against a belief: E[softmax θ]·weights, and how sure
// it is that the person leans this way: |mean| ÷ sd of Σ (w_k − w̄)·θ_k.
struct Sympathy {
  double value = 0;
  double lean = 0;  // mean of the contrast
  double sure = 0;  // |mean| ÷ sd
};
constexpr double speaks_from = 1;
Sympathy sympathy(const Belief& belief, std::span<const double> shares,
                  std::span<const std::pair<uint32_t, double>> axes);

}  // namespace aizuchi::understand
