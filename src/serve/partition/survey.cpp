#include "serve/partition/survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "ground/catalog/population.h"

namespace aizuchi::serve {

using ground::Finding;
using ground::Item;
using ground::ReadId;
using ground::ReadKind;
using ground::Severity;
using ground::Slot;

namespace {

// Wholes are looked at; shelves and orders of blocks say nothing on a concern.
bool on_the_map(const Slot& slot) {
  return !slot.from_products && slot.shape != ground::Shape::order;
}

constexpr double shown_min = 20;       // k: fewer are never told apart
constexpr double enough_people = 200;  // below, that few qualify says nothing
constexpr size_t cells_shown_max = 20;

std::string with_thousands(double number) {
  std::string digits = fmt::format("{:.0f}", number);
  for (size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

// Two figures are all that a sample knows.
double two_figures(double number) {
  const double unit = std::pow(10.0, std::floor(std::log10(number)) - 1);
  return std::round(number / unit) * unit;
}

std::string_view reason_text(decide::Drop drop) {
  switch (drop) {
    case decide::Drop::none:
      return "its slots ask for a consent that was not given";
    case decide::Drop::other_phase:
      return "they are in another phase, or the phase may not be used there";
    case decide::Drop::rule_absent:
      return "a value that its rule needs is not known or may not be used there";
    case decide::Drop::wording_not_sayable:
      return "what it says of them may not be said there";
    case decide::Drop::too_many_facts:
      return "it says more than two things of them at once";
    default:
      return "its rule does not hold";
  }
}

bool windowed_out(const std::map<decide::Drop, uint32_t>& dropped) {
  return dropped.contains(decide::Drop::not_live) || dropped.contains(decide::Drop::out_of_window);
}

}  // namespace

Survey::Survey(std::shared_ptr<const ground::Snapshot> snapshot, const ground::Snapshot& live,
               std::vector<std::string> changed_items,
               std::shared_ptr<const ground::Population> population)
    : snapshot_(std::move(snapshot)),
      compared_with_(std::move(population)),
      changed_items_(std::move(changed_items)) {
  new_read_.resize(snapshot_->reads.size());
  for (const ground::Read& read : snapshot_->reads)
    new_read_[read.id] = (read.kind == ReadKind::aggregate &&
                          std::ranges::find(live.aggregates, read.aggregate,
                                            &ground::Aggregate::id) == live.aggregates.end()) ||
                         (read.kind == ReadKind::scale && !compared(read));
  items_.resize(snapshot_->items.size());
  for (size_t i = 0; i < items_.size(); ++i)
    items_[i].by_wording.resize(snapshot_->items[i].wordings.size());
  slots_ = snapshot_->slots;
  for (Slot& slot : slots_) slot.reads = slot.survey_reads;
  for (const Item& item : snapshot_->items) items_[item.id.index].counted = countable(item.when);
}

bool Survey::compared(const ground::Read& read) const {
  return compared_with_ && compared_with_->find(snapshot_->scales[read.scale_index].fingerprint);
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
    const decide::Question question{.snapshot = *snapshot_,
                                    .slots = {&slots_[i]},
                                    .situation = {.viewer = ground::Assurance::a2,
                                                  .now = now,
                                                  .now_value = ground::Value(now),
                                                  .context = {},
                                                  .population = compared_with_.get()},
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

// ---- in words ----

double Survey::estimate(uint32_t people) const {
  return population_ > looked_at_ ? people * population_ / looked_at_ : people;
}

std::string Survey::people_text(uint32_t people) const {
  const double n = estimate(people);
  if (n < shown_min) return fmt::format("fewer than {:.0f} people", shown_min);
  if (population_ > looked_at_)
    return fmt::format("about {} people", with_thousands(two_figures(n)));
  return fmt::format("{} people", with_thousands(n));
}

void Survey::add_never_qualifies(std::vector<Finding>& out) const {
  if (looked_at_ < enough_people) return;
  for (size_t i = 0; i < items_.size(); ++i) {
    const Item& item = snapshot_->items[i];
    const ItemCount& count = items_[i];
    if (!count.counted || count.dropped.empty() || windowed_out(count.dropped)) continue;
    if (item.status != ground::Status::live || estimate(count.people) >= shown_min) continue;
    const bool candidate = std::ranges::any_of(slots_, [&](const ground::Slot& slot) {
      return std::ranges::find(slot.items, item.id) != slot.items.end();
    });
    if (!candidate) continue;  // a fallback needs nobody
    const auto most = std::ranges::max_element(count.dropped, {},
                                               &std::pair<const decide::Drop, uint32_t>::second);
    out.push_back({Severity::warning, item.place, "never-qualifies", item.name,
                   fmt::format("fewer than {:.0f} of {} can be told this today; most often {}",
                               shown_min, people_text(looked_at_), reason_text(most->first))});
  }
}

std::vector<std::string> Survey::concluded(const Item& item, const ground::Wording& wording) const {
  std::vector<std::string> out;
  const auto add = [&](const std::string& name) {
    if (std::ranges::find(out, name) == out.end()) out.push_back(name);
  };
  for (const std::string& name : item.speaks) add(name);
  for (const std::string& name : wording.speaks) add(name);
  for (const ground::ReadId id : wording.says) {
    const ground::Read& read = snapshot_->reads[id];
    if (read.kind == ground::ReadKind::context || read.kind == ground::ReadKind::now) continue;
    const ground::FactRule* fact = read.fact.valid() ? snapshot_->fact(read.fact) : nullptr;
    add(fact != nullptr ? fact->name : read.name);
  }
  return out;
}

void Survey::add_concludes(std::vector<Finding>& out) const {
  for (const Item& item : snapshot_->items) {
    if (item.status != ground::Status::live) continue;
    if (std::ranges::find(changed_items_, item.name) == changed_items_.end()) continue;
    for (size_t w = 0; w < item.wordings.size(); ++w) {
      const ground::Wording& wording = item.wordings[w];
      const std::vector<std::string> facts = concluded(item, wording);
      if (facts.empty()) continue;
      std::string what;
      for (const std::string& fact : facts) what += (what.empty() ? "" : " and ") + fact;
      const ItemCount& count = items_[item.id.index];
      const bool counted =
          count.counted && std::ranges::all_of(item.wordings, [&](const ground::Wording& each) {
            return countable(each.when);
          });
      out.push_back({Severity::note, wording.place, "concludes",
                     wording.id == "default" ? item.name : item.name + "/" + wording.id,
                     fmt::format("a reader can conclude {}; {}", what,
                                 counted ? people_text(count.by_wording[w])
                                         : "how many is not counted yet")});
    }
  }
}

void Survey::add_empty_cells(std::vector<Finding>& out) const {
  std::vector<std::pair<Cell, uint32_t>> cells;
  for (const auto& [cell, people] : empty_) {
    if (estimate(people) < shown_min) continue;
    Cell whole = cell;
    whole.slot = slots_.size();
    // When a channel as a whole is silent, its slots need no line each.
    const auto channel = empty_.find(whole);
    const bool told = cell.slot != whole.slot && channel != empty_.end() &&
                      estimate(channel->second) >= shown_min;
    if (!told) cells.emplace_back(cell, people);
  }
  std::ranges::sort(cells, [](const auto& a, const auto& b) {
    return std::tie(b.second, a.first) < std::tie(a.second, b.first);  // most people first
  });
  for (size_t i = 0; i < cells.size() && i < cells_shown_max; ++i) {
    const auto& [cell, people] = cells[i];
    const ground::Concern& concern = snapshot_->concerns[cell.concern];
    const std::string where =
        cell.slot < slots_.size() ? slots_[cell.slot].name : std::string(to_string(cell.channel));
    out.push_back({Severity::warning, concern.place, "coverage", concern.name,
                   fmt::format("{} has nothing to say on it to people in the phase '{}'; {}", where,
                               snapshot_->phases[cell.phase].name, people_text(people))});
  }
  if (cells.size() > cells_shown_max)
    out.push_back(
        {Severity::warning,
         {},
         "coverage",
         "",
         fmt::format("and {} more empty cells with fewer people", cells.size() - cells_shown_max)});
}

std::vector<Finding> Survey::findings() const {
  std::vector<Finding> out;
  if (looked_at_ == 0) return out;
  add_never_qualifies(out);
  add_concludes(out);
  add_empty_cells(out);
  return out;
}

}  // namespace aizuchi::serve
