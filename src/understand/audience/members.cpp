#include "understand/audience/members.h"

#include <algorithm>

#include "ground/base/bytes.h"

namespace aizuchi::understand {

using ground::Instant;
using ground::PersonId;

namespace {

constexpr uint32_t never = UINT32_MAX;

// Rounded up: a change is never looked at before it has come.
uint32_t second_of(Instant t) {
  const int64_t second = t.ms == INT64_MAX ? never : ground::floor_div(t.ms + 999, 1000);
  return static_cast<uint32_t>(std::clamp<int64_t>(second, 0, never));
}

}  // namespace

void Members::adopt(std::vector<Column> columns) {
  std::vector<Bits> bits(columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    if (!columns_.empty() || places() > 0) columns[i].filled = false;
    for (size_t before = 0; before < columns_.size(); ++before) {
      if (columns_[before].fingerprint != columns[i].fingerprint) continue;
      columns[i].filled = columns_[before].filled;
      bits[i] = columns_bits_[before];
    }
  }
  columns_ = std::move(columns);
  columns_bits_ = std::move(bits);
  for (size_t page = 0; page * page_people < places(); ++page) changed_pages_.set(page);
}

void Members::fill_done() {
  for (Column& column : columns_) column.filled = true;
}

void Members::grow(uint32_t number) {
  if (number < next_.size()) return;
  if (number >= next_.capacity()) next_.reserve(next_.size() + next_.size() / 8 + page_people);
  next_.resize(number + size_t{1}, never);
}

uint32_t Members::number_of(const PersonId& id) {
  const size_t before = numbers_.people();
  const uint32_t number = numbers_.give(id);
  if (numbers_.people() != before) {
    grow(number);
    changed(number);
  }
  return number;
}

void Members::plan(uint32_t number, Instant next) {
  const uint32_t second = second_of(next);
  if (next_[number] == second) return;  // its entry stands
  next_[number] = second;
  changed(number);
  if (second == never) return;
  due_.push_back({second, number});
  std::ranges::push_heap(due_, std::ranges::greater{}, &Due::second);
  if (due_.size() > 2 * numbers_.people() + page_people) drop_stale_dues();
}

void Members::drop_stale_dues() {
  due_.clear();
  for (uint32_t number = 0; number < next_.size(); ++number)
    if (next_[number] != never) due_.push_back({next_[number], number});
  std::ranges::make_heap(due_, std::ranges::greater{}, &Due::second);
}

void Members::put(uint32_t number, const Look& look) {
  AIZ_ASSERT(look.in.size() == columns_.size());
  bool differs = counted_.put(number, look.counted);
  for (size_t i = 0; i < columns_.size(); ++i)
    differs = columns_bits_[i].put(number, look.counted && look.in[i]) || differs;
  if (pending_.put(number, false)) {
    differs = true;
    --pending_count_;
  }
  if (differs) changed(number);
  plan(number, look.next_change);
}

void Members::forget(uint32_t number) {
  put(number, Look{.in = std::vector<bool>(columns_.size())});
  numbers_.take_back(number);
  changed(number);
}

void Members::mark(uint32_t number) {
  if (!pending_.put(number, true)) return;
  pending_queue_.push_back(number);
  ++pending_count_;
  changed(number);
}

void Members::mark_due(Instant t) {
  while (!due_.empty() && int64_t{due_.front().second} * 1000 <= t.ms) {
    const Due due = due_.front();
    std::ranges::pop_heap(due_, std::ranges::greater{}, &Due::second);
    due_.pop_back();
    if (next_[due.number] != due.second) continue;  // it was planned anew
    next_[due.number] = never;
    mark(due.number);
  }
}

std::optional<uint32_t> Members::next_pending() {
  while (!pending_queue_.empty()) {
    if (pending_.test(pending_queue_.front())) return pending_queue_.front();
    pending_queue_.pop_front();
  }
  return std::nullopt;
}

}  // namespace aizuchi::understand
