// The store on RocksDB 7.8. Settings that are not the library's defaults say why; what they guard
// against was measured (docs/adr/0004-one-rocksdb.md).
#include <fcntl.h>
#include <rocksdb/cache.h>
#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <algorithm>
#include <system_error>

#include <array>
#include <atomic>
#include <cstdarg>
#include <cstring>
#include <deque>
#include <filesystem>

#include "ground/base/text.h"
#include "ground/store/commit_queue.h"
#include "ground/store/log_check.h"
#include "ground/store/manifest.h"
#include "ground/store/rocks_open.h"
#include "ground/store/seen.h"
#include "ground/store/stored_entries.h"

namespace aizuchi::ground {

namespace {

constexpr std::string_view format_key = "store.format";
constexpr const char* reopen_hint =
    "stop the server, see to the disk, and start again: what was acknowledged is there";

rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
std::string_view view(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}

std::unexpected<Error> failure(const std::string& what, const rocksdb::Status& status) {
  const std::string message = what + ": " + printable(status.ToString());
  if (status.IsCorruption())
    return fail(ErrorCode::corrupted, message,
                "restore the newest backup; `aizuchi doctor` says what can be read");
  return fail(ErrorCode::unavailable, message, reopen_hint);
}

// RocksDB's own logger aborts the process when the disk is full. This one keeps the last warnings.
class EngineNotes final : public rocksdb::Logger {
 public:
  EngineNotes() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}

  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    std::array<char, line_bytes_max> line;
    const int n = std::vsnprintf(line.data(), line.size(), format, arguments);
    if (n <= 0) return;
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(line.data());
    if (lines_.size() > lines_max) lines_.pop_front();
  }
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return {lines_.begin(), lines_.end()};
  }

 private:
  static constexpr size_t lines_max = 64;
  static constexpr size_t line_bytes_max = 400;
  mutable std::mutex mutex_;
  std::deque<std::string> lines_;
};

// Drops what is over while a compaction rewrites it anyway.
class SeenFilter final : public rocksdb::CompactionFilter {
 public:
  explicit SeenFilter(Clock& clock) : clock_(clock) {}
  const char* Name() const override { return "aizuchi.seen"; }
  bool Filter(int, const rocksdb::Slice&, const rocksdb::Slice& value, std::string*,
              bool*) const override {
    return seen_is_over(view(value), clock_.now());
  }

 private:
  Clock& clock_;
};

// A flush or compaction that failed closes the store for writing at once, not at the next write;
// and the library must not go on by itself over a file whose sync has failed.
class Failures final : public rocksdb::EventListener {
 public:
  void report_to(CommitQueue* queue) {
    const std::lock_guard lock(mutex_);
    queue_ = queue;
  }
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* status) override {
    const std::lock_guard lock(mutex_);
    if (queue_) queue_->fail_for_good(failure("storage has failed", *status).error());
  }
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* recovers_itself) override {
    *recovers_itself = false;
  }

 private:
  std::mutex mutex_;
  CommitQueue* queue_ = nullptr;
};

class StatvfsFreeSpace final : public FreeSpace {
 public:
  uint64_t free_bytes(const std::string& directory) override {
    struct statvfs info{};
    if (::statvfs(directory.c_str(), &info) != 0) return 0;
    return static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
  }
};

// Refuses below the watermark, well before the disk is full. Looks at most every so often, and
// always again while it refuses.
class Watermark {
 public:
  Watermark(const StoreOptions& options, Clock& clock)
      : directory_(options.directory),
        free_space_(options.free_space ? options.free_space : &statvfs_),
        free_bytes_min_(options.free_bytes_min),
        every_us_(options.free_check_every_ms * 1000),
        clock_(clock) {}

  Result<void> check() {
    const int64_t now_us = clock_.monotonic_us();
    if (is_low_.load(std::memory_order_relaxed) ||
        now_us - looked_us_.load(std::memory_order_relaxed) >= every_us_) {
      is_low_.store(free_space_->free_bytes(directory_) < free_bytes_min_);
      looked_us_.store(now_us);
    }
    if (!is_low_.load(std::memory_order_relaxed)) return {};
    return fail(
        ErrorCode::storage_full,
        "less than " + std::to_string(free_bytes_min_ >> 20) + " MiB are free at " + directory_,
        "free some space or shorten the retention; reading goes on");
  }

