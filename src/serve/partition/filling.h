// Looks at everyone whose state is stored, to count them in audiences that are new: beside the
// serving, on a thread of its own where there is a directory, in slices of the tick where
// everything is in memory. It reads stored states, which are up to a second old; who changes
// meanwhile is looked at by the partition's thread, whose word then goes before what is found here.
// Aggregates that a state lacks are counted from the history, on a copy: an audience whose rule
// asks something new need not wait until every state is written anew.
//
// Threads: look_on() on one thread at a time. The snapshot and the population are immutable. Cost:
// about 20 us a person, most of it reading the state; 15 us a record where history is counted.
#pragma once

#include <optional>

#include "serve/partition/asking_everyone.h"
#include "serve/partition/census.h"

namespace aizuchi::ground {
struct Population;
}  // namespace aizuchi::ground

namespace aizuchi::serve {

struct Looked {
  ground::PersonId person;
  std::optional<understand::Look> look;  // nullopt: for the partition's thread to look at
};

// What is known of one person, as audiences see it.
understand::Look look_at(const CountingBy& by, const remember::PersonState& person,
                         const remember::ProvenanceLookup& provenances, ground::Instant now);

class Filling final {
 public:
  struct From {
    ground::Store& store;
    ground::Vault& vault;
    const ground::Vocabulary& names;  // copied
  };
  // The store must hold what changed before `now`.
  Filling(const From& from, CountingBy by, ground::Instant now);

  // Appends at most `people` more; false: that was everyone. Who cannot be read is left out.
  ground::Result<bool> look_on(size_t people, std::vector<Looked>& out);
  double progress() const { return people_.progress(); }
  size_t unreadable() const { return people_.unreadable(); }

 private:
  bool bring_up(remember::PersonState& person);

  ground::Store& store_;
  ground::Vault& vault_;
  StoredPeople people_;
  const CountingBy by_;
  const ground::Instant now_;
  const ground::Vocabulary names_;  // as they were
  ground::Vocabulary scratch_;
};

}  // namespace aizuchi::serve
