// How sure scores are, learned from messages that were not learned from.
//
// Promises: no chance. Threads: pure functions. Cost: messages · classes · 60.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "understand/concern/linear.h"

namespace aizuchi::understand {

// softmax(sharpness · scores), in place. Returns the highest.
size_t to_probabilities(std::span<float> scores, double sharpness);

// The sharpness that makes what was true likeliest (temperature scaling: Guo, Pleiss, Sun,
// Weinberger, ICML 2017), a little held towards 1 where messages are few; and how surprising the
// truth is then, in nats a message. `scores`: messages · classes.
struct Sharpness {
  double value = 1, surprise = 0;
};
Sharpness sharpest(std::span<const float> scores, std::span<const uint32_t> truth, size_t classes);

// Whether an answer was right, and how probable it was said to be.
struct Judged {
  double probability = 0;
  bool right = false;
};
// The answer's probability put straight: σ(slope · logit + shift), by Platt's method (1999).
struct Honesty {
  double slope = 1, shift = 0;
  double operator()(double probability) const;
};
Honesty learn_honesty(std::span<const Judged> judged);
// Expected calibration error over 15 bins of equal width (Naeini, Cooper, Hauskrecht, AAAI 2015).
double calibration_error(std::span<const Judged> judged);

// What tells whether a message speaks of any of the classes at all: of the scores that are heard,
// and of what each of two learners says of their highest alone (a stranger seldom pleases both).
using Signals = std::array<double, 6>;
struct Spoken {
  std::span<const float> scores, first, second;
  double sharpness = 1, covered = 0;
};
Signals signals_of(const Spoken& spoken);

// Does it? A logistic regression on the signals, both sides alike in weight, and the line above
// which it is said to: where both sides are right alike; but where the unknown ones are only stood
// in for, nine in ten of the right answers are given.
struct Knowing {
  Signals mean{}, spread{}, weights{};
  double bias = 0, line = 0;
  double operator()(const Signals& signals) const;  // on the logit scale
  bool knows(const Signals& signals) const { return (*this)(signals) >= line; }
};
// `known`: signals of messages that do, and whether the class was right; `unknown`: of others.
struct Known {
  Signals signals{};
  bool right = false;
};
Knowing learn_knowing(std::span<const Known> known, std::span<const Signals> unknown,
                      bool really_unknown);

}  // namespace aizuchi::understand
