// Asks everyone for the products they looked at, and learns from it what goes with what, and what
// comes next in a visit.
//
// Promises (P1): only of who agreed to `improve`, and only views that were collected for it; what
// comes out holds nothing of a person (understand/recommend/related.h). Threads and cost: those of
// asking_everyone.h; 40 bytes a view until it is done, and what the search may spend (a small
// effort where it runs in slices).
#pragma once

#include "serve/partition/asking_everyone.h"

namespace aizuchi::respect {
class Handle;
}  // namespace aizuchi::respect

namespace aizuchi::understand {
struct Related;
class Visits;
}  // namespace aizuchi::understand

namespace aizuchi::serve {

class Training {
 public:
  enum class Learns : uint8_t { all, visits_only };
  struct Terms {
    std::shared_ptr<const ground::Snapshot> snapshot;
    ground::Instant now;
    AskingEveryone::Runs runs;
    Learns learns;
  };
  Training(StoredPeople people, Terms terms);
  ~Training();

  AskingEveryone& asking() { return asking_; }
  Learns learns() const { return terms_.learns; }
  // Once each, when it is done; nothing is related where only visits are learned. Errors: of the
  // store.
  ground::Result<understand::Related> take();
  ground::Result<std::shared_ptr<understand::Visits>> take_visits();

  // What may be learned of one person now: products of the folder, the newest view first.
  static std::vector<std::pair<ground::ItemKey, ground::Instant>> views_of(
      const ground::Snapshot& snapshot, const remember::PersonState& person,
      const remember::ProvenanceLookup& provenances, ground::Instant now);

 private:
  void find_shelves();
  uint32_t shelves_of(const respect::Handle& person) const;
  void ask(const remember::PersonState& person, const StoredPeople& people);
  void learn(const AskingEveryone::Progress& progress);

  const Terms terms_;
  struct Learning;
  const std::unique_ptr<Learning> learning_;
  AskingEveryone asking_;  // last: it writes what is above
};

}  // namespace aizuchi::serve
