// What the answer to an open question changes in what we know (apply.h, answered_event). Internal
// to listen/events. Threads: pure, like apply().
#pragma once

#include "ground/catalog/snapshot.h"
#include "ground/domain/vocabulary.h"
#include "listen/events/event.h"
#include "remember/ledger/person.h"

namespace aizuchi::listen {

// Where the answer stands in the log, and what it was sent under.
struct AnswerAt {
  uint64_t sequence = 0;
  ground::ProvenanceId provenance;
};
// False: it was passed over, or says nothing that may be kept.
ground::Result<bool> keep_answer(remember::PersonState& person, const Event& event, AnswerAt at,
                                 const ground::Snapshot& snapshot, ground::Vocabulary& vocabulary);

// Axes put in order by their person, the dearest first, as answers: each is dearer than all that
// were not named before it.
Value ordered_choices(const Value& names, const ground::Snapshot& snapshot, ground::Instant at);

}  // namespace aizuchi::listen
