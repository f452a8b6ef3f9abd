// "This rather than that": what one pair choice says of every other pair. A person's liking of n
// options is u ~ N(μ, Σ), and a is preferred to b when u_a − u_b + noise > 0, or carelessly. Each
// answer is matched by a normal one of the same moments (expectation propagation: Minka 2001;
// Herbrich, Minka, Graepel, TrueSkill, 2006), so that the order of answers does not matter.
//
// Promises: an option a person never named is judged by what goes together in the population, and
// by nothing else. Threads: pure functions; sites belong to whoever calls. Cost: n² an answer and
// sweep.
#pragma once

#include <compare>
#include <cstdint>

#include "understand/resonance/belief.h"

namespace aizuchi::understand {

struct Preference {
  uint32_t better = 0, worse = 0;
  auto operator<=>(const Preference&) const = default;
};
struct AnswerNoise {
  double variance = 0.05;  // of u_a − u_b as it is felt when asked
  double careless = 0.05;  // answers that are anything
};

// A preference as the normal observation that stands for it; kept, it is where the next posterior
// begins.
struct Site {
  Preference preference;
  double precision = 0, shift = 0;
};
// Makes the sites fit and gives the belief that they make of `usual`.
Belief after_preferences(const Belief& usual, std::span<Site> sites, AnswerNoise noise, int sweeps);
// P(a person says so).
double chance(const Belief& belief, Preference preference, AnswerNoise noise);

struct PairValue {
  Preference pair;  // in no order
  double value = 0;
};
// Pairs by how much an answer is expected to settle of all pairs, Σ Var(P(one is preferred)), the
// most telling first; at most `wanted`. All pairs are `among`, or every one where that is empty.
// Cost: the square of the pairs in multiplications, then the pairs for each of a few.
std::vector<PairValue> telling_pairs(const Belief& belief, AnswerNoise noise, size_t wanted,
                                     std::span<const Preference> among = {});

// ---- what is usual, from people whose likings are known, wholly or in part

// Of one person; NaN where it is not known. Only the order counts.
using Liking = std::vector<double>;

// Mean and covariance of the normal scores of each person's order, pairs of options by those who
// know both; a prior of no relation counts as `worth` people.
Belief usual_standing(std::span<const Liking> people, double worth = 20);
// The preferences that make an order: between neighbours of it (a level of equals is tied to the
// next by a few links).
std::vector<Site> sites_of_order(const Liking& liking);
// EM over people given by their sites, from `start`, in the scale where two options differ by a
// variance of 2 on average.
Belief learn_usual(std::span<std::vector<Site>> people, Belief start, AnswerNoise noise, int rounds,
                   double worth = 20);
// (1 − share)·Σ + share·(no relation, the same for all).
Belief shrunk(const Belief& usual, double share);

}  // namespace aizuchi::understand
