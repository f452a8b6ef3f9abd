// Deep layer 共鳴: what a person holds dear, told openly, against what an item stands for. Two ways
// of telling: a value stated outright (a fact of type axis) counts as one full unit of its axis; of
// what was chosen when values were asked about (a fact of type values), an axis counts by how much
// dearer than usual it is to them in expectation, and what their clicks and purchases lean to
// counts a quarter beside it, unspoken. What was chosen may always help to choose, under its own
// purpose; it leads an item of the deep layer only where it may be said here and is sure enough
// (learning.md). Threads: pure but for the leanings it remembers. Cost: axes² an item.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "ground/catalog/snapshot.h"
#include "respect/admission/admission.h"

namespace aizuchi::understand {

class Leanings;
struct Leaning;

struct Values {
  std::vector<ground::AxisId> held;   // stated to be dear, admitted here
  std::vector<ground::ReadId> reads;  // the facts they come from
  // What was chosen, and what is leant to, admitted here; null: nothing.
  const Leaning* leaning = nullptr;
  std::vector<ground::ReadId> from;  // the facts that keep it
  bool may_lead = false;             // it may be said here
};

// Live, `leanings` makes the leaning and `leaning` keeps it for the record; in a replay `leanings`
// is null and `leaning` is what was recorded.
Values values_of(const ground::Snapshot& snapshot, respect::Admission& admission,
                 Leanings* leanings, ground::Instant now, std::shared_ptr<const Leaning>& leaning);

struct Shared {
  double affinity = 0;  // −1…1; 0 when nothing is shared or nothing is known
  bool leads = false;   // sure enough, and sayable, for an item of the deep layer to speak
  std::vector<ground::ReadId> reads;  // what it comes from
};
using Axes = std::vector<std::pair<ground::AxisId, double>>;
Shared shared(const Values& values, const Axes& axes);
// How much three answers weigh: about what a value that was stated outright does.
constexpr double chosen_weight = 3;

}  // namespace aizuchi::understand
