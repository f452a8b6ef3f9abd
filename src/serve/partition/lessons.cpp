#include "serve/partition/lessons.h"

#include <algorithm>
#include <cmath>

#include "decide/pipeline/pipeline.h"
#include "decide/pipeline/record.h"
#include "respect/admission/counted.h"

namespace aizuchi::serve {

using decide::LearnedChoice;
using ground::Instant;
using ground::Result;
using remember::Said;

namespace {

constexpr uint8_t surely_machine = Said::machine_max;
constexpr double asking_share = 0.5;

double spread_of(const ground::Slot& slot) {
  return slot.shape == ground::Shape::one ? decide::prior::spread_message
                                          : decide::prior::spread_shelf;
}

double outcome_of(const Said& said, const ground::Reward& reward) {
  return std::max(said.clicked ? reward.click : 0, said.converted ? reward.conversion : 0);
}

std::string prefix_of(uint64_t decision) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(decision >> shift & 0xff);
  return out;
}

// The row of one thing that was seen; nullopt where nobody allowed that it teaches.
std::optional<decide::Shown> row_of(const decide::DecisionRecord& record, const ground::Slot& slot,
                                    const Said& said) {
  const auto recorded = std::ranges::find(record.slots, slot.name, &decide::RecordedSlot::slot);
  if (record.mode != ground::Mode::live || recorded == record.slots.end() ||
      !recorded->lesson.teaches || recorded->lesson.moment.size == 0)
    return std::nullopt;
  const auto pick = std::ranges::find(recorded->picks, said.item, &decide::RecordedPick::item);
  const auto place = static_cast<size_t>(pick - recorded->picks.begin());
  // The brand's default was no choice.
  if (place >= recorded->pick_terms.size() || recorded->reason != decide::Reason::chosen)
    return std::nullopt;
  decide::Shown row{.slot = said.slot, .item = said.item, .decision = said.decision, .at = said.at};
  row.outcome = static_cast<float>(outcome_of(said, slot.reward));
  row.weight = 1 - static_cast<float>(said.machine) / surely_machine;
  row.features = decide::features_of(recorded->lesson.moment, recorded->pick_terms[place]);
  row.features.add(decide::Features::place, std::log1p(static_cast<double>(place)));
  return row;
}

}  // namespace

Lessons::Lessons(const Sources& sources, std::shared_ptr<const ground::Snapshot> snapshot,
                 Instant now, AskingEveryone::Runs runs)
    : store_(sources.store),
      vault_(sources.vault),
      record_aad_(sources.record_aad),
      snapshot_(std::move(snapshot)),
      now_(now),
      slots_([this] {
        std::unordered_map<ground::ItemKey, const ground::Slot*> out;
        for (const ground::Slot& slot : snapshot_->slots)
          if (slot.learns) out.emplace(slot.key, &slot);
        return out;
      }()),
      asking_({sources.store, sources.vault, sources.names}, runs,
              {.each = [this](const auto& person, const auto& all) { ask(person, all); },
               .then = [this](const auto& progress) { learn(progress); },
               .asking_share = asking_share}) {}

void Lessons::ask(const remember::PersonState& person, const StoredPeople& people) {
  const ground::Purpose& improve = *snapshot_->purpose(snapshot_->counting->slot.purpose);
  if (!respect::Counted::open_for(improve, respect::Handle(&person, people), now_)) return;
  for (const Said& said : person.said) {
    if (!said.exposed || said.no_lesson || said.machine >= surely_machine || said.decision == 0)
      continue;
    const auto slot = slots_.find(said.slot);
    if (slot == slots_.end() || said.at + LearnedChoice::rows_kept < now_ ||
        said.at + slot->second->reward.within > now_)
      continue;
    seen_.push_back({person.id, people_, slot->second, said});
  }
  ++people_;
  if (seen_.size() < 2 * LearnedChoice::rows_max) return;
  const auto last = seen_.begin() + LearnedChoice::rows_max;
  std::ranges::nth_element(seen_, last, std::greater{}, [](const Seen& s) { return s.said.at; });
  seen_.erase(last, seen_.end());
}

// Its decision's record, read back with the person's key. Who was erased meanwhile has none.
void Lessons::read_decision(std::span<const Seen> seen) {
  const ground::PersonId person = seen.front().person;
  const auto key = vault_.find_key(store_, person.bytes());
  if (!key || !*key) return;
  const auto each = [&](std::string_view name, std::string_view value) {
    const auto id = ground::DecisionId::from_bytes(name);
    if (!id || value.size() < 16 || ground::PersonId::from_bytes(value.substr(0, 16)) != person)
      return true;
    const auto plain = vault_.open(**key, record_aad_(*id), value.substr(16));
    const auto record = plain ? decide::decode_record(*plain) : std::unexpected(plain.error());
    if (!record) return true;
    for (const Seen& one : seen)
      if (auto row = row_of(*record, *one.slot, one.said)) {
        row->person = one.number;
        rows_.push_back(*std::move(row));
      }
    return true;
  };
  (void)store_.scan(ground::Space::record, prefix_of(seen.front().said.decision), "",
                    ground::Direction::forward, each);
}

void Lessons::learn(const AskingEveryone::Progress& progress) {
  std::ranges::sort(
      seen_, {}, [](const Seen& s) { return std::tuple(s.number, s.said.decision, s.said.item); });
  for (size_t first = 0; first < seen_.size();) {
    size_t last = first;
    while (last < seen_.size() && seen_[last].number == seen_[first].number &&
           seen_[last].said.decision == seen_[first].said.decision)
      ++last;
    read_decision(std::span(seen_).subspan(first, last - first));
    first = last;
    progress(0.9 * static_cast<double>(first) / static_cast<double>(seen_.size()));
  }
  seen_ = {};
  std::vector<decide::Place> places;
  for (const auto& [slot, of] : slots_) places.push_back({slot, spread_of(*of)});
  learned_ = decide::learn_choice(std::move(rows_), places, decide::prior::base_rate_logit, now_);
}

Result<LearnedChoice> Lessons::take() {
  TRY(asking_.outcome());
  return *std::move(learned_);
}

}  // namespace aizuchi::serve
