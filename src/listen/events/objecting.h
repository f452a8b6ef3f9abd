// What a person does not want used, and what felt odd to them, as their state keeps it (apply.h,
// use_event). Internal to listen/events. Threads: pure, like apply().
#pragma once

#include "ground/catalog/snapshot.h"
#include "listen/events/event.h"
#include "remember/ledger/person.h"

namespace aizuchi::listen {

// Where the word stands in the log, and who passed it on.
struct ObjectedAt {
  uint64_t sequence = 0;
  ground::Assurance proof = ground::Assurance::a0;
};
// False: it says nothing that can be kept.
bool keep_objection(remember::PersonState& person, const Event& event, ObjectedAt where,
                    const ground::Snapshot& snapshot);

}  // namespace aizuchi::listen
