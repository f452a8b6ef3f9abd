// The learned choice: made every hour of what everyone who agreed was shown in the last 30 days,
// kept sealed, and swapped in whole; decisions keep what it said to them in their records, so that
// an older one is never asked again. And how often each place had something fitting to say.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "serve/partition/choice_note.h"
#include "serve/partition/lessons.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using decide::LearnedChoice;
using ground::ErrorCode;
using ground::fail;
using ground::Instant;
using ground::Result;
using ground::Space;

namespace {

constexpr uint8_t seal_format = 1;
constexpr std::string_view meta_choice = "choice";
constexpr ground::Duration retry_after = ground::Duration::minutes(1);
constexpr ground::Duration again_after = ground::Duration::hours(1);

bool has_choice(const std::shared_ptr<const ground::Snapshot>& snapshot) {
  return snapshot && std::ranges::any_of(snapshot->slots, &ground::Slot::learns);
}

std::string name_of(const ground::Snapshot& snapshot, ground::ItemKey key) {
  if (const ground::Product* product = snapshot.product_by_key(key)) return product->name_id;
  const auto item = std::ranges::find(snapshot.items, key, &ground::Item::key);
  return item == snapshot.items.end() ? fmt::format("#{:016x}", key) : item->name;
}

double probability(double logit) {
  return 1 / (1 + std::exp(-logit));
}

// In plain numbers: how often it succeeds in a typical moment, and how surely that is known.
ChoiceItem note_of(const ground::Snapshot& snapshot, const decide::LearnedSlot& slot,
                   const decide::LearnedItem& item) {
  const decide::Score score = item.belief.score(slot.typical);
  return {.item = name_of(snapshot, item.item),
          .shown = item.shown,
          .outcomes = item.outcomes,
          .rate = probability(score.mean),
          .low = probability(score.mean - score.spread),
          .high = probability(score.mean + score.spread),
          .mean = score.mean,
          .spread = score.spread};
}

ChoiceSlot note_of(const ground::Snapshot& snapshot, const ground::Slot& slot,
                   const LearnedChoice* learned) {
  ChoiceSlot out{.slot = slot.name, .learns = slot.learns};
  if (learned == nullptr) return out;
  const auto it =
      std::ranges::lower_bound(learned->slots, slot.key, {}, &decide::LearnedSlot::slot);
  if (it == learned->slots.end() || it->slot != slot.key) return out;
  out.rows = it->rows;
  if (it->people >= decide::LearnedSlot::people_min) out.people = it->people;
  out.speaks = it->speaks;
  if (!out.speaks) return out;
  out.outcomes = it->outcomes;
  const decide::Score fresh = it->usual.score(it->typical);
  out.usual = probability(fresh.mean);
  for (const decide::LearnedItem& item : it->items)
    out.items.push_back(note_of(snapshot, *it, item));
  std::ranges::sort(out.items, {}, [](const ChoiceItem& i) { return std::pair(-i.mean, i.item); });
  return out;
}

}  // namespace

Result<void> Partition::State::load_choice() {
  if (const auto sealed = TRY(store->get(Space::meta, meta_choice))) {
    auto kept = vault->open(choice_model_key, meta_choice, *sealed);
    auto read = kept ? decide::decode_choice(*kept) : std::unexpected(kept.error());
    if (!read && read.error().code == ErrorCode::unsupported) return std::unexpected(read.error());
    // What cannot be read is learned again at once.
    if (read) learned_choice = std::make_shared<const LearnedChoice>(*std::move(read));
  }
  schedule_lessons();
  return {};
}

// The one on its way may know an old folder, or somebody who was erased: it is not served.
void Partition::State::schedule_lessons() {
  lessons_stale = lessons != nullptr;
  if (!has_choice(snapshot) || !learned_choice) {
    lessons_due = has_choice(snapshot) ? clock.now() : Instant::never();
    return;
  }
  const bool with_erased = erased_last >= learned_choice->at;
  lessons_due = learned_choice->at + (with_erased ? learned_without_after : again_after);
}

void Partition::State::learn_choice_without_erased() {
  const bool stale = lessons_stale || (lessons && throw_away(lessons_thrown, clock.now()));
  schedule_lessons();
  lessons_stale = stale;
  if (learned_choice)
    lessons_due = std::min(lessons_due, learned_choice->at + learned_without_after);
}

