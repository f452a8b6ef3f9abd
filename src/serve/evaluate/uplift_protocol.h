// What a mailing of several arms did, to whom, and whether choosing by person would bring more than
// the best arm for everybody: rows of a trial in which the arm was drawn.
//
//   Qini      of an arm against the control: people by their foreseen uplift, the highest first;
//             g(d) = (R_t − R_c · n_t / n_c) / N_t at depth d, of outcomes R and people n so far
//             (Radcliffe 2007); Qini = ∫ (g(d) − d · g(1)) dd: outcomes a person of the arm, beyond
//             what a random order brings. Its error is that of 100 samples of the rows (Efron 1979)
//   policy    the arm with the highest foreseen uplift, the control where none is above 0
//   value     of an arm or a policy: the mean of its doubly robust scores
//   chosen    the policy, where its gain over the best single arm is more than its standard error;
//             else that arm. Measured as it would have gone: for each fold, chosen by the others
//
// Promises: nothing that is said of a row was learned or chosen from its fold; the seed deals the
// folds and draws those samples, and is the only chance. Threads: one. Cost: 64,000 rows of 18
// features take 3 s.
#pragma once

#include <string>
#include <vector>

#include "serve/evaluate/outcome_rows.h"

namespace aizuchi::serve {

struct UpliftQuestion {
  std::string data;  // a file, or a folder with one table
  TrialColumns columns;
  uint64_t seed = 1;
};

struct Measured {
  double value = 0, error = 0;  // one standard error
};

struct UpliftReport {
  struct Arm {
    std::string name;
    size_t rows = 0;
    double mean = 0;  // what came in it
    Measured value;   // doubly robust
    Measured uplift;  // against the control
    Measured qini;
    bool alike = false;    // uplift was taken as alike for all
    double of_policy = 0;  // the share that the policy gives it to
  };
  std::string protocol, form, best;  // best: the single arm
  uint64_t seed = 0;
  size_t rows = 0, features = 0;
  std::vector<Arm> arms;              // the control first
  Measured best_value, policy, gain;  // gain: of the policy over the best arm
  bool policy_chosen = false;
  Measured chosen, chosen_gain;  // as it would have gone, and that over the best arm
};

// Errors: not_found, invalid.
ground::Result<UpliftReport> evaluate_uplift(const UpliftQuestion& question);
std::string to_json(const UpliftReport& report);

// Exposed for their tests. Of equals none comes first.
struct Ranked {
  double uplift = 0, outcome = 0;
  bool treated = false;
  double times = 1;  // how often it is there
};
double qini_of(std::vector<Ranked> people);

}  // namespace aizuchi::serve