 private:
  StatvfsFreeSpace statvfs_;
  const std::string directory_;
  FreeSpace* const free_space_;
  const uint64_t free_bytes_min_;
  const int64_t every_us_;
  Clock& clock_;
  std::atomic<int64_t> looked_us_ = INT64_MIN / 2;
  std::atomic<bool> is_low_ = false;
};

// Held while the store is open, and taken before the logs are read.
class DirectoryLock {
 public:
  static Result<DirectoryLock> take(const std::string& directory) {
    const std::string path = directory + "/aizuchi.lock";
    DirectoryLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (lock.fd_ < 0)
      return fail(ErrorCode::unavailable, path + ": " + std::generic_category().message(errno));
    if (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0)
      return fail(ErrorCode::conflict, directory + " is in use by another server",
                  "stop the other server, or give this one its own data directory");
    return lock;
  }
  explicit DirectoryLock(int fd) : fd_(fd) {}
  DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock() {
    if (fd_ >= 0) ::close(fd_);
  }

 private:
  int fd_;
};

void sync_directory(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

Result<void> make_directory(const std::string& directory) {
  if (directory.empty()) return fail(ErrorCode::invalid, "no data directory is given");
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(directory, error);
  if (std::filesystem::create_directories(path, error) && !error) {
    ::chmod(path.c_str(), 0700);
    sync_directory(path.parent_path().string());
  }
  if (error || !std::filesystem::is_directory(path, error))
    return fail(ErrorCode::unavailable,
                directory + ": " + (error ? error.message() : "is not a directory"));
  return {};
}

// Everything the database borrows: outlives it.
struct Engine {
  explicit Engine(StoreOptions given, std::shared_ptr<rocksdb::FileSystem> files)
      : options(std::move(given)),
        clock(options.clock ? options.clock : &system_clock),
        seen_filter(*clock),
        failing_env(files ? rocksdb::NewCompositeEnv(files) : nullptr) {}

  StoreOptions options;
  SystemClock system_clock;
  Clock* clock;
  SeenFilter seen_filter;
  std::unique_ptr<rocksdb::Env> failing_env;
  std::shared_ptr<EngineNotes> notes = std::make_shared<EngineNotes>();
  std::shared_ptr<Failures> failures = std::make_shared<Failures>();
  std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(options.block_cache_bytes);
};

rocksdb::DBOptions database_options(const Engine& engine) {
  rocksdb::DBOptions db;
  if (engine.failing_env) db.env = engine.failing_env.get();
  db.create_if_missing = true;
  db.create_missing_column_families = true;
  // The default drops everything after a flipped bit and opens as if nothing were; see log_check.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  db.paranoid_checks = true;
  db.recycle_log_file_num = 0;  // a recycled log cannot be told from a damaged one
  db.max_total_wal_size = engine.options.wal_bytes_max;
  db.max_background_jobs = engine.options.background_jobs;
  db.max_bgerror_resume_count = 0;
  db.listeners = {engine.failures};
  db.info_log = engine.notes;
  db.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  db.max_manifest_file_size = 16 << 20;
  db.allow_concurrent_memtable_write = false;  // one writer
  return db;
}

rocksdb::ColumnFamilyOptions space_options(const Engine& engine, Space space) {
  const bool sealed = space == Space::log || space == Space::state || space == Space::record ||
                      space == Space::keyring;
  const bool looked_up = space != Space::log && space != Space::history && space != Space::meta;
  // The spaces that grow without bound keep filters and indexes inside the cache's bound.
  const bool grows = space == Space::log || space == Space::history || space == Space::seen ||
                     space == Space::record;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = engine.cache;
  table.format_version = 5;
  table.block_size = space == Space::log ? 32 << 10 : 8 << 10;
  table.cache_index_and_filter_blocks = grows;
  table.pin_l0_filter_and_index_blocks_in_cache = grows;
  if (looked_up) table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));

  rocksdb::ColumnFamilyOptions family;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  family.write_buffer_size = engine.options.write_buffer_bytes;
  family.max_write_buffer_number = 2;
  // What is sealed does not compress.
  family.compression =
      sealed || space == Space::identity ? rocksdb::kNoCompression : rocksdb::kLZ4Compression;
  if (space == Space::history) {
    // A person's next entry lies beside the last one: its place is kept, not searched again.
    constexpr size_t person_bytes = 16;
    family.memtable_insert_with_hint_prefix_extractor.reset(
        rocksdb::NewFixedPrefixTransform(person_bytes));
  }
  if (space == Space::seen) {
    family.compaction_filter = &engine.seen_filter;
    family.periodic_compaction_seconds = 24 * 3600;  // so that the filter comes by
    // Most looks at `seen` find nothing: this saves the search of the memtable.
    family.memtable_whole_key_filtering = true;
    family.memtable_prefix_bloom_size_ratio = 0.05;
  }
  return family;
}

