#include "ground/store/commit_queue.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>

#include "ground/store/test_store.h"

namespace aizuchi::ground {

using namespace test;

namespace {

// A disk that waits to be told to go on, and notes what it was given.
struct SlowDisk {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  int entered = 0;
  std::vector<size_t> groups;
  std::vector<bool> synced;
  Result<void> answer;

  CommitQueue::WriteGroup writer() {
    return [this](std::span<const QueuedCommit> group, bool sync) {
      std::unique_lock lock(mutex);
      ++entered;
      changed.notify_all();
      changed.wait(lock, [this] { return open; });
      groups.push_back(group.size());
      synced.push_back(sync);
      return answer;
    };
  }
  void wait_until_entered() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return entered > 0; });
  }
  void let_go() {
    const std::lock_guard lock(mutex);
    open = true;
    changed.notify_all();
  }
};

}  // namespace

TEST_CASE("what gathers while the disk is busy is written as one group, answered in order") {
  SlowDisk disk;
  std::vector<int> order;
  {
    CommitQueue queue(1 << 20, 1 << 20, disk.writer());
    for (int i = 0; i < 10; ++i) {
      const bool synced = i == 7;
      queue.push(one(Space::log, be64(i), "v"), synced ? Durability::synced : Durability::relaxed,
                 [&order, i](const Result<void>& r) {
                   CHECK(r.has_value());
                   order.push_back(i);
                 });
      if (i == 0) disk.wait_until_entered();
    }
    disk.let_go();
  }
  CHECK(disk.groups == std::vector<size_t>{1, 9});
  CHECK(disk.synced == std::vector<bool>{false, true});  // one synced batch syncs its group
  CHECK(order == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("a group stops growing at its bound") {
  SlowDisk disk;
  {
    CommitQueue queue(1 << 20, 3000, disk.writer());
    for (int i = 0; i < 7; ++i) {
      queue.push(one(Space::log, be64(i), std::string(1000, 'v')), Durability::synced, nullptr);
      if (i == 0) disk.wait_until_entered();
    }
    disk.let_go();
  }
  CHECK(disk.groups == std::vector<size_t>{1, 3, 3});
}

TEST_CASE("what nobody waits for gathers, and is written without being asked again") {
  SlowDisk disk;
  disk.open = true;
  CommitQueue queue(1 << 20, 1 << 20, disk.writer());
  for (int i = 0; i < 100; ++i)
    queue.push(one(Space::log, be64(i), "v"), Durability::relaxed, nullptr, Haste::may_gather);
  while (queue.stats().commits < 100) std::this_thread::yield();
  CHECK(disk.groups.size() < 50);
}

TEST_CASE("what someone waits for takes along what gathers before it, in order") {
  SlowDisk disk;
  std::vector<int> order;
  {
    CommitQueue queue(1 << 20, 1 << 20, disk.writer());
    queue.push(one(Space::log, "a", "v"), Durability::synced, nullptr);
    disk.wait_until_entered();
    for (int i = 0; i < 5; ++i)
      queue.push(
          one(Space::log, be64(i), "v"), Durability::relaxed,
          [&order, i](const Result<void>&) { order.push_back(i); },
          i == 3 ? Haste::now : Haste::may_gather);
    disk.let_go();
  }
  CHECK(disk.groups == std::vector<size_t>{1, 5});
  CHECK(order == std::vector<int>{0, 1, 2, 3, 4});
}

TEST_CASE("a full queue answers busy at once, and lets in again when it has drained") {
  SlowDisk disk;
  CommitQueue queue(2000, 1 << 20, disk.writer());
  queue.push(one(Space::log, "a", "v"), Durability::synced, nullptr);
  disk.wait_until_entered();
  std::atomic<int> done = 0;
  int busy = 0;
  for (int i = 0; i < 10; ++i)
    queue.push(one(Space::log, "b", std::string(500, 'v')), Durability::synced,
               [&](const Result<void>& r) {
                 if (r) {
                   ++done;
                 } else {
                   CHECK(r.error().code == ErrorCode::busy);
                   ++busy;  // on this thread
                 }
               });
  CHECK(busy == 6);
  Batch followed = one(Space::log, "c", "v");  // of what was let in: it may not be refused now
  followed.let_in();
  queue.push(std::move(followed), Durability::relaxed, [&](const Result<void>& r) {
    CHECK(r.has_value());
    ++done;
  });
  CHECK(queue.open_for_writes().error().code == ErrorCode::busy);
  CHECK(queue.not_failed().has_value());
  disk.let_go();
  std::promise<void> drained;
  while (!queue.open_for_writes()) std::this_thread::yield();
  queue.push({}, Durability::relaxed, [&](const Result<void>&) { drained.set_value(); });
  drained.get_future().wait();
  CHECK(done == 5);
  CHECK(queue.stats().refused == 6);
}

TEST_CASE("after a failure nothing more reaches the disk, and the first reason stays") {
  SlowDisk disk;
  disk.answer = fail(ErrorCode::unavailable, "first");
  std::atomic<int> told = 0;
  {
    CommitQueue queue(1 << 20, 1 << 20, disk.writer());
    const auto note = [&](const Result<void>& r) {
      CHECK(r.error().message == "first");
      ++told;
    };
    queue.push(one(Space::log, "a", "v"), Durability::synced, note);
    disk.wait_until_entered();
    queue.push(one(Space::log, "b", "v"), Durability::synced, note);  // queued before the failure
    disk.let_go();
    while (queue.not_failed()) std::this_thread::yield();
    queue.push(one(Space::log, "c", "v"), Durability::synced, note);
    queue.fail_for_good({ErrorCode::unavailable, "second"});
    CHECK(queue.open_for_writes().error().message == "first");
  }
  CHECK(told == 3);
  CHECK(disk.groups == std::vector<size_t>{1});
}

TEST_CASE("a Done may commit again") {
  SlowDisk disk;
  disk.open = true;
  std::promise<void> second;
  CommitQueue queue(1 << 20, 1 << 20, disk.writer());
  queue.push({}, Durability::synced, [&](const Result<void>&) {
    queue.push({}, Durability::synced, [&](const Result<void>&) { second.set_value(); });
  });
  CHECK(second.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
}

}  // namespace aizuchi::ground
