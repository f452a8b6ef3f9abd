// EASE (Steck, WWW 2019): the best linear map from a basket to itself that may not use an item for
// itself, in closed form: P = (XᵀX + λI)⁻¹, B_ij = −P_ij / P_jj, B_ii = 0. One knob, λ.
//
// The inverse is taken on the smaller side: items × items, or with (Woodbury) K = (XXᵀ + λI)⁻¹,
// P = (I − XᵀKX) / λ, people × people; then B is made row by row and only its strongest links are
// kept. Cost: side³ operations of LAPACK and 4·side² bytes; `ease_side_max` bounds both.
// Threads: none.
#pragma once

#include "understand/recommend/links.h"

namespace aizuchi::understand {

constexpr uint32_t ease_side_max = 10'000;

// Can it be made of these at all?
bool ease_fits(const Pairs& pairs);
// nullptr when the matrix cannot be inverted (λ far too small for what is in it).
std::shared_ptr<const Links> ease(const Pairs& pairs, double lambda, size_t most);

}  // namespace aizuchi::understand
