#include "sim/sim_store.h"

#include <set>

namespace aizuchi::sim {

using ground::Batch;
using ground::Durability;
using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Space;

size_t Disk::synced_records() const {
  std::set<std::string, std::less<>> keys;
  ground::Batch::Write write;
  for (size_t i = 0; i < synced; ++i)
    for (size_t at = 0; written[i].next(at, write);)
      if (write.space == ground::Space::log) keys.emplace(write.key);
  return keys.size();
}

void Disk::cut_power(ground::Dice& dice) {
  const size_t loose = written.size() - synced;
  written.resize(synced + (loose == 0 ? 0 : dice.next_u64() % (loose + 1)));
  synced = written.size();
}

SimStore::SimStore(Disk& disk, ground::Clock& clock)
    : disk_(disk), visible_(ground::open_memory_store(&clock)) {
  for (const Batch& batch : disk_.written)
    AIZ_ASSERT(visible_->commit_and_wait(batch, Durability::relaxed).has_value());
  disk_.synced = disk_.written.size();  // as the engine does: what its log had goes into tables
}

Result<std::optional<std::string>> SimStore::get(Space space, std::string_view key) {
  return visible_->get(space, key);
}
Result<bool> SimStore::contains(Space space, std::string_view key) {
  return visible_->contains(space, key);
}
Result<void> SimStore::scan(Space space, std::string_view prefix, std::string_view from,
                            ground::Direction direction, const Take& take) {
  return visible_->scan(space, prefix, from, direction, take);
}

Result<void> SimStore::writable() const {
  if (failed_ || dead_) return fail(ErrorCode::unavailable, "storage has failed", "start again");
  if (disk_.full) return fail(ErrorCode::storage_full, "the disk is full", "free some space");
  return {};
}

void SimStore::commit(Batch batch, Durability durability, Done done) {
  if (!batch.only_erases() && !batch.is_let_in()) {
    if (const auto open = writable(); !open) {
      if (done) done(open);
      return;
    }
  }
  waiting_.push_back({std::move(batch), durability, std::move(done)});
  if (!holds_) drain();
}

void SimStore::drain() {
  std::vector<Waiting> now;
  now.swap(waiting_);
  for (Waiting& one : now) {
    const Result<void> outcome = write(std::move(one.batch), one.durability);
    if (one.done) one.done(outcome);
  }
}

Result<void> SimStore::write(Batch batch, Durability durability) {
  if (dead_ || failed_) return fail(ErrorCode::unavailable, "storage has failed", "start again");
  Fault fault = Fault::none;
  if (disk_.next != Fault::none && --disk_.writes_until_fault < 0)
    fault = std::exchange(disk_.next, Fault::none);
  dead_ = fault == Fault::dies || fault == Fault::dies_written;
  failed_ = fault != Fault::none;
  const bool lands = fault != Fault::refused && fault != Fault::dies;
  if (lands && !batch.empty()) {
    disk_.written.push_back(batch);
    AIZ_ASSERT(visible_->commit_and_wait(std::move(batch), Durability::relaxed).has_value());
  }
  if (failed_) return fail(ErrorCode::unavailable, "storage has failed", "start again");
  if (durability == Durability::synced) disk_.synced = disk_.written.size();
  return {};
}

Result<void> SimStore::checkpoint(const std::string& directory) {
  return fail(ErrorCode::unsupported, "a simulated store has no copy at " + directory);
}

}  // namespace aizuchi::sim
