// What a decision answers, and what its record explains: for the faces that print it.
//
// Threads: the partition's. An Answer is valid until the next call of the partition.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "decide/pipeline/record.h"
#include "serve/partition/partition.h"

namespace aizuchi::serve {

// The answer keeps what it was made from, so that a face can print as much of it as its caller may
// see. Valid until the next call of the partition.
struct Answer {
  ground::DecisionId id;
  std::shared_ptr<const ground::Snapshot> snapshot;
  ground::LocaleId locale;
  // Of a preview: the copy of the person that the draft looks into; goes after the draft does.
  std::shared_ptr<const void> previewed;
  decide::Draft draft;
  std::vector<std::string> unknown_slots;
  size_t events_accepted = 0;
};

// A record, and the same decided again from it.
struct Partition::Explained {
  bool erased = false;  // whom it was made for was erased since: nothing else is filled
  decide::DecisionRecord record;
  std::shared_ptr<const ground::Snapshot> snapshot;  // of the version it was made under
  ground::LocaleId locale;
  ground::Instant population_at;  // of the version that was read; 0: none was, or it is not kept
  std::vector<decide::SlotDraft> again;  // each slot, decided again from the record
  std::vector<std::string> differences;  // per slot; "" when the replay agrees
  std::vector<std::unique_ptr<ground::Overrides>> overrides;  // of each slot's moment
  std::vector<std::unique_ptr<decide::Question>> questions;   // what `again` was asked with
};

}  // namespace aizuchi::serve
