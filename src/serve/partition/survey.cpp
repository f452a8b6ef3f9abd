#include "serve/partition/survey.h"

#include <algorithm>

namespace aizuchi::serve {

using ground::Item;
using ground::ReadId;
using ground::ReadKind;
using ground::Slot;

namespace {

// Wholes are looked at; shelves and orders of blocks say nothing on a concern.
bool on_the_map(const Slot& slot) {
  return !slot.from_products && slot.shape != ground::Shape::order;
}

}  // namespace

Survey::Survey(std::shared_ptr<const ground::Snapshot> snapshot, const ground::Snapshot& live,
               std::vector<std::string> changed_items)
    : snapshot_(std::move(snapshot)), changed_items_(std::move(changed_items)) {
  new_read_.resize(snapshot_->reads.size());
  for (const ground::Read& read : snapshot_->reads)
    new_read_[read.id] = read.kind == ReadKind::aggregate &&
                         std::ranges::find(live.aggregates, read.aggregate,
                                           &ground::Aggregate::id) == live.aggregates.end();
  items_.resize(snapshot_->items.size());
  for (size_t i = 0; i < items_.size(); ++i)
    items_[i].by_wording.resize(snapshot_->items[i].wordings.size());
  slots_ = snapshot_->slots;
  for (Slot& slot : slots_) slot.reads = slot.survey_reads;
  for (const Item& item : snapshot_->items) items_[item.id.index].counted = countable(item.when);
}

bool Survey::countable(const std::optional<ground::Expr>& rule) const {
  return !rule || countable(rule->reads());
}

bool Survey::countable(std::span<const ReadId> reads) const {
  return std::ranges::all_of(reads, [&](ReadId id) {
    const ground::Read& read = snapshot_->reads[id];
    return read.kind != ReadKind::context && !new_read_[id] && countable(read.inputs);
  });
}

void Survey::look_at(const respect::Handle& person, ground::Instant now) {
  OnePerson one{.reached = std::vector<int>(items_.size(), -1),
                .why = std::vector<decide::Drop>(items_.size(), decide::Drop::none)};
  for (size_t i = 0; i < slots_.size(); ++i) {
    // Signed in, as the person would be where everything they entrusted may be used.
    const decide::Question question{
        .snapshot = *snapshot_,
        .slots = {&slots_[i]},
        .situation = {.viewer = ground::Assurance::a2, .now = now, .now_value = ground::Value(now)},
        .mode = ground::Mode::preview,
        .recall = [&] { return person; }};
    const decide::SlotDraft draft = decide::reach(question);
    look_at_slot(i, draft, one);
    if (on_the_map(slots_[i]) && draft.reason != decide::Reason::no_consent)
      look_at_concerns(i, draft, one);
  }
  add(one);
  ++looked_at_;
}

void Survey::look_at_slot(size_t slot, const decide::SlotDraft& draft, OnePerson& one) {
  if (draft.reason == decide::Reason::no_consent) return;
  for (const decide::Candidate& candidate : draft.candidates) {
    if (!candidate.item.valid()) continue;
    const size_t at = candidate.item.index;
    const Item& item = snapshot_->items[at];
    if (candidate.drop != decide::Drop::none) {
      one.why[at] = candidate.drop;
      continue;
    }
    one.reached[at] = static_cast<int>(decide::wording_of(item, candidate));
    if (!on_the_map(slots_[slot])) continue;
    InChannel& here = one.channels[slots_[slot].channel];
    here.served.resize(snapshot_->concerns.size());
    for (const uint16_t concern : item.serves) here.served[concern] = true;
  }
}

size_t Survey::phase_of(const decide::SlotDraft& draft) const {
  for (const ReadId id : draft.slot->reads) {
    if (snapshot_->reads[id].kind != ReadKind::phase || !countable(std::span(&id, 1))) continue;
    const respect::Admitted* phase = draft.admission->find(id);
    if (phase == nullptr) return SIZE_MAX;
    const auto it = std::ranges::find(snapshot_->phases, ground::to_display(phase->value()),
                                      &ground::Phase::name);
    return it == snapshot_->phases.end() ? SIZE_MAX
                                         : static_cast<size_t>(it - snapshot_->phases.begin());
  }
  return SIZE_MAX;
}

void Survey::look_at_concerns(size_t slot, const decide::SlotDraft& draft, OnePerson& one) {
  const size_t phase = phase_of(draft);
  if (phase == SIZE_MAX) return;
  InChannel& here = one.channels[slots_[slot].channel];
  here.phase = phase;
  here.has.resize(snapshot_->concerns.size());
  here.served.resize(snapshot_->concerns.size());
  for (size_t i = 0; i < snapshot_->concerns.size(); ++i) {
    const auto& signal = snapshot_->concerns[i].when;
    if (!signal || !countable(signal)) continue;
    const auto has = signal->evaluate(*draft.admission);
    if (!has || !has->is(ground::Value::Kind::boolean) || !has->as_bool()) continue;
    here.has[i] = true;
    const bool served = std::ranges::any_of(draft.candidates, [&](const auto& candidate) {
      if (candidate.drop != decide::Drop::none || !candidate.item.valid()) return false;
      const auto& serves = snapshot_->items[candidate.item.index].serves;
      return std::ranges::find(serves, i) != serves.end();
    });
    if (!served && slot_serves(slots_[slot], i)) ++empty_[{slots_[slot].channel, slot, phase, i}];
  }
}

// Not every slot is there for every concern: only one that speaks to it at all can have a hole.
bool Survey::slot_serves(const Slot& slot, size_t concern) const {
  return std::ranges::any_of(slot.items, [&](ground::ItemId id) {
    const Item& item = snapshot_->items[id.index];
    return item.status == ground::Status::live &&
           std::ranges::find(item.serves, concern) != item.serves.end();
  });
}

void Survey::add(const OnePerson& one) {
  for (size_t i = 0; i < items_.size(); ++i) {
    if (one.reached[i] < 0) {
      ++items_[i].dropped[one.why[i]];
      continue;
    }
    ++items_[i].people;
    ++items_[i].by_wording[static_cast<size_t>(one.reached[i])];
  }
  for (const auto& [channel, here] : one.channels)
    for (size_t i = 0; i < here.has.size(); ++i)
      if (here.has[i] && !here.served[i]) ++empty_[{channel, slots_.size(), here.phase, i}];
}

}  // namespace aizuchi::serve
