// How probable an outcome is, learned from older rows and measured on newer ones: a ridge logistic
// regression over standardised features, its strength chosen on the newest quarter of the older
// rows, where its scale is put right, too (Platt 1999), then made again of all of them.
//
// AUC is the probability that a row with the outcome is ranked above one without (Mann & Whitney
// 1947); its error is Hanley & McNeil's (1982). ECE is the mean over ten equally large groups of
// how far the mean probability lies from the share (Naeini et al. 2015). Promises: nothing is
// drawn; nothing of the newer rows is learned from; rows of one moment are on one side. Threads:
// one. Cost: rows · features² · some 60 passes.
#pragma once

#include <string>
#include <vector>

#include "serve/evaluate/outcome_rows.h"

namespace aizuchi::serve {

struct PropensityQuestion {
  std::string data;     // a file or a folder
  std::string outcome;  // its column; "": any of the usual names
  std::string since;    // rows from this day on are the newer ones; "": the newest 30 %
  bool with_people = true;
};

struct Reliability {
  size_t rows = 0;
  double expected = 0, came = 0;  // the mean probability, and the share
};

struct PropensityReport {
  std::string protocol, form;
  size_t older = 0, newer = 0, features = 0;
  double came = 0;  // of the newer rows
  double auc = 0, auc_error = 0, ece = 0, brier = 0, brier_of_mean = 0;
  double ridge = 0, scale = 1;
  std::vector<Reliability> table;
  std::vector<std::pair<std::string, double>> weights;  // the strongest, standardised
};

// Errors: not_found, invalid (a file; one side without an outcome).
ground::Result<PropensityReport> evaluate_propensity(const PropensityQuestion& question);
std::string to_json(const PropensityReport& report);

// Exposed for their tests. Of equals half counts.
double area_under_curve(const std::vector<double>& p, const std::vector<double>& y);

}  // namespace aizuchi::serve
