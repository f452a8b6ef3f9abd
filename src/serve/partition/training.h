// Asks everyone whose state is stored for the products they looked at, and learns from it what goes
// with what: beside the serving, on a thread of its own where there is a directory, in slices of
// the tick where everything is in memory (the learning itself is then one slice, of small effort).
//
// Promises (P1): only of who agreed to `improve`, and only views that were collected for it; what
// comes out holds nothing of a person (understand/recommend/related.h). Threads: made, advanced and
// taken on the partition's; its own thread is joined by the destructor. Cost: about 20 us a person,
// 24 bytes a view until it is done, and what the search may spend.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <thread>

#include "serve/partition/filling.h"
#include "understand/recommend/related.h"

namespace aizuchi::serve {

class Training {
 public:
  enum class Runs : uint8_t { beside, in_slices };
  Training(StoredPeople people, std::shared_ptr<const ground::Snapshot> snapshot,
           ground::Instant now, Runs runs);
  ~Training();
  Training(const Training&) = delete;

  // Goes on for about so long where it runs in slices; true: it is done.
  bool advance(ground::Clock& clock, int64_t budget_us);
  double progress() const { return progress_.load(std::memory_order_relaxed); }
  // Once, when it is done. Errors: of the store.
  ground::Result<understand::Related> take();

 private:
  bool ask_some();  // false: that was everyone
  void learn();

  StoredPeople people_;
  const std::shared_ptr<const ground::Snapshot> snapshot_;
  const ground::Instant now_;
  const Runs runs_;
  understand::Views views_;
  std::unordered_map<ground::ItemKey, uint32_t> numbers_;  // of products
  std::optional<understand::Related> learned_;
  std::optional<ground::Error> failed_;
  std::atomic<double> progress_ = 0;
  std::atomic<bool> done_ = false;  // what is above belongs to the partition's thread from then on
  std::jthread thread_;             // last: it uses what is above
};

}  // namespace aizuchi::serve
