// What is usual: the values of the people who allowed them to be learned from (population.h), by
// the names of the axes, for a brand changes its axes. Threads: a value. Cost: axes² numbers.
#pragma once

#include <string>
#include <vector>

#include "ground/base/time.h"
#include "understand/resonance/belief.h"

namespace aizuchi::ground {
struct Axis;
}  // namespace aizuchi::ground

namespace aizuchi::understand {

struct Usual {
  uint64_t version = 0;
  ground::Instant at;
  uint64_t people = 0, answers = 0;
  std::vector<std::string> axes;
  Belief belief;
};
// Of these axes; what nobody was asked about yet is as it is before any answer.
Belief usual_of(const Usual* usual, const std::vector<ground::Axis>& axes);

}  // namespace aizuchi::understand
