// What another choice would have brought, from the log of the one that was made (off-policy
// evaluation). A round of the log has a reward r, the probability p with which its item was chosen,
// and the probability π that the policy asked about gives to the same item; w = min(π/p, clip).
//   IPS    mean(w·r)                                       Horvitz & Thompson 1952
//   SNIPS  Σ w·r / Σ w                                     Swaminathan & Joachims 2015
//   DM     mean(Σ_a π(a)·q̂(a))                             the model of rewards alone
//   DR     mean(Σ_a π(a)·q̂(a) + w·(r − q̂))                 Dudík, Langford & Li 2011
// Standard errors are those of a mean (of a ratio for SNIPS, by the delta method). The effective
// sample is (Σ w)² / Σ w²  (Kish 1965), the effective rewards (Σ w·r)² / Σ (w·r)².
//
// Promises: a winner is named only when every other policy is worse beyond what chance does to the
// paired difference of the rounds (5 % over all comparisons together, Bonferroni), and both have an
// effective sample of 200 and 30 effective rewards; else the reason is said. The error of a
// difference is at least what it would be if all items were alike, √(Var(r)·Σ (w−w')²)/n: where
// hardly anything was tried and nothing came of it, the rounds themselves seem to agree.
// Threads: pure. Cost: one pass a policy, one pass a pair of policies.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace aizuchi::reflect {

struct Round {
  double reward = 0;
  double propensity = 1;       // in (0, 1]: of what was chosen, when it was chosen
  double target = 0;           // in [0, 1]: of the same under the policy asked about
  double expected = 0;         // q̂ of what was chosen
  double expected_target = 0;  // Σ_a π(a)·q̂(a)
};

struct Estimate {
  double value = 0;
  double standard_error = 0;
};

constexpr double weight_max = 100;     // the clip
constexpr double effective_min = 200;  // below it nothing is concluded
constexpr double effective_rewards_min = 30;

struct Reflection {
  std::string policy;
  Estimate ips, snips, direct, doubly_robust;
  double effective = 0;          // of as many rounds
  double effective_rewards = 0;  // 0 when nothing came of anything
  double clipped_share = 0;      // of the sum of weights
  // A round each, for two policies are compared round by round: DR's, and w.
  std::vector<double> scores, weights;
  double reward_variance = 0;
};

// Precondition: at least one round.
Reflection reflect_on(std::string policy, std::span<const Round> rounds, double clip = weight_max);

struct Verdict {
  std::optional<size_t> winner;  // of the policies given
  std::string why;               // in a sentence, also when there is none
};
// Precondition: all of the same rounds, in the same order.
Verdict compare(std::span<const Reflection> policies);

}  // namespace aizuchi::reflect
