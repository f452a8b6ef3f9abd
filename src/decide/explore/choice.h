// The choice: learns politely, and its probability is computable from the record. Each candidate
// has a mean and spread on the logit scale and a shift; with dice keyed by (seed, item)
//   z_k = m_k + s_k·ε_k + shift_k,   shift_k = ln(value·boost) − 0.3·risk_k,
// the largest wins; with a total probability of 2 % a uniform one does (decision.md, stage 6).
// Removing one candidate leaves the others' dice alone; the same seed gives the same choice.
// Threads: pure. Cost: 50 ns a candidate; propensities are computed when read, not when decided.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace aizuchi::decide {

struct Arm {
  uint64_t key = 0;  // the item's, stable across publishes
  double mean = 0;
  double spread = 0;
  double shift = 0;
};

constexpr double uniform_share = 0.02;  // total probability of a uniform choice

enum class Explore : uint8_t { on, off };  // off: apology, care; the largest m + shift wins

struct Chosen {
  size_t arm = 0;
  bool uniform = false;
};

// Standard normal quantile of a hash read as a number in (0, 1): Wichura 1988, AS 241 (PPND16).
double normal_of(uint64_t hash);
// The draw of one arm.
double draw(uint64_t seed, const Arm& arm);
// Precondition: at least one arm. `position` separates the dice of a list's places.
Chosen choose(std::span<const Arm> arms, uint64_t seed, uint32_t position, Explore explore);

// P(arm is chosen), exactly, from what the record holds:
//   w_k = ∫ φ_k ∏_{i≠k} Φ_i dz on one shared grid, p = f + (1 − K·f)·w, f = 0.02 / K
// (learning.md, "Choice"). Sums to 1 within 1e-6. Cost: K · grid, at most K · 4096.
std::vector<double> propensities(std::span<const Arm> arms, Explore explore);

}  // namespace aizuchi::decide
