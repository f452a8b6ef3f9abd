#include "serve/http/pressure.h"

#include <algorithm>

namespace aizuchi::serve {

std::string_view to_string(Shed shed) {
  constexpr std::string_view words[shed_count] = {"nothing", "admin", "ingest", "decisions"};
  return words[static_cast<size_t>(shed)];
}

void Pressure::probe_ended(int64_t now_us) {
  if (began_us_ == none) return;
  const bool in_sight = last_ended_us_ != none && began_us_ - last_ended_us_ < fresh_us;
  last_wait_us_ = looked_at_ < queue_min ? 0 : now_us - began_us_;
  last_ended_us_ = now_us;
  began_us_ = none;
  note(last_wait_us_, now_us, in_sight);
}

int64_t Pressure::wait_us(int64_t now_us) const {
  const int64_t under_way = began_us_ == none ? 0 : now_us - began_us_;
  const bool fresh = last_ended_us_ != none && now_us - last_ended_us_ < fresh_us;
  return std::max(under_way, fresh ? last_wait_us_ : 0);
}

// Since when has every probe waited longer than each level lets it? After a while without probes
// (`in_sight` is false) nothing is known of what was before.
void Pressure::note(int64_t wait_us, int64_t now_us, bool in_sight) {
  for (size_t level = 1; level < shed_count; ++level) {
    int64_t& since = above_since_us_[level];
    if (wait_us <= limit_us(level))
      since = none;
    else if (since == none || !in_sight)
      since = now_us;
  }
}

Shed Pressure::shed(int64_t now_us) {
  if (target_us_ == 0) return Shed::nothing;
  ++looked_at_;
  const int64_t wait = wait_us(now_us);
  size_t out = 0;
  for (size_t level = 1; level < shed_count; ++level) {
    if (wait <= limit_us(level)) break;
    const int64_t since = above_since_us_[level];
    if (since != none && now_us - since >= patience_us) alert_until_us_ = now_us + alert_us;
    if (now_us < alert_until_us_) out = level;
  }
  return static_cast<Shed>(out);
}

}  // namespace aizuchi::serve
