// What each arm of a trial does to each person, learned so that nobody's row teaches what is said
// of it: whoever was in the trial is in one of five folds, and a model of what lies outside one
// fold, or outside two of them, is a sum of moments, so that all of these cost one pass.
//
//   outcome   of an arm: ridge regression of what came in it
//   score     of a row and an arm (doubly robust: Robins, Rotnitzky, Zhao 1994): what the outcome
//             model expects, and where the row was in the arm, how far it was wrong over the arm's
//             share
//   uplift    of an arm: ridge regression of score(arm) − score(control) (Kennedy, DR-learner, EJS
//             2023). How strong the ridge is, how much pairs of features are held back, or whether
//             uplift is alike for all, is chosen by squared error on the folds it may see
//
// Promises: nothing is drawn but the folds. Threads: one. Cost: rows · features² / 2 once, and
// rows · features · arms for each of 30 models; memory 4 bytes a row and feature.
#pragma once

#include <cstdint>
#include <vector>

#include "serve/evaluate/outcome_rows.h"

namespace aizuchi::serve {

constexpr size_t uplift_folds = 5;

// Features as the learners see them: numbers by rank, words as they are, products of pairs where
// these are not too many; all of mean 0 and deviation 1, behind them a 1.
class UpliftFeatures {
 public:
  explicit UpliftFeatures(const TrialRows& trial);
  size_t size() const { return scale_.size() + 1; }
  size_t singles() const { return singles_; }  // before the pairs
  void read(size_t row, std::vector<double>& out) const;

 private:
  size_t singles_ = 0;
  std::vector<float> values_;  // row · singles
  std::vector<std::pair<uint32_t, uint32_t>> pairs_;
  std::vector<double> mean_, scale_;
};

// Of every row, by a learner that did not see its fold.
struct CrossFitted {
  size_t arms = 0;             // with the control, which is arm 0
  std::vector<uint8_t> fold;   // of each row
  std::vector<double> score;   // row · arms
  std::vector<double> uplift;  // row · arms; 0 for the control
  // … nor the rows of fold `without`: what was known when a rule was chosen for that fold.
  std::vector<double> score_within, uplift_within;  // (without · rows + row) · arms
  std::vector<bool> alike;  // of each arm: over the folds, uplift was mostly taken as alike
};
CrossFitted cross_fit(const TrialRows& trial, uint64_t seed);

}  // namespace aizuchi::serve
