// A store whose disk the simulation owns: the meaning of ground/store, on one thread, with faults
// that a seed decides. What was written survives the death of the process, what was synced survives
// a power cut; after the first failed write nothing more is written until it is opened again.
//
// The disk is a list of batches in the order they were written; how many of them are synced is all
// that tells a kill from a power cut.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "ground/base/dice.h"
#include "ground/store/store.h"

namespace aizuchi::sim {

// What the next write meets.
enum class Fault : uint8_t {
  none,
  refused,       // it fails, nothing is written: EIO, ENOSPC, torn
  written,       // it fails, and is there all the same: a failed sync
  dies,          // the process dies before it
  dies_written,  // the process dies behind it, before anyone is told
};
constexpr int faults = 5;

struct Disk {
  std::vector<ground::Batch> written;
  size_t synced = 0;
  bool full = false;  // below the watermark
  Fault next = Fault::none;
  int writes_until_fault = 0;

  // How many records of the log are there for good. Slow and obvious.
  size_t synced_records() const;
  // Some of what was not synced goes, from the end.
  void cut_power(ground::Dice& dice);
};

class SimStore final : public ground::Store {
 public:
  SimStore(Disk& disk, ground::Clock& clock);

  // While it holds, commits wait (a slow disk); the next one that is not held writes them first.
  void hold(bool holds) { holds_ = holds; }
  void drain();
  void kill() { dead_ = true; }
  bool dead() const { return dead_; }
  bool failed() const { return failed_; }

  ground::Result<std::optional<std::string>> get(ground::Space space,
                                                 std::string_view key) override;
  ground::Result<bool> contains(ground::Space space, std::string_view key) override;
  ground::Result<void> scan(ground::Space space, std::string_view prefix, std::string_view from,
                            ground::Direction direction, const Take& take) override;
  void commit(ground::Batch batch, ground::Durability durability, Done done) override;
  ground::Result<void> writable() const override;
  ground::StoreStats stats() const override { return {}; }
  std::vector<std::string> engine_notes() const override { return {}; }
  ground::Result<void> compact(ground::Space) override { return {}; }
  ground::Result<void> flush() override { return {}; }
  ground::Result<void> verify() override { return {}; }
  ground::Result<void> checkpoint(const std::string& directory) override;

 private:
  struct Waiting {
    ground::Batch batch;
    ground::Durability durability;
    Done done;
  };
  ground::Result<void> write(ground::Batch batch, ground::Durability durability);

  Disk& disk_;
  const std::unique_ptr<ground::Store> visible_;
  std::vector<Waiting> waiting_;
  bool holds_ = false;
  bool dead_ = false;
  bool failed_ = false;
};

}  // namespace aizuchi::sim
