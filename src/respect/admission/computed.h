// What is computed of one person at all – derived facts, their phase, where they stand among all,
// the audiences they are in – for them to see (P3). The guard is asked for each purpose of the
// brand as for any place, so that a value is here when something may make use of it today, with the
// purposes it may be used for; one that rests on what this viewer may not be shown is not.
// Threads: the partition's. Cost: one admission of everything a purpose; some 50 us each.
#pragma once

#include <vector>

#include "respect/admission/admission.h"

namespace aizuchi::respect {

struct Computed {
  enum class What : uint8_t { derived, phase, scale, audience };
  What what = What::derived;
  uint16_t index = 0;  // into Snapshot::reads; of an audience into Snapshot::audiences
  ground::Value value;
  ground::PurposeSet purposes;
};

// Each value as often as it differs between purposes; in the folder's order.
std::vector<Computed> computed(const ground::Snapshot& snapshot, const Handle& handle,
                               const Situation& situation);

// By which name a person finds, forgets and objects to what is computed: a derived fact's, "phase",
// "deciles.spend"; "" for anything else.
std::string name_of(const ground::Snapshot& snapshot, const ground::Read& read);
std::string name_of(const ground::Snapshot& snapshot, const Computed& value);

// The same of whatever is read: a fact's name, an aggregate's text, "visits", "cart", "viewed" too.
std::string known_as(const ground::Snapshot& snapshot, const ground::Read& read);

// What it rests on, however far down, by the names under which it is kept: facts, the texts of
// aggregates, "visits", "cart".
std::vector<std::string> rests_on(const ground::Snapshot& snapshot, const Computed& value);

}  // namespace aizuchi::respect
