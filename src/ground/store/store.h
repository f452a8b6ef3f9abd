// The store: ordered bytes in eight spaces (batch.h), in one embedded database with one write-ahead
// log, or in memory with the same meaning.
//
// Promises
// - A commit that was acknowledged as `synced` is there after a power cut; one acknowledged as
//   `relaxed` is there after the process was killed, and may be lost by a power cut. A batch is
//   there as a whole or not at all.
// - Batches are written in the order of the commit() calls, and Done is called in that order.
// - After the first failed write or sync the store writes nothing more: every later commit fails
//   with `unavailable` until the directory is opened again (a failed fsync must never be retried on
//   the same file: the kernel may have thrown the pages away). Reads go on. The outcome of the
//   batches in the failed group is unknown: after reopening each is there as a whole or not at all.
// - Stored bytes that do not check are refused by name (`corrupted`), never skipped.
// - A directory has one owner: a second open fails with `conflict`.
//
// Threads: everything may be called from any thread. One commit thread merges what is queued into
// one write and at most one sync, so a sync is shared by everyone who waits for it. Done runs on
// the commit thread: it should only post to its own thread, and must not call commit_and_wait.
// Cost: get 1-5 µs in cache; a synced commit costs its share of one fsync.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.h"
#include "ground/base/time.h"
#include "ground/store/batch.h"

namespace aizuchi::ground {

constexpr uint64_t store_format = 2;
constexpr Duration seen_keep = Duration::days(7);

enum class Durability : uint8_t { synced, relaxed };
enum class Direction : uint8_t { forward, backward };

struct StoreStats {
  uint64_t commits = 0;        // batches acknowledged
  uint64_t groups = 0;         // writes they were merged into
  uint64_t groups_synced = 0;  // of these, with a sync
  uint64_t bytes = 0;          // acknowledged, before compression
  uint64_t refused = 0;        // batches answered with an error
  uint64_t queued = 0;         // batches waiting now
  uint64_t queued_bytes = 0;
  int64_t last_sync_us = 0;  // the last synced group: write and sync
};

class Store {
 public:
  virtual ~Store() = default;  // writes and acknowledges what is queued, then closes

  // Sees everything acknowledged (and possibly a group about to be); not what is still queued.
  // A `seen` key older than seen_keep is absent. Fails with `corrupted` or `unavailable`.
  virtual Result<std::optional<std::string>> get(Space space, std::string_view key) = 0;
  // The same without copying the value: for the de-duplication check.
  virtual Result<bool> contains(Space space, std::string_view key) = 0;

  // Visits the keys that begin with `prefix`, in order, as they were when the scan began. `from` is
  // a whole key (prefix included) to begin at, inclusive, in the given direction; empty: at the
  // end of the prefix where that direction begins. `take` returns false to stop; it may call get
  // and commit. The views live until it returns.
  using Take = std::function<bool(std::string_view key, std::string_view value)>;
  virtual Result<void> scan(Space space, std::string_view prefix, std::string_view from,
                            Direction direction, const Take& take) = 0;

  // Visits every entry of a space that is still stored anywhere, in order of its keys: what was
  // overwritten or erased and is not rewritten yet is among them, some of it twice.
  virtual Result<void> scan_stored(Space space, const Take& take) {
    return scan(space, "", "", Direction::forward, take);
  }
  // Files with entries that are no part of the store any more and lie there still, by name.
  virtual std::vector<std::string> left_files() { return {}; }

  // Queues a batch. Done is called exactly once: on the commit thread after the write (relaxed) or
  // the sync (synced), or, when the batch is refused at the door (`unavailable`, `storage_full`,
  // `busy`), on the calling thread before commit returns. A batch that only erases passes the disk
  // watermark: it makes room; one that was let in passes watermark and queue. An empty batch is a
  // barrier: it is done when all before it are.
  using Done = std::move_only_function<void(const Result<void>&)>;
  virtual void commit(Batch batch, Durability durability, Done done) = 0;
  Result<void> commit_and_wait(Batch batch, Durability durability);

  // Would a commit be let in now? `unavailable` after a failed write (sticky), `storage_full`
  // below the disk watermark, `busy` when the queue is full.
  virtual Result<void> writable() const = 0;
  virtual StoreStats stats() const = 0;
  // The last lines the database engine wrote about itself (warnings and errors), oldest first.
  virtual std::vector<std::string> engine_notes() const = 0;

  // Rewrites a space so that erased and expired bytes are gone from its files; waits for it.
  virtual Result<void> compact(Space space) = 0;
  // Moves what is in memory into table files, so that the log before it can be dropped.
  virtual Result<void> flush() = 0;
  // Reads every stored block and checks it; `corrupted` names the file.
  virtual Result<void> verify() = 0;
  // A consistent copy, openable as a store, in `directory` (must not exist); online. Table files
  // are hard links where the file system allows it.
  virtual Result<void> checkpoint(const std::string& directory) = 0;
};

// What the store needs from the file system beyond the database engine's own use of it.
class FreeSpace {
 public:
  virtual ~FreeSpace() = default;
  // Bytes an unprivileged process may still write there. Any thread.
  virtual uint64_t free_bytes(const std::string& directory) = 0;
};

struct StoreOptions {
  std::string directory;                    // created with 0700 when absent
  bool sync = true;                         // false: `synced` is treated as `relaxed` (tests)
  Clock* clock = nullptr;                   // expires `seen`; any thread; null: the system's
  FreeSpace* free_space = nullptr;          // null: statvfs
  uint64_t free_bytes_min = 256ULL << 20;   // the disk watermark
  int64_t free_check_every_ms = 100;        // how old the last look at it may be; 0: each commit
  size_t queue_bytes_max = 64ULL << 20;     // above: `busy`
  size_t group_bytes_max = 4ULL << 20;      // how much is merged into one write
  size_t block_cache_bytes = 64ULL << 20;   // one cache for all spaces
  size_t write_buffer_bytes = 16ULL << 20;  // per space, two of them at most
  uint64_t wal_bytes_max = 128ULL << 20;    // above: the oldest space is flushed
  int background_jobs = 2;                  // flushes and compactions at once
};

// Errors: `conflict` (another process owns the directory), `unsupported` (another format, named),
// `corrupted` (names the file), `unavailable`, `invalid`.
Result<std::unique_ptr<Store>> open_rocks_store(StoreOptions options);

// For tests and simulation: one thread's worth of the same meaning. commit writes and calls Done
// before it returns. Nothing survives it. clock as above.
std::unique_ptr<Store> open_memory_store(Clock* clock = nullptr);

}  // namespace aizuchi::ground
