#include "understand/resonance/population.h"

#include "ground/base/result.h"

namespace aizuchi::understand {

// The mode under a normal-inverse-Wishart prior: with M = Σ m_i and S = Σ (S_i + m_i m_iᵀ),
//   μ = (worth·μ₀ + M)/(worth + N)
//   Σ = (worth·(Σ₀ + (μ₀−μ)(μ₀−μ)ᵀ) + Σ_i (S_i + (m_i−μ)(m_i−μ)ᵀ))/(worth + N).
Belief population_round(size_t people, const Believe& believe, const Belief& usual,
                        const PopulationSettings& settings) {
  const size_t n = usual.size();
  AIZ_ASSERT(settings.prior.size() == n && settings.worth > 0);
  Belief sum{.mean = std::vector<double>(n), .covariance = std::vector<double>(n * n)};
  const auto add = [&](const Belief& one, double weight) {
    for (size_t i = 0; i < n; ++i) {
      sum.mean[i] += weight * one.mean[i];
      for (size_t j = 0; j < n; ++j)
        sum.at(i, j) += weight * (one.at(i, j) + one.mean[i] * one.mean[j]);
    }
  };
  add(settings.prior, settings.worth);
  for (size_t person = 0; person < people; ++person) add(believe(person, usual), 1);
  const double weight = settings.worth + static_cast<double>(people);
  for (double& mean : sum.mean) mean /= weight;
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) sum.at(i, j) = sum.at(i, j) / weight - sum.mean[i] * sum.mean[j];
  return sum;
}

Belief learn_population(std::span<const std::vector<ValueAnswer>> people,
                        const PopulationSettings& settings, double careless) {
  Belief usual = settings.prior;
  const auto believe = [&](size_t person, const Belief& before) {
    return after_answers(before, people[person], careless);
  };
  for (int round = 0; round < settings.rounds; ++round)
    usual = population_round(people.size(), believe, usual, settings);
  return usual;
}

}  // namespace aizuchi::understand
