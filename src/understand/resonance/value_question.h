// Which question about values is worth a person's time: the set of four axes, the current favourite
// among them, from whose answer most is learned in expectation,
//   max_S log det(I + Σ_SS·E[H_S(μ)]),
// where H_S is the information of the answer (D-optimality: Chaloner, Verdinelli 1995). Carrying
// the favourite finds the dearest of ten values more often than the freest choice does, for a
// favourite is found by meeting its rivals.
//
// Promises: no question is asked that is not needed: none after four, none when the dearest is
// known with three chances in five.
// Threads: pure functions. Cost: C(K−1, 3) sets; `script/bench --row question`.
#pragma once

#include <array>

#include "understand/resonance/value_model.h"

namespace aizuchi::understand {

constexpr size_t asked_axes = 4;

struct QuestionRules {
  size_t asked_max = 4;
  double known_from = 0.6;  // P(top) at which nothing more is asked
  bool with_worst = true;   // will the worst be asked too?
};

struct ValueQuestion {
  std::array<uint32_t, asked_axes> shown{};  // the favourite first
  size_t size = 0;                           // all axes where there are fewer than four
  double gain = 0;                           // nats, expected
};

// What would be learned from asking about these axes.
double expected_gain(const Belief& belief, std::span<const uint32_t> shown, bool with_worst);
// nullopt: nothing is to be asked.
std::optional<ValueQuestion> next_question(const Belief& belief, size_t asked,
                                           const QuestionRules& rules = {});
// The best set of four with the favourite, needed or not.
ValueQuestion best_question(const Belief& belief, bool with_worst);

}  // namespace aizuchi::understand
