#include "ground/store/commit_queue.h"

#include <algorithm>
#include <chrono>

namespace aizuchi::ground {

namespace {

// A queued batch holds this much beyond its bytes, so that a flood of tiny ones is bounded too.
constexpr size_t entry_bytes = 128;

int64_t steady_us() {
  const auto since_start = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(since_start).count();
}

}  // namespace

CommitQueue::CommitQueue(size_t queue_bytes_max, size_t group_bytes_max, WriteGroup write)
    : queue_bytes_max_(queue_bytes_max),
      group_bytes_max_(group_bytes_max),
      write_(std::move(write)),
      thread_([this] { run(); }) {}

CommitQueue::~CommitQueue() {
  close();
}

void CommitQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  has_work_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Result<void> CommitQueue::door(bool let_in) const {
  if (failure_) return std::unexpected(*failure_);
  if (!let_in && queued_bytes_ >= queue_bytes_max_)
    return fail(ErrorCode::busy,
                "the commit queue holds " + std::to_string(queued_bytes_ >> 10) + " KiB",
                "try again shortly; the disk does not keep up");
  return {};
}

void CommitQueue::push(Batch batch, Durability durability, Store::Done done, Haste haste) {
  std::unique_lock lock(mutex_);
  if (const Result<void> open = door(batch.is_let_in()); !open) {
    ++stats_.refused;
    lock.unlock();
    if (done) done(open);
    return;
  }
  queued_bytes_ += batch.bytes() + entry_bytes;
  const bool hurries = haste == Haste::now || queued_bytes_ >= group_bytes_max_;
  const bool wakes = queue_.empty() || (hurries && !hurried_);
  hurried_ = hurried_ || hurries;
  queue_.push_back({std::move(batch), durability, std::move(done)});
  lock.unlock();
  if (wakes) has_work_.notify_one();
}

void CommitQueue::fail_for_good(Error why) {
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = std::move(why);
}

Result<void> CommitQueue::not_failed() const {
  const std::lock_guard lock(mutex_);
  if (failure_) return std::unexpected(*failure_);
  return {};
}

Result<void> CommitQueue::open_for_writes() const {
  const std::lock_guard lock(mutex_);
  return door(false);
}

StoreStats CommitQueue::stats() const {
  const std::lock_guard lock(mutex_);
  StoreStats now = stats_;
  now.queued = queue_.size();
  now.queued_bytes = queued_bytes_;
  return now;
}

void CommitQueue::count_refusal() {
  const std::lock_guard lock(mutex_);
  ++stats_.refused;
}

void CommitQueue::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    has_work_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    if (queue_.empty()) return;
    has_work_.wait_for(lock, std::chrono::milliseconds(gather_ms_max),
                       [this] { return closing_ || hurried_; });
    std::vector<QueuedCommit> group = take_group();
    hurried_ = !queue_.empty();  // what did not fit has gathered enough
    lock.unlock();
    write_and_tell(std::move(group));
    lock.lock();
  }
}

std::vector<QueuedCommit> CommitQueue::take_group() {
  std::vector<QueuedCommit> group;
  size_t bytes = 0;
  while (!queue_.empty() && (group.empty() || bytes < group_bytes_max_)) {
    const size_t held = queue_.front().batch.bytes() + entry_bytes;
    bytes += held;
    queued_bytes_ -= held;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return group;
}

void CommitQueue::write_and_tell(std::vector<QueuedCommit> group) {
  const bool synced = std::ranges::any_of(
      group, [](const QueuedCommit& c) { return c.durability == Durability::synced; });
  Result<void> result = not_failed();
  const int64_t began_us = steady_us();
  if (result) result = write_(group, synced);
  {
    const std::lock_guard lock(mutex_);
    if (result) {
      stats_.commits += group.size();
      ++stats_.groups;
      stats_.groups_synced += synced;
      if (synced) stats_.last_sync_us = steady_us() - began_us;
      for (const QueuedCommit& c : group) stats_.bytes += c.batch.bytes();
    } else {
      stats_.refused += group.size();
      if (!failure_) failure_ = result.error();
    }
  }
  for (QueuedCommit& c : group)
    if (c.done) c.done(result);
}

}  // namespace aizuchi::ground
