// How well it is known what a message is about: learned from the training rows, asked of others.
//
// Promises: nothing of the rows that are asked is learned from, nor a setting chosen on them; the
// same settings for every set; the seed is the only chance. Threads: one.
// Cost: 10 s for 15,000 messages of 150 labels.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "serve/evaluate/messages_file.h"

namespace aizuchi::serve {

struct ConcernQuestion {
  std::string folder, train, test;
  std::string none{};  // the label of texts of none of the others; "": oos, none …
  uint64_t seed = 1;
  std::function<void(size_t set, size_t sets)> progress;
};

struct ConcernReport {
  struct Set {
    std::string name, asked;  // which rows were asked: test, valid, or a fifth
    size_t labels = 0, learned = 0, learned_of_none = 0, asked_rows = 0, asked_of_none = 0;
    double accuracy = 0;     // of the likeliest label, whether or not it says "I don't know"
    double calibration = 0;  // expected calibration error of its probability
    double answered = 0, right_when_answered = 0;
    double in_scope = 0;     // answered and right, of those that have a label
    double none_recall = 0;  // "I don't know", of those that have none
    double usual = 0;        // accuracy of always saying the most frequent label
    double learn_s = 0, hear_us = 0;
    double cost = 0, second = 0;  // chosen inside the training rows
  };
  std::string protocol;
  uint64_t seed = 0;
  std::vector<Set> sets;
};

ground::Result<ConcernReport> evaluate_concern(const ConcernQuestion& question);
std::string to_json(const ConcernReport& report);

}  // namespace aizuchi::serve