// RocksDB insists on a family of this name; it is where meta lives.
std::string family_name(Space space) {
  return space == Space::meta ? rocksdb::kDefaultColumnFamilyName : std::string(to_string(space));
}

Result<void> refuse_unknown_families(const Engine& engine, const rocksdb::DBOptions& db) {
  const std::string& directory = engine.options.directory;
  std::error_code error;
  if (!std::filesystem::exists(directory + "/CURRENT", error)) return {};
  std::vector<std::string> names;
  const rocksdb::Status status = rocksdb::DB::ListColumnFamilies(db, directory, &names);
  if (!status.ok()) return failure("cannot open " + directory, status);
  const auto unknown = [](const std::string& name) {
    for (size_t i = 0; i < space_count; ++i)
      if (name == family_name(static_cast<Space>(i))) return false;
    return true;
  };
  const auto newer = std::ranges::find_if(names, unknown);
  if (newer == names.end()) return {};
  return fail(ErrorCode::unsupported,
              directory + " holds a space this program does not know: " + printable(*newer),
              "use the newer Aizuchi that wrote it");
}

// The first byte string after every key that begins with prefix; empty when there is none.
std::string after_prefix(std::string_view prefix) {
  std::string after(prefix);
  while (!after.empty() && static_cast<uint8_t>(after.back()) == 0xff) after.pop_back();
  if (!after.empty()) after.back() = static_cast<char>(after.back() + 1);
  return after;
}

// ", damaged: 000042.sst": RocksDB tells of some damage to a table as if the MANIFEST had it.
std::string damaged_tables(const std::string& directory) {
  std::string out;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.path().extension() != ".sst") continue;
    rocksdb::SstFileReader table{rocksdb::Options()};
    rocksdb::Status status = table.Open(entry.path().string());
    if (status.ok()) status = table.VerifyChecksum();
    if (!status.ok())
      out += (out.empty() ? ", damaged: " : ", ") + entry.path().filename().string();
  }
  return out;
}

class RocksStore final : public Store {
 public:
  RocksStore(std::unique_ptr<Engine> engine, DirectoryLock lock)
      : lock_(std::move(lock)),
        engine_(std::move(engine)),
        watermark_(engine_->options, *engine_->clock) {}

  ~RocksStore() override {
    if (queue_) queue_->close();
    engine_->failures->report_to(nullptr);
    for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
    if (db_) db_->Close().PermitUncheckedError();
  }

  Result<void> open() {
    const rocksdb::DBOptions options = database_options(*engine_);
    const std::string& directory = engine_->options.directory;
    TRY(refuse_unknown_families(*engine_, options));
    std::vector<rocksdb::ColumnFamilyDescriptor> wanted;
    for (size_t i = 0; i < space_count; ++i) {
      const Space space = static_cast<Space>(i);
      wanted.emplace_back(family_name(space), space_options(*engine_, space));
    }
    rocksdb::DB* db = nullptr;
    const rocksdb::Status status = rocksdb::DB::Open(options, directory, wanted, &families_, &db);
    if (!status.ok()) {
      const std::string tables = status.IsCorruption() ? damaged_tables(directory) : "";
      return failure("cannot open " + directory + tables, status);
    }
    db_.reset(db);
    queue_ = std::make_unique<CommitQueue>(
        engine_->options.queue_bytes_max, engine_->options.group_bytes_max,
        [this](std::span<const QueuedCommit> group, bool synced) { return write(group, synced); });
    engine_->failures->report_to(queue_.get());
    return check_format();
  }

