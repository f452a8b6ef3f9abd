#include "decide/explore/learning.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "ground/base/bytes.h"

namespace aizuchi::decide {

using ground::ByteReader;
using ground::ByteWriter;
using ground::ErrorCode;
using ground::Instant;

namespace {

constexpr uint8_t format = 1;

double days_between(Instant a, Instant b) {
  return static_cast<double>((b - a).ms) / static_cast<double>(ground::ms_per_day);
}

// One belief on its way through the rows, oldest first.
struct Learner {
  Belief belief, like;
  Instant at;
  void learn(const Shown& row) {
    belief.forget(days_between(at, row.at), like);
    belief.learn(row.features, static_cast<double>(row.outcome), static_cast<double>(row.weight));
    at = row.at;
  }
};

Features typical_of(std::span<const Shown> rows) {
  std::array<double, Features::dimension> sums{};
  for (const Shown& row : rows)
    for (size_t i = 0; i < row.features.size; ++i)
      sums[row.features.at[i]] += static_cast<double>(row.features.value[i]);
  sums[Features::place] = 0;  // as on the first place
  std::vector<size_t> order;
  for (size_t i = 0; i < sums.size(); ++i)
    if (sums[i] != 0) order.push_back(i);
  std::ranges::sort(order, {}, [&](size_t i) { return std::pair(-std::abs(sums[i]), i); });
  Features out;
  for (const size_t i : order) out.add(i, sums[i] / static_cast<double>(rows.size()));
  return out;
}

size_t people_of(std::span<const Shown> rows) {
  std::vector<uint32_t> people;
  people.reserve(rows.size());
  for (const Shown& row : rows) people.push_back(row.person);
  std::ranges::sort(people);
  return static_cast<size_t>(std::ranges::unique(people).begin() - people.begin());
}

// The items most shown, by item.
std::vector<LearnedItem> items_of(std::span<const Shown> rows) {
  std::map<uint64_t, LearnedItem> counted;
  for (const Shown& row : rows) {
    LearnedItem& item = counted[row.item];
    item.item = row.item;
    ++item.shown;
    item.outcomes += static_cast<double>(row.outcome);
  }
  std::vector<LearnedItem> out;
  out.reserve(counted.size());
  for (auto& [key, item] : counted) out.push_back(std::move(item));
  if (out.size() <= LearnedSlot::items_max) return out;
  std::ranges::sort(out, std::greater{},
                    [](const LearnedItem& i) { return std::pair(i.shown, i.item); });
  out.resize(LearnedSlot::items_max);
  std::ranges::sort(out, {}, &LearnedItem::item);
  return out;
}

LearnedItem* find_item(std::vector<LearnedItem>& items, uint64_t key) {
  const auto it = std::ranges::lower_bound(items, key, {}, &LearnedItem::item);
  return it != items.end() && it->item == key ? &*it : nullptr;
}

LearnedSlot learn_slot(std::span<const Shown> rows, const Place& place, double base, Instant now) {
  LearnedSlot out{.slot = place.slot, .rows = rows.size(), .people = people_of(rows)};
  for (const Shown& row : rows) out.outcomes += static_cast<double>(row.outcome);
  out.speaks = out.rows >= LearnedSlot::rows_min && out.people >= LearnedSlot::people_min;
  if (!out.speaks) return out;
  const Belief broad = Belief::broad(base, place.spread);
  Learner usual{broad, broad, rows.front().at};
  for (const Shown& row : rows) usual.learn(row);
  out.usual = usual.belief.fresh(place.spread);
  out.typical = typical_of(rows);
  out.items = items_of(rows);
  std::vector<Learner> learners(out.items.size(), {out.usual, out.usual, rows.front().at});
  for (const Shown& row : rows)
    if (const LearnedItem* item = find_item(out.items, row.item))
      learners[static_cast<size_t>(item - out.items.data())].learn(row);
  for (size_t i = 0; i < learners.size(); ++i) {
    learners[i].belief.forget(days_between(learners[i].at, now), out.usual);
    out.items[i].belief = learners[i].belief;
  }
  return out;
}

void encode_belief(ByteWriter& out, const Belief& belief) {
  for (const double x : belief.mean) out.f64(x);
  for (const double x : belief.covariance) out.f64(x);
}

Belief decode_belief(ByteReader& in) {
  Belief out;
  for (double& x : out.mean) x = in.f64();
  for (double& x : out.covariance) x = in.f64();
  return out;
}

void encode_slot(ByteWriter& out, const LearnedSlot& slot) {
  out.be64(slot.slot);
  out.varint(slot.rows);
  out.varint(slot.people);
  out.f64(slot.outcomes);
  out.u8(slot.speaks ? 1 : 0);
  if (!slot.speaks) return;
  encode_belief(out, slot.usual);
  out.u8(slot.typical.size);
  for (size_t i = 0; i < slot.typical.size; ++i) {
    out.u8(slot.typical.at[i]);
    out.f64(static_cast<double>(slot.typical.value[i]));
  }
  out.varint(slot.items.size());
  for (const LearnedItem& item : slot.items) {
    out.be64(item.item);
    out.varint(item.shown);
    out.f64(item.outcomes);
    encode_belief(out, item.belief);
  }
}

LearnedSlot decode_slot(ByteReader& in) {
  LearnedSlot slot{.slot = in.be64(), .rows = in.varint(), .people = in.varint()};
  slot.outcomes = in.f64();
  slot.speaks = in.u8() != 0;
  if (!slot.speaks) return slot;
  slot.usual = decode_belief(in);
  for (size_t n = in.u8(); n > 0 && in.ok(); --n) {
    const size_t index = in.u8();
    if (index >= Features::dimension) in.spoil();
    slot.typical.add(index, in.f64());
  }
  for (size_t n = in.count(8 * Belief::triangle); n > 0 && in.ok(); --n) {
    LearnedItem item{.item = in.be64(), .shown = in.varint()};
    item.outcomes = in.f64();
    item.belief = decode_belief(in);
    slot.items.push_back(item);
  }
  return slot;
}

}  // namespace

const Belief& LearnedSlot::of(uint64_t item) const {
  const auto it = std::ranges::lower_bound(items, item, {}, &LearnedItem::item);
  return it != items.end() && it->item == item ? it->belief : usual;
}

const LearnedSlot* LearnedChoice::find(uint64_t slot) const {
  const auto it = std::ranges::lower_bound(slots, slot, {}, &LearnedSlot::slot);
  return it != slots.end() && it->slot == slot && it->speaks ? &*it : nullptr;
}

LearnedChoice learn_choice(std::vector<Shown> rows, std::span<const Place> places, double base,
                           Instant now) {
  std::erase_if(rows, [&](const Shown& row) {
    return row.weight <= 0 || row.at + LearnedChoice::rows_kept < now;
  });
  if (rows.size() > LearnedChoice::rows_max) {
    const auto oldest_kept = rows.begin() + LearnedChoice::rows_max;
    std::ranges::nth_element(rows, oldest_kept, std::greater{},
                             [](const Shown& r) { return std::pair(r.at, r.decision); });
    rows.erase(oldest_kept, rows.end());
  }
  std::ranges::sort(rows, {}, [](const Shown& row) {
    return std::tuple(row.slot, row.at, row.decision, row.item);
  });
  LearnedChoice out{.at = now};
  for (const Place& place : places) {
    const auto [first, last] = std::ranges::equal_range(rows, place.slot, {}, &Shown::slot);
    if (first != last) out.slots.push_back(learn_slot({first, last}, place, base, now));
  }
  std::ranges::sort(out.slots, {}, &LearnedSlot::slot);
  return out;
}

std::string encode(const LearnedChoice& choice) {
  ByteWriter out;
  out.u8(format);
  out.varint(choice.version);
  out.zigzag(choice.at.ms);
  out.varint(choice.slots.size());
  for (const LearnedSlot& slot : choice.slots) encode_slot(out, slot);
  return out.take();
}

ground::Result<LearnedChoice> decode_choice(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u8() != format)
    return ground::fail(ErrorCode::unsupported, "the learned choice is in a newer format",
                        "use the version of Aizuchi that wrote it");
  LearnedChoice out{.version = in.varint(), .at = {in.zigzag()}};
  for (size_t n = in.count(19); n > 0 && in.ok(); --n) out.slots.push_back(decode_slot(in));
  if (!in.done()) return ground::fail(ErrorCode::corrupted, "the learned choice does not check");
  return out;
}

}  // namespace aizuchi::decide
