// "Only this time", "this is a gift", "a break for a while": {"what", "product", "from", "until"},
// or with "holds": false taken back, of all of its kind that hold ("told": of that one). What is
// done in a visit that was set apart so is kept as it happened, but teaches nothing: no count of
// what was looked at, no fact that was only observed, also of what was done in it before that was
// told; an order is one all the same. What is for somebody else is theirs (Subject::gift). Internal
// to listen/events. Threads: pure, like apply().
#pragma once

#include "ground/catalog/snapshot.h"
#include "ground/domain/vocabulary.h"
#include "listen/events/event.h"
#include "remember/ledger/person.h"

namespace aizuchi::listen {

void keep_wish(remember::PersonState& person, const Event& event, uint64_t sequence,
               const ground::Vocabulary& vocabulary);
// A visit that was set apart goes on with this event.
void visit_goes_on(remember::PersonState& person, ground::Instant at);

// What sets this event apart: a wish, or its own context.for_whom.
enum class Apart : uint8_t { no, only_this_time, gift };
Apart apart_of(const remember::PersonState& person, const Event& event);
// Is what it counts something that they like? Dealings count whatever they were for.
bool is_taste(const ground::EventRule& rule, const ground::Aggregate& counted);

}  // namespace aizuchi::listen
