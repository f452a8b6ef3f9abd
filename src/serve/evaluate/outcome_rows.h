// Rows with an outcome, for learning how probable it is: a plain file with a column of outcomes (0
// or 1), one of times, and others that are known before; or a folder of mailings – who got which
// campaign, what they bought before, which coupons they redeemed – of which rows are made, each by
// what was known on the day its campaign began.
//
// And rows of a trial: a file with a column of arms, whose others nobody chose an arm by.
//
// Promises: a row that cannot be read is an error with its file and line, nothing is skipped; no
// feature of a row looks past its moment. Threads: none. Cost: one pass; 8 bytes a feature a row.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ground/base/result.h"

namespace aizuchi::serve {

struct OutcomeRow {
  double at = 0;  // seconds
  double outcome = 0;
  std::vector<double> features;  // by OutcomeRows::features
};

struct OutcomeRows {
  std::string form;  // what was read, in words
  std::vector<std::string> features;
  std::vector<bool> about_people;  // of each feature: it says who they are, not what they did
  std::vector<OutcomeRow> rows;    // oldest first
};

// Of a file: `outcome` names its column ("": any of the usual names). Numbers are taken as they
// are, words as one feature each (the twelve most frequent). Errors: not_found, invalid.
ground::Result<OutcomeRows> read_outcomes(const std::filesystem::path& file_or_folder,
                                          const std::string& outcome);

// Rows of a trial in the order of the file, `at` being their line, `outcome` any number.
struct TrialRows {
  OutcomeRows of;
  std::string outcome;            // its column
  std::vector<std::string> arms;  // the control first, the others by name
  std::vector<uint32_t> arm;      // of each row
  std::vector<double> shares;     // of each arm
};
struct TrialColumns {
  std::string arm, control, outcome;  // "": any of the usual names
  std::vector<std::string> without;   // no features; the usual names of outcomes never are
};
// Errors: not_found, invalid (a file; an arm of fewer than trial_arm_min rows).
constexpr size_t trial_arm_min = 50, trial_arms_max = 20;
ground::Result<TrialRows> read_trial(const std::filesystem::path& file_or_folder,
                                     const TrialColumns& columns);

}  // namespace aizuchi::serve
