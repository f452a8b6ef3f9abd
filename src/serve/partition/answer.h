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

// What a partition has counted since it was opened; no count is of one person.
struct Counters {
  uint64_t events_accepted = 0, events_duplicate = 0, events_refused = 0, events_no_basis = 0;
  uint64_t traits_refused = 0, sensitive_refused = 0, links_refused = 0, devices_absorbed = 0;
  uint64_t provenances_refused = 0;  // events that told of one combination of consents too many
  uint64_t ingests_overdue = 0;      // answered before their sync, which took too long
  uint64_t devices_kept_apart = 0;   // whose history is too long to be moved to their person
  uint64_t events_late = 0;          // from before their person was erased
  uint64_t people_erased = 0;
  uint64_t events_expired = 0;            // gone, or without what was over
  uint64_t sweeps = 0, sweeps_found = 0;  // passes over the files, and those that found something
  uint64_t sweep_pending = 0;             // 1: someone was erased since the last pass began
  uint64_t decisions = 0, slots = 0, fallbacks = 0, silences = 0, given_orders = 0, failures = 0;
  uint64_t stopped = 0, shed = 0;  // slots of a stopped channel; of questions that were given up
  uint64_t slots_with_withheld = 0;
  uint64_t slots_explored = 0;                 // chosen, and not what was believed best
  uint64_t layers[4] = {}, questions[4] = {};  // by ground::Layer; asked, answered, passed, seen
  uint64_t exposures = 0, outcomes = 0, consents = 0;
  uint64_t felt[3] = {};                  // asked, answered, skipped
  uint64_t odd_marks = 0, odd_stops = 0;  // "this feels odd"; uses that it stopped for everybody
  uint64_t stage_us[9] = {};              // by decide::Stage
  uint64_t people_cached = 0, people_cached_bytes = 0, people_created = 0, backfilled = 0;
  uint64_t selling_stopped[2] = {};  // slots where something was not sold: a promise, a complaint
  uint64_t newcomers_refused = 0;    // batches of a key that made too many people
};

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
