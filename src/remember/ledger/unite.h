// What is remembered of a device becomes part of what is remembered of its person (P11): facts,
// visits, cart, what was said and bought. Caps are united, so that none is reset by a login. What
// the device agreed to does not come along, what it declined does: grants are the person's own.
// What chance chose goes on for the rest of the visit, for whoever was shown something first.
// Aggregates are not here: they are made from the events, which the caller moves.
// Threads: owned by the partition thread. Cost: the size of the two states.
#pragma once

#include <functional>

#include "remember/ledger/person.h"

namespace aizuchi::remember {

struct Uniting {
  const ProvenanceLookup& provenances;
  // What a provenance, or a log record, of the device is called from now on.
  std::function<ground::ProvenanceId(ground::ProvenanceId)> provenance;
  std::function<uint64_t(uint64_t)> evidence;
  Instant now;
};

void unite(PersonState& person, const PersonState& device, const Uniting& how);

}  // namespace aizuchi::remember
