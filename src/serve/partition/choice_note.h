// What the learned choice knows, in plain numbers, and how often each place had something fitting
// to say: for operators. Threads: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "serve/partition/partition.h"

namespace aizuchi::serve {

struct ChoiceItem {
  std::string item;
  uint64_t shown = 0;
  double outcomes = 0;                 // the sum of their weights
  double rate = 0, low = 0, high = 0;  // of success in a typical moment; one sd to each side
  double mean = 0, spread = 0;         // the same on the logit scale
};

struct ChoiceSlot {
  std::string slot;
  bool learns = false;
  bool speaks = false;  // enough was seen: 100 rows of 20 people
  uint64_t rows = 0;
  std::optional<uint64_t> people;  // nullopt: fewer than 20
  double outcomes = 0, usual = 0;  // usual: the rate a new item starts from
  std::vector<ChoiceItem> items;   // the best first
  SlotCounters counted;
};

struct ChoiceNote {
  uint64_t version = 0;  // 0: nothing was learned yet
  ground::Instant at;
  ground::Instant next;  // when it is learned again; never: the folder has no choice to learn
  bool learning = false;
  double progress = 1;
  std::vector<ChoiceSlot> slots;  // in the order of the folder
};

}  // namespace aizuchi::serve
