// What other policies would have brought, from a log of choices with their probabilities. A policy
// is asked for by a word:
//   uniform       every item of the position alike
//   greedy        the item that did best in the other half of the rows (rows alternate)
//   always:ITEM   that item
//   like:FILE     the shares that the items have, by position, in another log
//   column:NAME   a column of the log: the probability it gives to what was chosen
// "as logged" stands beside them. q̂ of a row is learned in the other half of the rows, too:
//   q̂(position, item) = (Σ rewards + 10·mean of the position) / (rows + 10);
// where only a column is known of the policy, q̂ is the position's mean.
//
// Promises: nothing is drawn; a winner is named only as reflect/offpolicy says.
// Threads: one. Cost: a pass over the log a policy, and one a pair of policies.
#pragma once

#include <string>
#include <vector>

#include "reflect/offpolicy/offpolicy.h"
#include "serve/evaluate/choice_log.h"

namespace aizuchi::serve {

struct OpeQuestion {
  std::string log;
  std::vector<std::string> policies;  // empty: uniform and greedy
  double clip = reflect::weight_max;
};

struct OpeReport {
  std::string protocol;
  size_t rows = 0, items = 0, positions = 0;
  double rewards = 0;
  double propensity_min = 1;
  std::vector<reflect::Reflection> policies;  // the first is "as logged"
  reflect::Verdict verdict;
};

// Errors: not_found, invalid (a file, a word).
ground::Result<OpeReport> evaluate_ope(const OpeQuestion& question);
std::string to_json(const OpeReport& report);

}  // namespace aizuchi::serve
