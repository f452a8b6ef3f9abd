#include "understand/audience/numbers.h"

#include <cstring>

#include "ground/base/result.h"

namespace aizuchi::understand {

using ground::PersonId;

namespace {

size_t hash_of(const PersonId& id) {
  uint64_t h;
  std::memcpy(&h, id.raw.data(), sizeof(h));
  return h;
}

}  // namespace

size_t Numbers::slot_of(const PersonId& id) const {
  const size_t mask = table_.size() - 1;
  size_t at = hash_of(id) & mask;
  while (table_[at] != 0 && ids_[table_[at] - 1] != id) at = (at + 1) & mask;
  return at;
}

std::optional<uint32_t> Numbers::find(const PersonId& id) const {
  if (table_.empty()) return std::nullopt;
  const uint32_t found = table_[slot_of(id)];
  return found == 0 ? std::nullopt : std::optional(found - 1);
}

void Numbers::rehash(size_t slots) {
  table_.assign(slots, 0);
  for (uint32_t number = 0; number < ids_.size(); ++number)
    if (!ids_[number].empty()) table_[slot_of(ids_[number])] = number + 1;
}

void Numbers::insert(uint32_t number) {
  ++people_;
  if (people_ * 4 > table_.size() * 3)
    rehash(table_.empty() ? 1024 : table_.size() * 2);  // takes the new one in, too
  else
    table_[slot_of(ids_[number])] = number + 1;
}

uint32_t Numbers::give(const PersonId& id) {
  if (const auto known = find(id)) return *known;
  uint32_t number = static_cast<uint32_t>(ids_.size());
  if (!free_.empty()) {
    number = free_.back();
    free_.pop_back();
    ids_[number] = id;
  } else {
    AIZ_ASSERT(ids_.size() < UINT32_MAX - 1);
    if (ids_.size() == ids_.capacity()) ids_.reserve(ids_.size() + ids_.size() / 8 + 4096);
    ids_.push_back(id);
  }
  insert(number);
  return number;
}

bool Numbers::put(uint32_t number, const PersonId& id) {
  if (find(id) || (number < ids_.size() && !ids_[number].empty())) return false;
  if (number >= ids_.size()) ids_.resize(number + size_t{1});
  ids_[number] = id;
  insert(number);
  return true;
}

void Numbers::take_back(uint32_t number) {
  const size_t mask = table_.size() - 1;
  size_t hole = slot_of(ids_[number]);
  AIZ_ASSERT(table_[hole] == number + 1);
  // Linear probing without tombstones: what was pushed past the hole moves back into it.
  for (size_t at = (hole + 1) & mask; table_[at] != 0; at = (at + 1) & mask) {
    const size_t home = hash_of(ids_[table_[at] - 1]) & mask;
    if (((at - home) & mask) < ((at - hole) & mask)) continue;
    table_[hole] = table_[at];
    hole = at;
  }
  table_[hole] = 0;
  ids_[number] = {};
  free_.push_back(number);
  --people_;
}

void Numbers::find_free() {
  free_.clear();
  for (size_t number = ids_.size(); number-- > 0;)
    if (ids_[number].empty()) free_.push_back(static_cast<uint32_t>(number));
}

}  // namespace aizuchi::understand
