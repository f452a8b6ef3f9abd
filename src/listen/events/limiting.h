// What a person wishes of the whole relation, as an event of theirs: a break, and how much is sent
// to them (apply.h, pause_event and frequency_event). Internal to listen/events. What cannot be
// read changes nothing. Threads: pure, like apply().
#pragma once

#include "listen/events/event.h"
#include "remember/ledger/person.h"

namespace aizuchi::listen {

// True when something is another way now.
bool keep_limit(remember::PersonState& person, const Event& event);

}  // namespace aizuchi::listen
