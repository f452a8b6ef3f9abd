// What is believed of how well one item does here, given what is known of the moment: a logistic
// regression whose weights are N(μ, Σ), updated one outcome y of weight w at a time. With v = xᵀΣx,
//   a = μᵀx + v·w·(y − σ(a))  (where the posterior of this one logit is highest: Newton),
//   p = σ(a), h = w·p·(1−p),  μ += Σx·w·(y − p),  Σ −= h·Σx xᵀΣ / (1 + h·v)
// which is Laplace's approximation (Spiegelhalter & Lauritzen 1990; as a bandit, Chapelle & Li
// 2011). A score is N(μᵀx, xᵀΣx) on the logit scale. Forgetting: Σ grows by 1 % a day, and never
// beyond the prior's.
//
// Threads: a value. Cost: a score of n features n²/2 multiplications (0.1 us at 10), an update
// 32·n + 528 (0.6 us). Σ is kept as a packed lower triangle, 4.2 KB.
#pragma once

#include "decide/explore/choice.h"

namespace aizuchi::decide {

class Belief {
 public:
  static constexpr size_t triangle = Features::dimension * (Features::dimension + 1) / 2;
  // Nothing was seen yet: the layers' terms count as they are (weight 1), everything else is 0; the
  // bias has the mean `base`. A typical moment's spread is about `spread`.
  static Belief prior(double base, double spread);
  // The same with a bias that is hardly known: of a place where nothing was ever counted.
  static Belief broad(double base, double spread);
  // A new item's: what is usual here, as unsure as the prior.
  Belief fresh(double spread) const;

  double mean_of(const Features& x) const;
  Score score(const Features& x) const;
  // y in [0, 1]; weight in (0, 1]: how much of an observation it is.
  void learn(const Features& x, double y, double weight = 1);
  // `like`: the prior that it does not grow beyond.
  void forget(double days, const Belief& like);

  std::array<double, Features::dimension> mean{};
  std::array<double, triangle> covariance{};

 private:
  static size_t at(size_t row, size_t column) {
    return row >= column ? row * (row + 1) / 2 + column : column * (column + 1) / 2 + row;
  }
  double trace() const;
};

}  // namespace aizuchi::decide
