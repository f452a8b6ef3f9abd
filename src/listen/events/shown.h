// What came of what was shown: an exposure, a click, a conversion, joined to it by the decision's
// id. And how likely it was a human's: mail scanners open and click everything, robots view pages;
// what is likely a machine's is kept like anything else, and does not teach.
// Threads: pure over the person's state. Cost: a pass over what was said (256 at most) and over the
// user agent, 0.5 us; only for exposures and what came of them.
#pragma once

#include "ground/catalog/snapshot.h"
#include "listen/events/event.h"

namespace aizuchi::remember {
struct PersonState;
}

namespace aizuchi::listen {

enum class Came : uint8_t { seen, clicked, converted };
// What was told, and for which purposes.
struct Word {
  Came came = Came::seen;
  ground::PurposeSet purposes;
};
// False when the event names no decision. An outcome later than the slot's reward says is none;
// what was not told for `improve` counts for caps, and is no lesson (P1).
bool note_came(remember::PersonState& person, const Event& event, const Word& word,
               const ground::Snapshot& snapshot);

// What was picked of what they were shown together, and not picked before; nullopt: nothing such.
struct Picked {
  ground::ItemKey item = 0;
  std::vector<ground::ItemKey> beside;  // seen, and not picked
};
std::optional<Picked> picked_in(const remember::PersonState& person, const Event& event);

// 0 … 1. What the sender says in "human" (properties or context) holds; else 0 where the user agent
// names a program that is nobody's browser, and 1.
double human_likelihood(const Event& event);

}  // namespace aizuchi::listen
