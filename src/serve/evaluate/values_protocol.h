// How well what someone prefers is known after a few questions: of each person some pairs are set
// aside and never asked; a few others are asked, chosen by what they settle or by chance; then the
// set-aside ones are told. What is usual is learned from other people only (k folds).
//
// Promises: nothing of a person who is asked was learned from before; how much is shrunk and how
// far answers are trusted is chosen inside the training part; the seed is the only chance.
// Threads: one. Cost: 8 s for 5,000 people and 10 options, 27 s for 40.
#pragma once

#include <functional>

#include "serve/evaluate/preferences_file.h"

namespace aizuchi::serve {

enum class Chosen : uint8_t { by_model, at_random };

struct ValuesQuestion {
  std::filesystem::path data;
  std::vector<std::string> options, absent;
  size_t questions = 5, aside = 15, folds = 5;
  Chosen chosen = Chosen::by_model;
  double flip = 0;  // of the answers, turned round
  uint64_t seed = 1;
  std::function<void(size_t fold)> progress;
};

// What was chosen inside the training part of a fold.
struct ValuesSettings {
  bool by_order = false;  // of the likings' normal scores, else by EM
  double shrunk = 0, careless = 0;
  double worth = 0;  // of the belief, in people who answered alike; 0: they are not asked
};

struct ValuesReport {
  struct After {
    double accuracy = 0, error = 0;  // ± one standard error, over people
  };
  std::string protocol, form;
  std::vector<std::string> option_names;
  uint64_t seed = 0;
  size_t options = 0, people = 0, asked = 0;  // asked: those with enough pairs
  std::vector<After> after;                   // by number of questions, 0 first
  std::vector<ValuesSettings> settings;       // by fold
  double seconds = 0;
};

ground::Result<ValuesReport> evaluate_values(const ValuesQuestion& question);
std::string to_json(const ValuesReport& report);

}  // namespace aizuchi::serve
