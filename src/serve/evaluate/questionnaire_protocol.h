// How well the scales of a questionnaire are known from a few of its items: each person is asked
// some, chosen by what they settle or by chance, and every scale's full score – the sum of all its
// items as the person answered them – is told from those. r is the correlation over people of what
// was told and what is so. Of items that were not asked it is told how well they are foreseen.
//
// Promises: what is usual of answers is learned from other people only (k folds); a scale counts
// people who answered all of it; the seed is the only chance. Threads: one.
// Cost: 20,000 people with 50 items take 4 s.
#pragma once

#include <functional>

#include "serve/evaluate/questionnaire_file.h"

namespace aizuchi::serve {

struct QuestionnaireQuestion {
  QuestionnaireFiles files;
  size_t questions = 10, folds = 5;
  bool at_random = false;
  uint64_t seed = 1;
  std::function<void(size_t fold)> progress;
};

struct QuestionnaireReport {
  struct Scale {
    std::string name;
    size_t items = 0, people = 0;
    std::vector<double> r;  // by number of questions, 1 first
  };
  std::string protocol, form;
  std::vector<std::string> left_out;
  std::vector<std::string> first;  // what most people were asked, in that order (chosen only)
  uint64_t seed = 0;
  size_t items = 0, people = 0, asked = 0;  // asked: those who answered enough
  std::vector<Scale> scales;
  std::vector<double> r;  // the mean of the scales, by number of questions
  double r_unasked = 0;   // of an item's answer, where it was not asked: the mean of the items
  double seconds = 0;
};

ground::Result<QuestionnaireReport> evaluate_questionnaire(const QuestionnaireQuestion& question);
std::string to_json(const QuestionnaireReport& report);

}  // namespace aizuchi::serve
