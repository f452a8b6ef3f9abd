// A questionnaire of graded items (1 to 5, say), answered in part: what the answers given say of
// the others and of the scales that items add up to. The answers of a population are taken as
// jointly normal, so that whoever answered some is believed by plain conditioning (the regression
// of all items on those asked). The next item is the one that leaves least unknown of the scales:
//   max_j Σ_scales Cov(t, x_j | asked)² / (Var(x_j | asked) · Var(t)),
// the share of each scale's variance that its answer takes away. Of a normal belief that depends on
// what was asked and never on what was answered, so people who can be asked the same are.
//
// Promises: what was not answered stands for nothing. Threads: pure functions; Moments belong to
// whoever adds. Cost: n² an answer; a person n² multiplications into the moments.
#pragma once

#include <cstdint>

#include "understand/resonance/belief.h"

namespace aizuchi::understand {

// Sums over people from which the usual answers and how they go together are made.
class Moments {
 public:
  explicit Moments(size_t items);
  // By item; NaN where it was not answered.
  void add(std::span<const float> answers);
  void add(const Moments& others);
  // Mean and covariance, each pair by those who answered both, no relation counting as `worth`
  // people; less of what goes together where that makes no covariance.
  Belief usual(double worth = 20) const;

 private:
  size_t items_;
  // By pair (i, j): who answered both, the sum of i among them, and of the products.
  std::vector<double> both_, sum_, product_;
};

// Once for what was asked: the items that were not, the most telling first.
std::vector<uint32_t> telling_items(const Belief& belief, std::span<const uint8_t> asked,
                                    std::span<const std::vector<double>> scales,
                                    std::span<const double> usual_variances);
// The covariance after any answer to this item, and what of an answer's distance each mean takes.
std::vector<double> hear_item(Belief& belief, uint32_t item);
// Of a weighted sum of items.
double variance_of(const Belief& belief, std::span<const double> weights);
// Signs by which items belong to one scale: of their first principal component, mostly plus.
std::vector<double> keyed(const Belief& usual, std::span<const uint32_t> items);

}  // namespace aizuchi::understand
