// The choice: learns politely, and its probability is computable from the record. Each candidate
// has a mean and spread on the logit scale and a shift; with dice keyed by (seed, item)
//   z_k = m_k + s_k·ε_k + shift_k,   shift_k = ln(value·boost) − 0.3·risk_k,
// the largest wins; with a total probability of 2 % a uniform one does (decision.md, stage 6).
// Removing one candidate leaves the others' dice alone; the same seed gives the same choice. Above
// twenty candidates a first stage keeps those with the largest m + s + shift, and the dice are
// rolled among them; the uniform share is of all.
// Threads: pure. Cost: 50 ns a candidate; propensities are computed when read, not when decided.
#pragma once

#include <array>
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

// Few of 32 are there at a time. The first six have a meaning; the rest are hashed names and
// values, a bucket each, so that no weight is one person's.
struct Features {
  static constexpr size_t dimension = 32, active_max = 16;
  enum Meaning : uint8_t { bias, surface, memory, resonance, editorial, place, hashed };

  uint8_t size = 0;
  std::array<uint8_t, active_max> at{};
  std::array<float, active_max> value{};

  // What is there already is added to; a zero, and what comes after active_max, is left out.
  void add(size_t index, double x);
  // A name and its value, hashed: 1 in their bucket.
  void add_hashed(uint64_t hash);
};

struct Score {
  double mean = 0, spread = 0;  // on the logit scale
};

constexpr double uniform_share = 0.02;  // total probability of a uniform choice
constexpr size_t first_stage_keeps = 20;
constexpr size_t no_first_stage = SIZE_MAX;  // of records from before there was one

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
Chosen choose(std::span<const Arm> arms, uint64_t seed, uint32_t position, Explore explore,
              size_t keeps = first_stage_keeps);

// P(arm is chosen), exactly, from what the record holds:
//   w_k = ∫ φ_k ∏_{i≠k} Φ_i dz,  p = f + (1 − K·f)·w,  f = 0.02 / K
// on one shared grid that is as fine, wherever an arm's density lies, as half of that arm's spread,
// with five Gauss-Legendre points a step: spreads may differ by any factor. Off by less than 1e-9
// (tests/oracle's twin). Cost: about 1 ms at 20 arms.
std::vector<double> propensities(std::span<const Arm> arms, Explore explore,
                                 size_t keeps = first_stage_keeps);

}  // namespace aizuchi::decide
