// Asks everyone whose state is stored for the numbers that the brand's scales compare, and makes
// cut points of them: beside the serving, on a thread of its own where there is a directory, in
// slices of the tick where everything is in memory.
//
// Promises (P1): only who may be counted is compared; of fewer than 20 people there are no cut
// points. Threads: made, advanced and taken on the partition's; its own thread is joined by the
// destructor. Cost: about 20 us a person, most of it reading the state, and a sort; 8 bytes a
// person and scale until it is done.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ground/catalog/population.h"
#include "ground/catalog/snapshot.h"
#include "serve/partition/filling.h"

namespace aizuchi::serve {

class Ranking {
 public:
  enum class Runs : uint8_t { beside, in_slices };
  Ranking(StoredPeople people, std::shared_ptr<const ground::Snapshot> snapshot,
          ground::Instant now, Runs runs);
  ~Ranking();
  Ranking(const Ranking&) = delete;

  ground::Instant at() const { return now_; }
  // Goes on for about so long where it runs in slices; true: it is done.
  bool advance(ground::Clock& clock, int64_t budget_us);
  double progress() const { return progress_.load(std::memory_order_relaxed); }
  // Once, when it is done. Errors: of the store.
  ground::Result<std::vector<ground::CutPoints>> take();

 private:
  bool ask_some();  // false: that was everyone
  void make_cuts();

  StoredPeople people_;
  const std::shared_ptr<const ground::Snapshot> snapshot_;
  const ground::Instant now_;
  const Runs runs_;
  std::vector<std::vector<double>> values_;  // by Snapshot::scales
  std::vector<ground::CutPoints> cuts_;
  std::optional<ground::Error> failed_;
  std::atomic<double> progress_ = 0;
  std::atomic<bool> done_ = false;  // what is above belongs to the partition's thread from then on
  std::jthread thread_;             // last: it uses what is above
};

}  // namespace aizuchi::serve
