#include "understand/audience/members.h"

#include <algorithm>

#include "ground/base/bytes.h"

namespace aizuchi::understand {

using ground::Instant;
using ground::PersonId;

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

uint32_t Members::number_of(const PersonId& id) {
  const size_t before = numbers_.people();
  const uint32_t number = numbers_.give(id);
  if (numbers_.people() != before) changed(number);
  return number;
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
  differs = next_.put(number, look.next_change) || differs;
  if (differs) changed(number);
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
  while (const auto number = next_.take_due(t)) mark(*number);
}

std::optional<uint32_t> Members::next_pending() {
  while (!pending_queue_.empty()) {
    if (pending_.test(pending_queue_.front())) return pending_queue_.front();
    pending_queue_.pop_front();
  }
  return std::nullopt;
}

}  // namespace aizuchi::understand
