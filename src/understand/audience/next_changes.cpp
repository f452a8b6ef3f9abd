#include "understand/audience/next_changes.h"

#include <algorithm>

namespace aizuchi::understand {

namespace {

constexpr size_t stale_min = 4096;

uint32_t second_of(ground::Instant t) {
  const int64_t second =
      t.ms == INT64_MAX ? NextChanges::never : ground::floor_div(t.ms + 999, 1000);
  return static_cast<uint32_t>(std::clamp<int64_t>(second, 0, NextChanges::never));
}

}  // namespace

void NextChanges::put_second(uint32_t number, uint32_t second) {
  if (number >= seconds_.size()) {
    // Never doubled at once: with a million people that would be felt.
    if (number >= seconds_.capacity()) seconds_.reserve(number + number / 8 + 4096);
    seconds_.resize(number + size_t{1}, never);
  }
  seconds_[number] = second;
}

bool NextChanges::put(uint32_t number, ground::Instant next) {
  const uint32_t wanted = second_of(next);
  if (second(number) == wanted) return false;  // its entry stands
  put_second(number, wanted);
  if (wanted == never) return true;
  queue_.push_back({wanted, number});
  std::ranges::push_heap(queue_, std::ranges::greater{}, &Due::second);
  if (queue_.size() > 2 * seconds_.size() + stale_min) restored();
  return true;
}

std::optional<uint32_t> NextChanges::take_due(ground::Instant now) {
  while (!queue_.empty() && int64_t{queue_.front().second} * 1000 <= now.ms) {
    const Due due = queue_.front();
    std::ranges::pop_heap(queue_, std::ranges::greater{}, &Due::second);
    queue_.pop_back();
    if (seconds_[due.number] != due.second) continue;  // it was planned anew
    seconds_[due.number] = never;
    return due.number;
  }
  return std::nullopt;
}

void NextChanges::restored() {
  queue_.clear();
  for (uint32_t number = 0; number < seconds_.size(); ++number)
    if (seconds_[number] != never) queue_.push_back({seconds_[number], number});
  std::ranges::make_heap(queue_, std::ranges::greater{}, &Due::second);
}

}  // namespace aizuchi::understand
