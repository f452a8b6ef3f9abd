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

// What became of an answer (give_back_event).
void note_give_back(remember::PersonState& person, const Event& event,
                    const ground::Snapshot& snapshot);
// How it stands with the answers to one question; min: never.
struct AnswerStanding {
  ground::Instant answered{INT64_MIN};  // the last one
  ground::Instant seen{INT64_MIN};      // … that was seen to change something
  ground::Instant expired{INT64_MIN};   // … whose time was over
  bool any() const { return answered.ms != INT64_MIN; }
  bool over() const { return any() && expired >= answered; }
  bool open() const { return seen < answered && !over(); }
  // Was the answer of that moment among those that changed nothing in time?
  bool unused(ground::Instant at) const { return over() && seen < at && at <= answered; }
};
AnswerStanding answer_standing(const remember::PersonState& person, std::string_view question);

// Axes put in order by their person, the dearest first, as answers: each is dearer than all that
// were not named before it.
Value ordered_choices(const Value& names, const ground::Snapshot& snapshot, ground::Instant at);

}  // namespace aizuchi::listen
