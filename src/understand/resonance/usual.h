// What is usual: the values of the people who allowed them to be learned from (population.h), by
// the names of the axes, for a brand changes its axes.
//
// Promises (P1): nothing of it is about few: an axis is learned only where twenty people were asked
// about it, and of fewer than twenty who answered nothing is learned at all. Who is left out was
// never in it: it is made anew each time. The same answers make the same one to the last bit.
// Threads: values and pure functions. Cost: axes² numbers; learning some 60 us a person and round.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.h"
#include "ground/base/time.h"
#include "understand/resonance/belief.h"

namespace aizuchi::ground {
struct Axis;
}  // namespace aizuchi::ground

namespace aizuchi::understand {

struct ValueAnswer;

struct Usual {
  static constexpr size_t people_min = 20;
  uint64_t version = 0;
  ground::Instant at;
  uint64_t people = 0, answers = 0;  // it was learned from; 0: too few answered
  std::vector<std::string> axes;     // that were learned
  std::vector<uint64_t> asked;       // how many people were asked about each
  Belief belief;
};
// Of these axes; what nobody was asked about yet is as it is before any answer.
Belief usual_of(const Usual* usual, const std::vector<ground::Axis>& axes);

// From the answers of each person about these axes, by their places.
Usual learn_values(std::vector<std::vector<ValueAnswer>> people,
                   const std::vector<std::string>& axes, int rounds_max);

std::string encode(const Usual& usual);
// Errors: unsupported (a newer format), corrupted.
ground::Result<Usual> decode_usual(std::string_view bytes);

}  // namespace aizuchi::understand
