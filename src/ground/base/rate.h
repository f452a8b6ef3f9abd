// How often something may happen: so many a second, and so many at once after a rest. The generic
// cell rate algorithm (ITU-T I.371), which is a token bucket kept as one number: the moment until
// which everything that was let through is paid for. Threads: none of its own. Cost: O(1).
#pragma once

#include <algorithm>
#include <cstdint>

#include "ground/base/time.h"

namespace aizuchi::ground {

struct Rate {
  uint32_t per_second = 0;  // 0: as often as one likes
  uint32_t burst = 0;       // at once, after a rest; at least 1
};

class Meter {
 public:
  // Zero: let through, and counted. Else nothing changed, and so long it takes until it would be.
  // More than the burst is let through as the burst is, so that nothing waits for ever.
  Duration take(Rate rate, uint32_t cost, int64_t now_us) {
    const Duration wait = until(rate, cost, now_us);
    if (rate.per_second != 0 && wait.ms == 0) paid_until_us_ = after(rate, cost, now_us);
    return wait;
  }
  // What take() would say.
  Duration until(Rate rate, uint32_t cost, int64_t now_us) const {
    if (rate.per_second == 0) return {};
    const int64_t over = after(rate, cost, now_us) - now_us - length_us(rate, burst_of(rate));
    return over <= 0 ? Duration{} : Duration{(over + 999) / 1000};
  }
  int64_t paid_until_us() const { return paid_until_us_; }

 private:
  static uint32_t burst_of(Rate rate) { return std::max<uint32_t>(1, rate.burst); }
  static int64_t length_us(Rate rate, uint32_t count) {
    return int64_t{count} * 1'000'000 / rate.per_second;
  }
  int64_t after(Rate rate, uint32_t cost, int64_t now_us) const {
    return std::max(paid_until_us_, now_us) + length_us(rate, std::min(cost, burst_of(rate)));
  }
  int64_t paid_until_us_ = INT64_MIN / 2;
};

}  // namespace aizuchi::ground
