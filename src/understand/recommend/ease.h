// EASE (Steck, WWW 2019): the best linear map from a basket to itself that may not use an item for
// itself, in closed form: P = (XᵀX + λI)⁻¹, B_ij = −P_ij / P_jj, B_ii = 0. With an alpha a row of X
// counts |person|^−alpha: who has everything says less, as in a walk.
//
// The inverse is taken on the smaller side: items × items, or with (Woodbury) K = (XXᵀ + λI)⁻¹,
// P = (I − XᵀKX) / λ, people × people; then B is made row by row and only its strongest links are
// kept. Where both sides are large, each item is told from its nearest alone (fsSLIM: Ning,
// Karypis, ICDM 2011, with EASE's loss): S the `nearest` items j with the largest (XᵀX)_ij /
// √(XᵀX)_jj, b = ((XᵀX)_SS + λI)⁻¹ (XᵀX)_Si. That is EASE where S is all others. Cost: side³
// operations of LAPACK and 4·side² bytes; or an item nearest³/3 and its neighbours' pairs. Threads:
// none.
#pragma once

#include "understand/recommend/links.h"

namespace aizuchi::understand {

constexpr uint32_t ease_side_max = 10'000;  // of the matrix that is inverted
uint32_t ease_side(const Pairs& pairs);

// nullptr when the matrix cannot be inverted (λ far too small for what is in it), is too large, or
// is of nothing.
std::shared_ptr<const Links> ease(const Pairs& pairs, const EaseSettings& settings, size_t most);
// All of one alpha and as many nearest, in one pass over the pairs.
std::vector<std::shared_ptr<const Links>> nearest_eases(const Pairs& pairs,
                                                        std::span<const EaseSettings> settings);

}  // namespace aizuchi::understand
