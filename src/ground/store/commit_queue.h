// The group commit: what many threads commit is written by one thread, in order, as few writes and
// at most one sync a write. While a sync runs, the next group gathers, so the slower the disk, the
// larger the groups. What nobody waits for (a decision's record) gathers for three milliseconds, so
// that ten thousand a second do not wake the thread ten thousand times; nothing else waits on
// purpose.
//
// Threads: push, stats and failure from any thread; `write` and every Done run on the one thread
// that the queue owns.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <span>
#include <thread>

#include "ground/store/store.h"

namespace aizuchi::ground {

struct QueuedCommit {
  Batch batch;
  Durability durability;
  Store::Done done;
};

enum class Haste : uint8_t { now, may_gather };
constexpr int64_t gather_ms_max = 3;

class CommitQueue {
 public:
  // Writes the batches in order as one unit, and syncs when told to. After its first failure it is
  // never called again.
  using WriteGroup = std::function<Result<void>(std::span<const QueuedCommit> group, bool synced)>;

  CommitQueue(size_t queue_bytes_max, size_t group_bytes_max, WriteGroup write);
  ~CommitQueue();

  // Writes what is queued, and what its Dones commit, and joins. Nobody else may push any more.
  void close();

  void push(Batch batch, Durability durability, Store::Done done, Haste haste = Haste::now);
  // An error from elsewhere (a failed flush) closes the door in the same way; the first one stays.
  void fail_for_good(Error why);
  Result<void> not_failed() const;
  Result<void> open_for_writes() const;  // and has room
  StoreStats stats() const;
  void count_refusal();

 private:
  void run();
  std::vector<QueuedCommit> take_group();  // under the mutex
  void write_and_tell(std::vector<QueuedCommit> group);
  Result<void> door(bool let_in) const;  // under the mutex

  const size_t queue_bytes_max_;
  const size_t group_bytes_max_;
  const WriteGroup write_;
  mutable std::mutex mutex_;
  // Under the mutex.
  std::condition_variable has_work_;
  std::deque<QueuedCommit> queue_;
  size_t queued_bytes_ = 0;
  bool hurried_ = false;  // something queued must not gather any longer
  std::optional<Error> failure_;
  StoreStats stats_;
  bool closing_ = false;
  // Last: starts when everything above is there.
  std::thread thread_;
};

}  // namespace aizuchi::ground
