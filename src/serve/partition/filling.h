// Looks at everyone whose state is stored, to count them in audiences that are new: beside the
// serving, on a thread of its own where there is a directory, in slices of the tick where
// everything is in memory. It reads stored states, which are up to a second old; who changes
// meanwhile is looked at by the partition's thread, whose word then goes before what is found here.
//
// Threads: look_on() on one thread at a time. The snapshot and the population are immutable. Cost:
// about 20 us a person, most of it reading the state.
#pragma once

#include "serve/partition/asking_everyone.h"
#include "serve/partition/census.h"

namespace aizuchi::ground {
struct Population;
}  // namespace aizuchi::ground

namespace aizuchi::serve {

struct Looked {
  ground::PersonId person;
  understand::Look look;
};

// What is known of one person, as audiences see it.
understand::Look look_at(const CountingBy& by, const remember::PersonState& person,
                         const remember::ProvenanceLookup& provenances, ground::Instant now);

class Filling final {
 public:
  // The store must hold what changed before `now`.
  Filling(StoredPeople people, CountingBy by, ground::Instant now)
      : people_(std::move(people)), by_(std::move(by)), now_(now) {}

  // Appends at most `people` more; false: that was everyone. Who cannot be read is left out.
  ground::Result<bool> look_on(size_t people, std::vector<Looked>& out);
  double progress() const { return people_.progress(); }
  size_t unreadable() const { return people_.unreadable(); }

 private:
  StoredPeople people_;
  const CountingBy by_;
  const ground::Instant now_;
};

}  // namespace aizuchi::serve
