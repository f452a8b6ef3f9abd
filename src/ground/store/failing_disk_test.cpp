// A disk that fails: the store stops writing at the first failure, keeps answering, and after
// opening again everything acknowledged is there.
#include <doctest/doctest.h>
#include <rocksdb/file_system.h>

#include <algorithm>

#include "ground/store/rocks_open.h"
#include "ground/store/test_store.h"

namespace aizuchi::ground {

using namespace test;

namespace {

enum class Fault { none, eio, enospc, torn };

// Counts the appends and syncs of write-ahead logs, and lets the nth of them fail, once.
class FailingDisk final : public rocksdb::FileSystemWrapper {
 public:
  FailingDisk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "FailingDisk"; }

  std::atomic<int> appends_until_fault = -1;
  std::atomic<int> syncs_until_fault = -1;
  std::atomic<bool> tables_fail = false;
  Fault fault = Fault::eio;

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;

  rocksdb::IOStatus error() const {
    if (fault != Fault::enospc) return rocksdb::IOStatus::IOError("injected EIO");
    return rocksdb::IOStatus::NoSpace("injected ENOSPC");
  }
};

class FailingFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FailingFile(FailingDisk& disk, std::unique_ptr<rocksdb::FSWritableFile>&& file)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk) {}

  using FSWritableFileOwnerWrapper::Append;
  rocksdb::IOStatus Append(const rocksdb::Slice& bytes, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    if (disk_.appends_until_fault-- != 0)
      return FSWritableFileOwnerWrapper::Append(bytes, options, debug);
    if (disk_.fault == Fault::torn)
      FSWritableFileOwnerWrapper::Append({bytes.data(), bytes.size() / 2}, options, debug)
          .PermitUncheckedError();
    return disk_.error();
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* debug) override {
    if (disk_.syncs_until_fault-- == 0) return disk_.error();
    return FSWritableFileOwnerWrapper::Sync(options, debug);
  }

 private:
  FailingDisk& disk_;
};

rocksdb::IOStatus FailingDisk::NewWritableFile(const std::string& path,
                                               const rocksdb::FileOptions& options,
                                               std::unique_ptr<rocksdb::FSWritableFile>* file,
                                               rocksdb::IODebugContext* debug) {
  if (tables_fail && path.ends_with(".sst")) return error();
  const rocksdb::IOStatus made = FileSystemWrapper::NewWritableFile(path, options, file, debug);
  if (made.ok() && path.ends_with(".log"))
    *file = std::make_unique<FailingFile>(*this, std::move(*file));
  return made;
}

std::unique_ptr<Store> open_on(const std::string& directory, std::shared_ptr<FailingDisk> disk) {
  StoreOptions options;
  options.directory = directory;
  return std::move(open_rocks_store_on(options, std::move(disk)).value());
}

// Commits until one fails, then some more; says how many were acknowledged.
int commit_into_the_failure(Store& store) {
  int acknowledged = 0;
  int refused = 0;
  for (int i = 0; i < 8; ++i) {
    const Result<void> done = put(store, Space::log, be64(i), std::string(200, 'v'));
    if (done) {
      CHECK(refused == 0);  // nothing is let in after the first failure
      ++acknowledged;
    } else {
      ++refused;
      CHECK(done.error().code == ErrorCode::unavailable);
      CHECK(done.error().hint.find("start again") != std::string::npos);
    }
  }
  CHECK(refused > 0);
  CHECK(store.writable().error().code == ErrorCode::unavailable);
  CHECK(store.flush().error().code == ErrorCode::unavailable);
  CHECK(store.compact(Space::log).error().code == ErrorCode::unavailable);
  return acknowledged;
}

int count(Store& store) {
  int n = 0;
  REQUIRE(store.scan(Space::log, "", "", Direction::forward, [&](auto key, auto value) {
    CHECK(key == be64(n));
    CHECK(value.size() == 200);
    ++n;
    return true;
  }));
  return n;
}

void fails_once_at(const std::function<void(FailingDisk&)>& arm) {
  TestFolder directory;
  int acknowledged = 0;
  {
    const auto disk = std::make_shared<FailingDisk>();
    const std::unique_ptr<Store> store = open_on(directory / "data", disk);
    REQUIRE(put(*store, Space::meta, "before", "1"));
    arm(*disk);
    acknowledged = commit_into_the_failure(*store);
    CHECK(store->get(Space::meta, "before").value() == "1");  // reading goes on
    CHECK(count(*store) >= acknowledged);
  }
  const std::unique_ptr<Store> again = open_at(directory / "data");
  CHECK(count(*again) >= acknowledged);      // all acknowledged, and nothing by halves
  CHECK(count(*again) <= acknowledged + 1);  // the failed one may be there, no later one is
  CHECK(put(*again, Space::meta, "after", "1").has_value());
}

}  // namespace