void Partition::State::learn_some(int64_t budget_us) {
  if (keeping_learned) return;
  if (!lessons) {
    if (clock.now() < lessons_due || !has_choice(snapshot)) return;
    lessons_stale = false;
    lessons = std::make_shared<Lessons>(
        Lessons::Sources{*store, *vault, vocabulary, &serve::record_aad}, snapshot, clock.now(),
        AskingEveryone::runs_with(options.data_directory));
  }
  if (!lessons->asking().advance(clock, budget_us)) return;
  auto made = lessons->take();
  lessons.reset();
  if (std::exchange(lessons_stale, false)) return;  // again at once, if it is due
  if (made) {
    made->version = learned_choice ? learned_choice->version + 1 : 1;
    keep_choice(*std::move(made));
  } else {
    lessons_due = clock.now() + retry_after;
  }
}

// Nobody is served by it before it is durable: a restart must not know less.
void Partition::State::keep_choice(LearnedChoice next) {
  ground::Batch batch;
  batch.put(Space::meta, meta_choice,
            vault->seal(choice_model_key, seal_format, meta_choice, decide::encode(next)));
  auto made = std::make_shared<const LearnedChoice>(std::move(next));
  keeping_learned = true;
  const auto swap = [this, made](bool kept) {
    keeping_learned = false;
    if (kept) learned_choice = made;
    if (kept) lessons_thrown = ground::Instant::never();
    schedule_lessons();
    if (!kept) lessons_due = std::max(lessons_due, clock.now() + retry_after);
  };
  commit_then(std::move(batch), swap);
}

// How often the choice was not the best that was known: the dice's doing, or the uniform share's.
void Partition::State::count_choice(const decide::SlotDraft& draft) {
  const size_t index = draft.slot->id.index;
  if (slot_counters.size() <= index) slot_counters.resize(index + 1);
  SlotCounters& c = slot_counters[index];
  ++c.slots;
  ++c.layers[static_cast<size_t>(draft.layer)];
  c.learned += draft.lesson.model > 0 ? 1 : 0;
  c.fallbacks += draft.reason == decide::Reason::nothing_fits ? 1 : 0;
  if (!draft.explored || draft.picks.empty() || draft.picks.front().candidate == SIZE_MAX) return;
  const auto worth = [](const decide::Candidate& each) { return each.terms.mean() + each.shift; };
  const double chosen = worth(draft.candidates[draft.picks.front().candidate]);
  const bool best = std::ranges::none_of(draft.candidates, [&](const decide::Candidate& each) {
    return each.drop == decide::Drop::none && worth(each) > chosen;
  });
  if (!best) ++c.explored, ++counters.slots_explored;
}

ChoiceNote Partition::choice() const {
  const State& s = *state_;
  ChoiceNote out{.next = s.lessons_due,
                 .learning = s.lessons || s.keeping_learned ||
                             (has_choice(s.snapshot) && s.lessons_due <= s.clock.now())};
  if (out.learning) out.progress = s.lessons ? 0.98 * s.lessons->asking().progress() : 0;
  if (s.keeping_learned) out.progress = 0.99;
  if (s.learned_choice) out.version = s.learned_choice->version, out.at = s.learned_choice->at;
  if (!s.snapshot) return out;
  for (const ground::Slot& slot : s.snapshot->slots) {
    ChoiceSlot note = note_of(*s.snapshot, slot, s.learned_choice.get());
    if (slot.id.index < s.slot_counters.size()) note.counted = s.slot_counters[slot.id.index];
    out.slots.push_back(std::move(note));
  }
  return out;
}

Result<void> Partition::train_choice() {
  State& s = *state_;
  if (!has_choice(s.snapshot))
    return fail(ErrorCode::not_found, "the folder that is live has no choice to learn",
                "it needs a slot with two items or more that explores, and a purpose improve in "
                "purposes.yaml");
  TRY(s.store->writable());
  if (s.lessons || s.keeping_learned) return {};  // it is being learned already
  s.ledger.flush({});                             // what was just seen is learned from, too
  TRY(s.store->commit_and_wait({}, ground::Durability::relaxed));
  s.lessons_due = s.clock.now();
  return {};
}

}  // namespace aizuchi::serve
