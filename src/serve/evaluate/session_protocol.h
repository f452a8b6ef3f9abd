// How well the next item of a visit is foreseen: every prefix of every visit of the test file asks
// for 20 items and meets the one that really came next. Nothing is learned from the test file.
//
// Promises: rows are ordered by their time, whatever their order in the file; a repeated item
// counts as a miss, for the item on screen is never offered; the settings are the defaults of
// SessionIndex for every file.
// Threads: one. Cost: a few us a prediction.
#pragma once

#include <string>
#include <vector>

#include "serve/evaluate/plain_file.h"
#include "understand/recommend/model_file.h"

namespace aizuchi::serve {

struct SessionReport {
  std::string protocol;
  size_t train_visits = 0, train_items = 0;
  size_t test_visits = 0, predictions = 0;
  double mrr20 = 0, hr20 = 0;
  // What the plainest rule reaches: the items that most visits have.
  double popular_mrr20 = 0, popular_hr20 = 0;
  double next_p50_us = 0, next_p99_us = 0;
};

// Without a test file the tenth of the visits that ended last is the test.
ground::Result<SessionReport> evaluate_session(const Parts& parts);
std::string to_json(const SessionReport& report);

// All visits of the train and test files, by when they ended, with the names of their items; an
// item counts once a visit, and a visit has 64 at most.
struct NamedVisits {
  std::vector<std::string> items;
  std::vector<understand::KeptVisit> visits;
};
ground::Result<NamedVisits> read_visits(const Parts& parts);

}  // namespace aizuchi::serve
