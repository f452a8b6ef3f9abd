// What an event changes of the threads between a brand and a person (やりとり, P7): an inquiry, a
// cart, a meeting, a promise is opened, answered or resolved, by an event that the brand folder
// says so of, or by a server's word (POST /v1/threads). Nothing is inferred here but which concern
// was heard in the event's text when it came in.
//
// Promises: what is sensitive of it is kept with an express consent only; a page cannot write
// what servers tell. Threads: pure, like apply(). Cost: the person's threads, 32 at most.
#pragma once

#include "listen/events/apply.h"

namespace aizuchi::listen {

// Where the event stands in the log, and what it was sent under.
struct ThreadAt {
  uint64_t sequence = 0;
  ground::ProvenanceId provenance;
};
// True when something of it was sensitive and nobody consented to that.
ground::Result<bool> keep_thread(remember::PersonState& person, const Event& event,
                                 const ground::EventRule& rule, ThreadAt at,
                                 const ground::Snapshot& snapshot, ground::Vocabulary& vocabulary);

// Does the event tell of a thread?
bool tells_thread(const Event& event, const ground::EventRule* rule);
// Its person wants threads forgotten: says so itself from now on, and opens none.
void unthread(Event& event);
// The property of the event that tells a thread's topic, when that names a sensitive concern.
std::optional<std::string> sensitive_topic(const Event& event, const ground::EventRule& rule,
                                           const ground::Snapshot& snapshot);

// Takes that property out of it (forgetting.cpp); false when there is none.
bool drop_sensitive_topic(Event& event, const ground::Snapshot& snapshot);

}  // namespace aizuchi::listen
