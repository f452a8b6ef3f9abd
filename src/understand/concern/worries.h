// Memory layer 記憶: what is on a person's mind, as far as it is admitted here – concerns that were
// heard of them, and what the threads with them are about – against what an item or a product
// answers. What is resolved weighs half, and goes on shaping the choice. Threads: pure. Cost: the
// slot's reads, a handful of them heard, and the person's threads, 32 at most.
#pragma once

#include <string>
#include <vector>

#include "ground/catalog/snapshot.h"
#include "respect/admission/admission.h"

namespace aizuchi::understand {

struct Worry {
  uint16_t concern = UINT16_MAX;  // position in Snapshot::concerns; max: of none of them
  std::string topic, product;     // of a thread
  double weight = 1;              // 1; of what is resolved a half
  ground::ReadId read = 0;        // what it is known by
};

std::vector<Worry> heard_worries(const ground::Snapshot& snapshot, respect::Admission& admission);
// The heaviest worry that it answers; nullptr when it answers none.
const Worry* answered(const std::vector<Worry>& worries, const ground::Item& item);
// By one of its tags, or because the worry is about it.
const Worry* answered(const std::vector<Worry>& worries, const ground::Product& product);

}  // namespace aizuchi::understand
