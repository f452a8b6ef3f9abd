// EASE (Steck, WWW 2019): the best linear map from a basket to itself that may not use an item for
// itself, in closed form: P = (XᵀX + λI)⁻¹, B_ij = −P_ij / P_jj, B_ii = 0. One knob, λ.
//
// The inverse is taken on the smaller side: items × items, or with (Woodbury) K = (XXᵀ + λI)⁻¹,
// P = (I − XᵀKX) / λ, people × people; then B is made row by row and only its strongest links are
// kept. Where both sides are beyond `side_max`, it is made of the `popular` most popular
// items, which most of what people have is of; the others have no links.
// Cost: side³ operations of LAPACK and 4·side² bytes.
// Threads: none.
#pragma once

#include "understand/recommend/links.h"

namespace aizuchi::understand {

struct EaseLimits {
  uint32_t side_max = 10'000, popular = 8'000;
  double covered_min = 0.9;  // the share of the pairs that the most popular must be of
};
constexpr EaseLimits ease_limits;

// Is it worth a try: not where most of what people have is of items that would have no links.
bool ease_fits(const Pairs& pairs, const EaseLimits& limits = ease_limits);
// Of the matrix that is inverted.
uint32_t ease_side(const Pairs& pairs, const EaseLimits& limits = ease_limits);
// nullptr when the matrix cannot be inverted (λ far too small for what is in it), or is of nothing.
std::shared_ptr<const Links> ease(const Pairs& pairs, double lambda, size_t most,
                                  const EaseLimits& limits = ease_limits);

}  // namespace aizuchi::understand
