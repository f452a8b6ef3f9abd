// Purposes: what each person allowed. Nothing is assumed: no record, no grant. A withdrawal acts on
// the next decision. A grant holds for the text it was given to: when the brand changes what a
// purpose says, old grants do not stretch to the new words.
// Threads: pure functions over a person's state. Cost: a scan of a few records.
#pragma once

#include "ground/catalog/snapshot.h"

namespace aizuchi::remember {
struct PersonState;  // whoever sees the guard does not see what is kept
}

namespace aizuchi::respect {

enum class Standing : uint8_t {
  none,          // never answered
  granted,       // a live grant
  withdrawn,     // said no, or took it back; for a `notice` purpose: objected
  text_changed,  // granted under other words
};

// As it holds now: during a break nothing is allowed but what the brand is asked to do (contract).
// Without a moment: what they said of it.
Standing standing(const remember::PersonState& person, const ground::Purpose& purpose,
                  ground::Instant now = {INT64_MIN});

// May anything be kept at all for these purposes? True when one of them has a basis now: contract;
// notice without an objection; consent with a live grant. Events without any are dropped.
bool any_basis(const remember::PersonState* person, ground::PurposeSet purposes,
               const ground::Snapshot& snapshot, ground::Instant now = {INT64_MIN});

}  // namespace aizuchi::respect
