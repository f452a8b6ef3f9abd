// Aggregates that came with a later publish, counted from a person's history: for the person
// themself when they come by or when it is their turn (State::backfill_some), and on a copy for who
// looks at everyone beside the serving (filling.h). One way to count, so all say the same.
//
// Threads: immutable; fill() from any thread, with a vocabulary of the caller's. Cost: about 15 us
// a record of the history, whatever else is known of the person.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "ground/catalog/snapshot.h"
#include "ground/domain/vocabulary.h"
#include "remember/ledger/ledger.h"

namespace aizuchi::serve {

class Backfill {
 public:
  // For each aggregate, by the index of its id, the publish it came with.
  using Since = std::map<uint16_t, uint64_t>;  // State::aggregate_since
  Backfill(std::shared_ptr<const ground::Snapshot> snapshot, Since since);

  // The newest of those publishes.
  uint64_t as_of() const { return as_of_; }
  bool behind(const remember::PersonState& person) const {
    return person.aggregates_as_of < as_of_;
  }
  // Absent until they are filled.
  void mark_warming(remember::PersonState& person) const;
  // Begins what is behind anew and counts it from all records, which `read` calls its argument
  // with.
  using Read = std::function<ground::Result<void>(const remember::TakeRecord&)>;
  ground::Result<void> fill(remember::PersonState& person, ground::Vocabulary& names,
                            const Read& read) const;

 private:
  const std::shared_ptr<const ground::Snapshot> snapshot_;  // nullptr: nothing is published
  const Since since_;
  uint64_t as_of_ = 0;
};

}  // namespace aizuchi::serve
