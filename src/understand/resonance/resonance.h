// Deep layer 共鳴: what a person holds dear, told openly, against what an item stands for. A value
// that was chosen once counts as one full unit of its axis; the affinity of an item is the weight
// it gives to that axis (learning.md: E[softmax θ]·axes(item), here with all mass on what was
// said). Threads: pure. Cost: axes × facts of type axis, both a handful.
#pragma once

#include <utility>
#include <vector>

#include "ground/catalog/snapshot.h"
#include "respect/admission/admission.h"

namespace aizuchi::understand {

struct Values {
  std::vector<ground::AxisId> held;   // said to be dear, admitted here
  std::vector<ground::ReadId> reads;  // the facts they come from
};

Values held_values(const ground::Snapshot& snapshot, respect::Admission& admission);
// −1…1; 0 when nothing is shared or nothing is known.
double affinity(const Values& values, const std::vector<std::pair<ground::AxisId, double>>& axes);

}  // namespace aizuchi::understand
