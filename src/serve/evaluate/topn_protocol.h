// How well what someone will like is known from what they had: all items they did not have are
// ranked, and what was kept aside of theirs is looked for. The model is chosen on a slice of the
// training data and made anew of all of it.
//
// Promises: nothing of the test is seen before the last step; the same settings and search for
// every set; the seed is the only chance. Threads: one. Cost: the choice takes most (shelf.h).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "serve/evaluate/plain_file.h"
#include "understand/recommend/shelf.h"

namespace aizuchi::serve {

struct TopnReport {
  std::string protocol;
  uint64_t seed = 0;
  size_t people = 0, items = 0, pairs = 0;
  std::vector<understand::Tried> tried;
  std::string chosen;
  understand::Measured measured;
  understand::Measured popular;  // what the plainest rule reaches
  double choice_s = 0, fit_s = 0;
};

struct TopnQuestion {
  Parts parts;
  uint64_t seed = 1;
  std::function<void(const std::string& what, double done)> progress;
};

// A choice is made on so many people at most.
constexpr size_t slice_people_max = 3000;
// Who of `wanted` has something that is new to them.
std::vector<understand::Held> held_of(const understand::Pairs& basket,
                                      const understand::Pairs& wanted);

// Train and test files: as they are; a valid file beside them is what the choice is made on. One
// file alone: of everyone with three items or more one is the test and one the validation, by a
// hash of who it is (data protocol of msweb).
ground::Result<TopnReport> evaluate_topn(const TopnQuestion& question);
std::string to_json(const TopnReport& report);

}  // namespace aizuchi::serve
