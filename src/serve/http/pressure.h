// How long requests wait before anybody looks at them, and what is given up when they wait too
// long: first what operators ask, then events, decisions last. A decision that is given up is
// answered with the brand's default at once, everything else with 429.
//
// The wait is measured, not guessed: a probe goes to the end of the queue that requests stand in,
// and is timed until its turn comes. One long wait is a stall and gives nothing up; a queue that
// stands does: when every probe of the last 100 ms has waited too long (controlled delay, RFC
// 8289). For a second after that a single one is enough, so that the queue does not grow again
// each time. Where fewer than two requests were looked at while a probe waited, nobody stood in
// line: a slow machine, or one client's slow requests, which giving up would not make faster (RFC
// 8289 likewise spares the last packet). Threads: one. Cost: a reading of the clock a request, one
// probe at a time.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "ground/base/time.h"

namespace aizuchi::serve {

// Up to what is given up.
enum class Shed : uint8_t { nothing, admin, ingest, decisions };
constexpr size_t shed_count = 4;
std::string_view to_string(Shed shed);

class Pressure {
 public:
  static constexpr int64_t patience_us = 100'000;  // how long a queue must stand
  static constexpr int64_t alert_us = 1'000'000;
  static constexpr int64_t fresh_us = 50'000;  // after which nobody's wait is known
  static constexpr int queue_min = 2;          // requests looked at during a wait that is a queue's

  // `target`: how long decisions may wait; events three quarters of it, the rest half. Zero:
  // nothing is ever given up.
  explicit Pressure(ground::Duration target) : target_us_(target.ms * 1000) {}

  // A request is looked at. What is to be given up?
  Shed shed(int64_t now_us);
  // Should a probe be sent? One is on its way at most.
  bool wants_probe() const { return target_us_ > 0 && began_us_ == none; }
  void probe_began(int64_t now_us) {
    began_us_ = now_us;
    looked_at_ = 0;
  }
  void probe_ended(int64_t now_us);
  int64_t wait_us(int64_t now_us) const;

 private:
  static constexpr int64_t none = INT64_MIN;
  void note(int64_t wait_us, int64_t now_us, bool in_sight);
  int64_t limit_us(size_t level) const { return target_us_ * static_cast<int64_t>(level + 1) / 4; }

  const int64_t target_us_;
  int64_t began_us_ = none;
  int looked_at_ = 0;  // requests, since the probe began
  int64_t last_wait_us_ = 0;
  int64_t last_ended_us_ = none;
  std::array<int64_t, shed_count> above_since_us_{none, none, none, none};
  int64_t alert_until_us_ = none;
};

}  // namespace aizuchi::serve
