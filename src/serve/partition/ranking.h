// Asks everyone for the numbers that the brand's scales compare, and makes cut points of them.
//
// Promises (P1): only who may be counted is compared; of fewer than 20 people there are no cut
// points. Threads and cost: those of asking_everyone.h, and a sort; 8 bytes a person and scale
// until it is done.
#pragma once

#include <vector>

#include "ground/catalog/population.h"
#include "serve/partition/asking_everyone.h"

namespace aizuchi::serve {

class Ranking {
 public:
  Ranking(StoredPeople people, std::shared_ptr<const ground::Snapshot> snapshot,
          ground::Instant now, AskingEveryone::Runs runs);

  ground::Instant at() const { return now_; }
  AskingEveryone& asking() { return asking_; }
  // Once, when it is done. Errors: of the store.
  ground::Result<std::vector<ground::CutPoints>> take();

 private:
  void ask(const remember::PersonState& person, const StoredPeople& people);
  void make_cuts();

  const std::shared_ptr<const ground::Snapshot> snapshot_;
  const ground::Instant now_;
  std::vector<std::vector<double>> values_;  // by Snapshot::scales
  std::vector<ground::CutPoints> cuts_;
  AskingEveryone asking_;  // last: it writes what is above
};

}  // namespace aizuchi::serve