TEST_CASE("a write that fails, at whichever commit, loses nothing acknowledged") {
  for (const Fault fault : {Fault::eio, Fault::enospc, Fault::torn})
    for (int nth = 0; nth < 4; ++nth) {
      CAPTURE(static_cast<int>(fault));
      CAPTURE(nth);
      fails_once_at([&](FailingDisk& disk) {
        disk.fault = fault;
        disk.appends_until_fault = nth;
      });
    }
}

TEST_CASE("a sync that fails, at whichever commit, loses nothing acknowledged") {
  for (const Fault fault : {Fault::eio, Fault::enospc})
    for (int nth = 0; nth < 4; ++nth) {
      CAPTURE(static_cast<int>(fault));
      CAPTURE(nth);
      fails_once_at([&](FailingDisk& disk) {
        disk.fault = fault;
        disk.syncs_until_fault = nth;
      });
    }
}

TEST_CASE("a flush that fails in the background closes the store for writing") {
  TestFolder directory;
  {
    const auto disk = std::make_shared<FailingDisk>();
    const std::unique_ptr<Store> store = open_on(directory / "data", disk);
    REQUIRE(put(*store, Space::state, "a", "1"));
    disk->fault = Fault::enospc;
    disk->tables_fail = true;
    CHECK_FALSE(store->flush().has_value());
    disk->tables_fail = false;
    CHECK(put(*store, Space::state, "b", "1").error().code == ErrorCode::unavailable);
    CHECK(store->get(Space::state, "a").value() == "1");
    CHECK_FALSE(store->engine_notes().empty());
  }
  CHECK(open_at(directory / "data")->get(Space::state, "a").value() == "1");
}

TEST_CASE("everyone waiting for a group that fails is told, once each") {
  TestFolder directory;
  const auto disk = std::make_shared<FailingDisk>();
  std::vector<int> told(500);
  std::atomic<int> good = 0;
  {
    const std::unique_ptr<Store> store = open_on(directory / "data", disk);
    REQUIRE(put(*store, Space::meta, "before", "1"));
    disk->syncs_until_fault = 0;
    for (size_t i = 0; i < told.size(); ++i)
      store->commit(one(Space::log, be64(i), "v"), Durability::synced,
                    [&, i](const Result<void>& done) {
                      ++told[i];
                      good += done.has_value();
                    });
  }  // closing waits for all
  CHECK(std::ranges::all_of(told, [](int times) { return times == 1; }));
  CHECK(good == 0);
}

namespace {

class FakeFreeSpace final : public FreeSpace {
 public:
  uint64_t free_bytes(const std::string&) override { return bytes; }
  std::atomic<uint64_t> bytes = 1ULL << 30;
};

}  // namespace

TEST_CASE("below the disk watermark only erasures are let in, and above it everything again") {
  TestFolder directory;
  FakeFreeSpace disk;
  StoreOptions options;
  options.directory = directory / "data";
  options.free_space = &disk;
  options.free_check_every_ms = 0;
  const std::unique_ptr<Store> store = std::move(open_rocks_store(options).value());
  REQUIRE(put(*store, Space::state, "a", "1"));
  disk.bytes = options.free_bytes_min - 1;
  CHECK(put(*store, Space::state, "b", "1").error().code == ErrorCode::storage_full);
  CHECK(store->writable().error().code == ErrorCode::storage_full);
  CHECK(store->get(Space::state, "a").value() == "1");
  Batch batch;
  batch.erase(Space::state, "a");
  CHECK(store->commit_and_wait(std::move(batch), Durability::synced).has_value());
  // What was let in before must not be refused now: people and log would part.
  Batch followed = one(Space::state, "c", "1");
  followed.let_in();
  CHECK(store->commit_and_wait(std::move(followed), Durability::synced).has_value());
  disk.bytes = options.free_bytes_min;
  CHECK(store->writable().has_value());
  CHECK(put(*store, Space::state, "b", "1").has_value());
  CHECK(store->stats().refused == 1);
}

}  // namespace aizuchi::ground
