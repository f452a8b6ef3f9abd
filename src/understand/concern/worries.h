// Memory layer 記憶: the concerns that were heard of a person and are admitted here, against the
// concerns that an item serves. Threads: pure. Cost: the slot's reads, a handful of them heard.
#pragma once

#include <vector>

#include "ground/catalog/snapshot.h"
#include "respect/admission/admission.h"

namespace aizuchi::understand {

struct Worries {
  std::vector<uint16_t> concerns;     // positions in Snapshot::concerns
  std::vector<ground::ReadId> reads;  // the facts they come from, one a concern
};

Worries heard_worries(const ground::Snapshot& snapshot, respect::Admission& admission);
// The read by which the item answers a worry; nullptr when it answers none of them.
const ground::ReadId* answered(const Worries& worries, const ground::Item& item);

}  // namespace aizuchi::understand
