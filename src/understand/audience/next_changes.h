// When each person's answer changes by the clock alone: a second by number, and a queue of them.
// Rounded up to the second, so that a change is never looked at before it has come.
// Threads: one. Cost: 4 bytes a number and 8 an entry of the queue; log n to put one in.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ground/base/time.h"

namespace aizuchi::understand {

class NextChanges {
 public:
  static constexpr uint32_t never = UINT32_MAX;

  // Returns whether it differs from before. Grows as needed.
  bool put(uint32_t number, ground::Instant next);
  // One whose moment has come, which it no longer has; nullopt when there is none.
  std::optional<uint32_t> take_due(ground::Instant now);

  // For the stored form: seconds since 1970. After put_second()s the queue is made by restored().
  uint32_t second(uint32_t number) const {
    return number < seconds_.size() ? seconds_[number] : never;
  }
  void put_second(uint32_t number, uint32_t second);
  void restored();

 private:
  struct Due {
    uint32_t second = 0;
    uint32_t number = 0;
  };
  std::vector<uint32_t> seconds_;  // by number
  std::vector<Due> queue_;  // a heap, earliest first; an entry that seconds_ contradicts is stale
};

}  // namespace aizuchi::understand
