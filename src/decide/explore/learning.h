// The learned choice: what was shown, and what came of it, becomes a belief about each item of each
// place. One learner makes it whole from the rows of the last 30 days, oldest first, so that who
// was erased or no longer agrees is in none of it; then it is read only.
//
// A place's rows are learned twice: together, for what is usual there, which is a new item's prior
// (shrinkage: as unsure as nothing seen, around what is usual), and each item's from that prior.
// Promises: the same rows give the same model, in whatever order they come; nothing is learned of a
// place before 20 people and 100 rows are behind it; a machine's row counts for little or nothing.
// Threads: pure; a model is immutable. Cost: about 2 us a row, 4.2 KB an item.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decide/explore/belief.h"
#include "ground/base/result.h"
#include "ground/base/time.h"

namespace aizuchi::decide {

// Something that was seen, long enough ago that what could come of it has.
struct Shown {
  uint64_t slot = 0, item = 0;
  uint64_t decision = 0;  // for an order among equals
  ground::Instant at;
  uint32_t person = 0;  // a number of this round only
  float outcome = 0;    // 0 … 1: the brand's weight of what came of it
  float weight = 1;     // how likely it was a human
  Features features;
};

struct Place {
  uint64_t slot = 0;
  double spread = 0.5;  // of the documented prior
};

struct LearnedItem {
  uint64_t item = 0;
  uint64_t shown = 0;
  double outcomes = 0;  // the sum of what came of them
  Belief belief;
};

struct LearnedSlot {
  static constexpr size_t rows_min = 100, people_min = 20;
  static constexpr size_t items_max = 200;  // the most shown; the others are as new

  uint64_t slot = 0;
  uint64_t rows = 0, people = 0;
  double outcomes = 0;
  bool speaks = false;             // enough was seen
  Belief usual;                    // of a new item
  Features typical;                // the mean moment, its strongest features
  std::vector<LearnedItem> items;  // by item

  const Belief& of(uint64_t item) const;
};

struct LearnedChoice {
  static constexpr ground::Duration rows_kept = ground::Duration::days(30);
  static constexpr size_t rows_max = 300'000;  // the newest

  uint64_t version = 0;  // counted from 1
  ground::Instant at;
  std::vector<LearnedSlot> slots;  // by slot

  // nullptr: too little was seen there, the documented prior holds.
  const LearnedSlot* find(uint64_t slot) const;
};

// `base`: the prior's bias. Rows of other places are left out.
LearnedChoice learn_choice(std::vector<Shown> rows, std::span<const Place> places, double base,
                           ground::Instant now);

// docs/formats.md, "Learned choice".
std::string encode(const LearnedChoice& choice);
ground::Result<LearnedChoice> decode_choice(std::string_view bytes);

}  // namespace aizuchi::decide
