// Slow, obvious twins of the choice: its propensities by a dense sum in long double, and the
// posterior of a logistic regression by Newton's method to its end, and on a grid.
#pragma once

#include <span>
#include <vector>

#include "decide/explore/belief.h"
#include "decide/explore/choice.h"

namespace aizuchi::oracle {

// P(the draw of each arm is the largest), without the uniform share: Simpson's rule, 4,000 steps to
// the narrowest arm's ±9 spreads everywhere.
std::vector<long double> win_shares(std::span<const decide::Arm> arms);

struct Outcome {
  decide::Features x;
  double y = 0, weight = 1;
};
struct Posterior {
  std::vector<double> mean;                     // of the weights
  std::vector<std::vector<double>> covariance;  // of the weights
  decide::Score score(const decide::Features& x) const;
};
// The mode and the inverse of the curvature there, of all outcomes at once. A weight of the prior
// has no variance: it stays what it is.
Posterior newton(const decide::Belief& prior, std::span<const Outcome> outcomes);
// Mean and standard deviation of the bias alone (x is the bias): 20,001 points on ±10.
decide::Score on_grid(double mean, double spread, std::span<const Outcome> outcomes);

}  // namespace aizuchi::oracle
