// What somebody chose, as an understanding of what they hold dear: the posterior of their answers
// (value_model.h), and how much dearer than usual each axis is to them. What is usual of others
// helps to choose (`more`); what may be spoken rests on their own answers alone (`belief`), for
// nobody is told that they hold dear what others do. It is rounded as a record keeps it, so that a
// replay finds the same scores. Threads: values. Cost: axes² numbers.
#pragma once

#include <vector>

#include "understand/resonance/belief.h"

namespace aizuchi::understand {

struct Leaning {
  Belief belief;             // of the snapshot's axes, in their order; of their answers alone
  std::vector<double> more;  // E[softmax θ] less what is usual, by the population; sums to 0
};

}  // namespace aizuchi::understand
