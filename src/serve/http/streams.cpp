#include "serve/http/streams.h"

#include <fmt/format.h>

#include <algorithm>

namespace aizuchi::serve {

namespace {

constexpr size_t slices = 10;  // of a second, a tick each
constexpr int64_t silence_us_max = 15'000'000;

}  // namespace

void Streams::open(ResponseStream out, Partition::Watch watch, Partition& partition) {
  if (streams_.empty()) (void)brand_changed(partition);
  streams_.push_back({std::move(out), std::move(watch), partition.clock().monotonic_us()});
  if (!look_at(streams_.back(), partition, false, streams_.back().spoke_us)) streams_.pop_back();
}

// False when the other side has gone.
bool Streams::look_at(Stream& stream, Partition& partition, bool all_ask_again, int64_t now_us) {
  const uint64_t now = partition.changes(stream.watch);
  if (now != stream.watch.seen || all_ask_again) {
    stream.watch.seen = now;
    stream.spoke_us = now_us;
    return stream.out.write(fmt::format(
        "id: {}\nevent: message\ndata: {{\"type\":\"refetchEvaluation\",\"lastModified\":{}}}\n\n",
        ++told_, partition.clock().now().ms / 1000));
  }
  if (now_us - stream.spoke_us < silence_us_max) return true;
  stream.spoke_us = now_us;
  return stream.out.write(": still here\n\n");
}

bool Streams::brand_changed(Partition& partition) {
  const auto snapshot = partition.snapshot();
  const std::vector<Stop> stops = partition.stops();
  const auto holding = static_cast<size_t>(std::ranges::count_if(stops, &Stop::active));
  if (snapshot == snapshot_ && holding == stops_ && stops.size() == stops_kept_) return false;
  snapshot_ = snapshot;
  stops_ = holding;
  stops_kept_ = stops.size();
  return true;
}

void Streams::tick(Partition& partition) {
  if (streams_.empty()) return;
  const bool all = brand_changed(partition);
  const int64_t now_us = partition.clock().monotonic_us();
  const size_t many = all ? streams_.size() : (streams_.size() + slices - 1) / slices;
  for (size_t i = 0; i < many && !streams_.empty(); ++i) {
    if (next_ >= streams_.size()) next_ = 0;
    if (look_at(streams_[next_], partition, all, now_us)) {
      ++next_;
      continue;
    }
    std::swap(streams_[next_], streams_.back());
    streams_.pop_back();
  }
}

}  // namespace aizuchi::serve