  Result<std::optional<std::string>> get(Space space, std::string_view key) override {
    rocksdb::PinnableSlice value;
    if (!TRY(find(space, key, value))) return std::nullopt;
    return value.ToString();
  }

  Result<bool> contains(Space space, std::string_view key) override {
    rocksdb::PinnableSlice value;
    return find(space, key, value);
  }

  Result<void> scan(Space space, std::string_view prefix, std::string_view from,
                    Direction direction, const Take& take) override {
    const std::string after = after_prefix(prefix);
    const rocksdb::Slice lower = slice(prefix);
    const rocksdb::Slice upper = slice(after);
    rocksdb::ReadOptions options;
    options.fill_cache = !prefix.empty();  // a scan of everything must not empty the cache
    if (!prefix.empty()) options.iterate_lower_bound = &lower;
    if (!after.empty()) options.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(options, family(space)));
    const bool forward = direction == Direction::forward;
    if (from.empty()) {
      forward ? at->SeekToFirst() : at->SeekToLast();
    } else {
      forward ? at->Seek(slice(from)) : at->SeekForPrev(slice(from));
    }
    for (; at->Valid(); forward ? at->Next() : at->Prev()) {
      if (is_over(space, at->value())) continue;
      if (!take(view(at->key()), view(at->value()))) break;
    }
    if (!at->status().ok()) return failure("cannot read " + name(space), at->status());
    return {};
  }

  Result<void> scan_stored(Space space, const Take& take) override {
    return visit_stored(*db_, *family(space), take);
  }
  std::vector<std::string> left_files() override {
    return left_tables(*db_, engine_->options.directory);
  }

  void commit(Batch batch, Durability durability, Done done) override {
    if (!batch.only_erases() && !batch.is_let_in()) {
      if (const Result<void> room = watermark_.check(); !room) {
        queue_->count_refusal();
        if (done) done(room);
        return;
      }
    }
    // Someone waits for a sync, and for a barrier.
    const bool waited_for = durability == Durability::synced || batch.empty();
    if (!engine_->options.sync) durability = Durability::relaxed;
    queue_->push(std::move(batch), durability, std::move(done),
                 waited_for ? Haste::now : Haste::may_gather);
  }

  Result<void> writable() const override {
    TRY(queue_->open_for_writes());
    return watermark_.check();
  }
  StoreStats stats() const override { return queue_->stats(); }
  std::vector<std::string> engine_notes() const override { return engine_->notes->lines(); }

  Result<void> compact(Space space) override {
    TRY(flush());  // the log and the memtables hold erased bytes too
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = true;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    return upkeep("compact " + name(space),
                  db_->CompactRange(options, family(space), nullptr, nullptr));
  }

  Result<void> flush() override {
    TRY(queue_->not_failed());
    return upkeep("flush", db_->Flush(rocksdb::FlushOptions(), families_));
  }

  Result<void> verify() override {
    const rocksdb::Status status = db_->VerifyChecksum();
    if (!status.ok()) return failure("a stored block does not check", status);
    return {};
  }

  Result<void> checkpoint(const std::string& directory) override {
    std::error_code error;
    if (std::filesystem::exists(directory, error))
      return fail(ErrorCode::conflict, directory + " exists already", "name a new directory");
    rocksdb::Checkpoint* made = nullptr;
    rocksdb::Status status = rocksdb::Checkpoint::Create(db_.get(), &made);
    const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
    if (status.ok()) status = checkpoint->CreateCheckpoint(directory);
    if (!status.ok()) return failure("cannot make a copy at " + directory, status);
    ::chmod(directory.c_str(), 0700);
    return {};
  }

 private:
  rocksdb::ColumnFamilyHandle* family(Space space) const {
    return families_[static_cast<size_t>(space)];
  }
  static std::string name(Space space) { return std::string(to_string(space)); }
  bool is_over(Space space, const rocksdb::Slice& value) const {
    return space == Space::seen && seen_is_over(view(value), engine_->clock->now());
  }

  Result<bool> find(Space space, std::string_view key, rocksdb::PinnableSlice& value) {
    const rocksdb::Status status =
        db_->Get(rocksdb::ReadOptions(), family(space), slice(key), &value);
    if (status.IsNotFound()) return false;
    if (!status.ok()) return failure("cannot read " + name(space), status);
    return !is_over(space, value);
  }

  // On the commit thread.
  Result<void> write(std::span<const QueuedCommit> group, bool synced) {
    merged_.Clear();
    Batch::Write one;
    for (const QueuedCommit& commit : group) {
      for (size_t at = 0; commit.batch.next(at, one);) {
        const rocksdb::Status status =
            one.erases ? merged_.Delete(family(one.space), slice(one.key))
                       : merged_.Put(family(one.space), slice(one.key), slice(one.value));
        AIZ_ASSERT(status.ok());
      }
    }
    rocksdb::Status status;
    if (merged_.Count() > 0) {
      rocksdb::WriteOptions options;
      options.sync = synced;
      status = db_->Write(options, &merged_);
    } else if (synced) {
      status = db_->SyncWAL();  // a barrier: syncs what was relaxed before it
    }
    if (!status.ok())
      return fail(ErrorCode::unavailable, "storage has failed: " + status.ToString(), reopen_hint);
    return {};
  }

  Result<void> upkeep(const std::string& what, const rocksdb::Status& status) {
    if (status.ok()) return {};
    const Error error = failure("cannot " + what, status).error();
    queue_->fail_for_good(error);
    return std::unexpected(error);
  }

  Result<void> check_format() {
    const std::optional<std::string> stored = TRY(get(Space::meta, format_key));
    if (!stored) {
      ByteWriter format;
      format.be64(store_format);
      Batch batch;
      batch.put(Space::meta, format_key, format.view());
      return commit_and_wait(std::move(batch), Durability::synced);
    }
    ByteReader in(*stored);
    const uint64_t format = in.be64();
    if (!in.done() || format == 0)
      return fail(ErrorCode::corrupted,
                  engine_->options.directory + ": its format is not a number");
    if (format > store_format)
      return fail(ErrorCode::unsupported,
                  engine_->options.directory + " is of format " + std::to_string(format) +
                      "; this program reads up to " + std::to_string(store_format),
                  "use the newer Aizuchi that wrote it");
    if (format < store_format)
      return fail(ErrorCode::unsupported,
                  engine_->options.directory + " is of format " + std::to_string(format) +
                      ", from before 0.1.0; this program reads " + std::to_string(store_format),
                  "keep it with the program that wrote it, or publish and import into a new "
                  "directory");
    return {};
  }

  // In the order of construction: the lock goes last.
  DirectoryLock lock_;
  std::unique_ptr<Engine> engine_;
  mutable Watermark watermark_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  rocksdb::WriteBatch merged_;  // the commit thread's
  std::unique_ptr<CommitQueue> queue_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_rocks_store_on(StoreOptions options,
                                                   std::shared_ptr<rocksdb::FileSystem> files) {
  TRY(refuse_backup(options.directory));
  TRY(make_directory(options.directory));
  DirectoryLock lock = TRY(DirectoryLock::take(options.directory));
  TRY(check_engine_logs(options.directory));
  auto store = std::make_unique<RocksStore>(
      std::make_unique<Engine>(std::move(options), std::move(files)), std::move(lock));
  TRY(store->open());
  return store;
}

Result<std::unique_ptr<Store>> open_rocks_store(StoreOptions options) {
  return open_rocks_store_on(std::move(options), nullptr);
}

}  // namespace aizuchi::ground
