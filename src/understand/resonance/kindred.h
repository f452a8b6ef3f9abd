// Those who answered alike: a population is not one normal distribution, and where many people are
// known, what the ones prefer who would have answered the same says more than a formula. Together
// with the normal belief this is a Dirichlet process around it (Ferguson 1973), which counts as
// `worth` people: with few alike the belief speaks, with many they do.
//
// Promises: only whoever is given is in it; who leaves is left out of the next. Threads: immutable,
// weights belong to whoever calls. Cost: a byte a person and pair; one pass over people a question
// and a prediction.
#pragma once

#include "understand/resonance/preference.h"

namespace aizuchi::understand {

class Kindred {
 public:
  Kindred(std::span<const std::vector<Preference>* const> people, size_t options);

  // How likely each person's likings make what was said so far.
  using Weights = std::vector<float>;
  Weights nothing_said() const { return Weights(people_, 1); }
  // `wrong`: the share of answers that are turned round.
  void hear(Weights& weights, Preference said, double wrong) const;
  // P(preference), from `believed`, whose P(all that was said) is `evidence`.
  double chance(const Weights& weights, Preference preference, double believed, double evidence,
                double worth) const;

 private:
  std::span<const int8_t> signs(Preference preference, float& turn) const;

  const size_t people_;
  const size_t options_;
  std::vector<int8_t> signs_;  // of pair a < b: a row of people, 1 where a is preferred to b
};

}  // namespace aizuchi::understand
