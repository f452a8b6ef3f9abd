#include "serve/http/limits.h"

#include <algorithm>
#include <span>

namespace aizuchi::serve {

namespace {

constexpr size_t ways = 4;  // places that one hash may stand in
constexpr size_t entries_of[Limits::kinds] = {1 << 17, 1 << 18, 1 << 13};

}  // namespace

Limits::Limits(LimitOptions options, ground::Dice& dice) : options_(std::move(options)) {
  dice.fill(hash_key_);
}

ground::Meter& Limits::meter_of(Of kind, std::string_view whom) {
  auto& entries = entries_[static_cast<size_t>(kind)];
  if (entries.empty()) entries.resize(entries_of[static_cast<size_t>(kind)]);
  const uint64_t hash = ground::siphash(hash_key_, whom);
  const std::span<Entry> places{&entries[hash % (entries.size() / ways) * ways], ways};
  for (Entry& entry : places)
    if (entry.whom == hash) return entry.meter;
  // Whoever has most left loses least by being forgotten.
  Entry& least = *std::ranges::min_element(
      places, {}, [](const Entry& entry) { return entry.meter.paid_until_us(); });
  least = {.whom = hash, .meter = {}};
  return least.meter;
}

ground::Duration Limits::take(Of kind, std::string_view whom, uint32_t cost, int64_t now_us,
                              ground::Rate own) {
  const ground::Rate of[kinds] = {options_.address, options_.person, options_.key};
  const ground::Rate rate = own.per_second != 0 ? own : of[static_cast<size_t>(kind)];
  if (rate.per_second == 0) return {};
  const ground::Duration wait = meter_of(kind, whom).take(rate, cost, now_us);
  if (wait.ms > 0) ++refused_[static_cast<size_t>(kind)];
  return wait;
}

std::string_view to_string(Limits::Of kind) {
  constexpr std::string_view words[] = {"address", "person", "key"};
  return words[static_cast<size_t>(kind)];
}

}  // namespace aizuchi::serve
