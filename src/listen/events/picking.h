// What somebody's clicks and purchases lean to: something that stands for a value was picked of
// what they saw beside it. It is kept in a fact of type values that no question sets, where the
// brand has one, as inferred: it may help to choose, and is never said (learning.md).
//
// Promises (P1): only of events that were sent for one of the fact's purposes by consent, while
// that is granted; nothing a machine did, nothing for somebody else or "only this time", nothing
// sensitive. Threads: pure over the person's state. Cost: a pass over what was said (256 at most),
// for clicks and purchases only; 16 picks are kept.
#pragma once

#include "listen/events/answering.h"
#include "listen/events/event.h"

namespace aizuchi::listen {

// Before the event is noted as an outcome.
ground::Result<void> keep_pick(remember::PersonState& person, const Event& event, AnswerAt at,
                               const ground::Snapshot& snapshot, ground::Vocabulary& vocabulary);
// An order: of what they looked at in the week before, what they bought.
ground::Result<void> keep_purchase(remember::PersonState& person, const Event& event, AnswerAt at,
                                   const ground::Snapshot& snapshot,
                                   ground::Vocabulary& vocabulary);

}  // namespace aizuchi::listen
