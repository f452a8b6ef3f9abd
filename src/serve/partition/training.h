// Asks everyone for the products they looked at, and learns from it what goes with what.
//
// Promises (P1): only of who agreed to `improve`, and only views that were collected for it; what
// comes out holds nothing of a person (understand/recommend/related.h). Threads and cost: those of
// asking_everyone.h; 24 bytes a view until it is done, and what the search may spend (a small
// effort where it runs in slices).
#pragma once

#include "serve/partition/asking_everyone.h"

namespace aizuchi::understand {
struct Related;
}  // namespace aizuchi::understand

namespace aizuchi::serve {

class Training {
 public:
  Training(StoredPeople people, std::shared_ptr<const ground::Snapshot> snapshot,
           ground::Instant now, AskingEveryone::Runs runs);
  ~Training();

  AskingEveryone& asking() { return asking_; }
  // Once, when it is done. Errors: of the store.
  ground::Result<understand::Related> take();

 private:
  void ask(const remember::PersonState& person, const StoredPeople& people);
  void learn(double effort_s, const AskingEveryone::Progress& progress);

  const std::shared_ptr<const ground::Snapshot> snapshot_;
  const ground::Instant now_;
  struct Learning;
  const std::unique_ptr<Learning> learning_;
  AskingEveryone asking_;  // last: it writes what is above
};

}  // namespace aizuchi::serve
