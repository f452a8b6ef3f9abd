#include "decide/pipeline/pipeline.h"

#include <algorithm>
#include <unordered_map>

#include "decide/pipeline/record.h"
#include "decide/pipeline/stages.h"
#include "ground/base/hash.h"

namespace aizuchi::decide {

std::string_view to_string(Stage stage) {
  static constexpr std::string_view words[] = {"recall", "admit", "qualify", "temper", "score",
                                               "choose", "speak", "explain", "record"};
  return words[static_cast<size_t>(stage)];
}

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::chosen:
      return "chosen";
    case Reason::nothing_fits:
      return "nothing_fits";
    case Reason::given_order:
      return "given_order";
    case Reason::silence:
      return "silence";
    case Reason::no_consent:
      return "no_consent";
    case Reason::failed:
      return "failed";
    case Reason::stopped:
      return "stopped";
    case Reason::shed:
      return "shed";
    case Reason::paused:
      return "paused";
    case Reason::often_enough:
      return "often_enough";
  }
  return "failed";
}

namespace {

// What must hold after every stage; a draft that breaks it is a bug.
void check(const SlotDraft& draft) {
  for (const Pick& pick : draft.picks) {
    if (pick.candidate == SIZE_MAX) continue;
    AIZ_ASSERT(pick.candidate < draft.candidates.size());
    AIZ_ASSERT(draft.candidates[pick.candidate].drop == Drop::none);
  }
}

// The one helper that every stage passes through: timed under its name, checked after it. A stage
// begins where the one before it ended: the clock is looked at once a stage.
template <typename Work>
void run(Stage stage, const Question& question, SlotDraft& draft, Work work) {
  work();
  const int64_t now = question.stopwatch_us();
  draft.stage_us[static_cast<size_t>(stage)] += now - draft.ended_us;
  draft.ended_us = now;
  check(draft);
}

// decision.md, stage 6: seed = keyed hash(person, slot, visit, policy version).
uint64_t seed_of(const Question& question, const ground::Slot& slot, uint32_t visit) {
  ground::ByteWriter text;
  text.text(question.person);
  text.text(slot.name);
  text.varint(visit);
  text.varint(question.snapshot.version);
  return ground::siphash(question.choice_key, text.view());
}

// A slot whose purpose was not granted is not personalised, not even by an item that reads nothing:
// without consent to mail there is no mail. Nor is a slot whose channel is stopped.
void fill_closed(const Question& question, SlotDraft& draft, Reason reason) {
  run(Stage::choose, question, draft, [&] { fall_back(question, draft, reason); });
  run(Stage::speak, question, draft, [&] { speak(question, draft); });
  run(Stage::explain, question, draft, [&] { explain(question, draft); });
}

// Stages 3 to 8, alike for a live decision, a replay and a counterfactual.
void fill(const Question& question, SlotDraft& draft, const Temper& judge) {
  run(Stage::qualify, question, draft, [&] { qualify(question, draft); });
  run(Stage::temper, question, draft, [&] { temper(question, draft, judge); });
  run(Stage::score, question, draft, [&] { score(question, draft); });
  run(Stage::choose, question, draft, [&] { choose(question, draft); });
  run(Stage::speak, question, draft, [&] { speak(question, draft); });
  run(Stage::explain, question, draft, [&] { explain(question, draft); });
}

void note_picks(const SlotDraft& draft, View& view) {
  for (const Pick& pick : draft.picks) {
    if (pick.candidate == SIZE_MAX) continue;
    const Candidate& candidate = draft.candidates[pick.candidate];
    view.said.insert(candidate.key);
    view.mentioned = view.mentioned || candidate.mentions;
  }
}

// The temper stage as it was: by item key.
class RecordedTemper final : public Temper {
 public:
  explicit RecordedTemper(std::vector<std::pair<ground::ItemKey, Drop>> drops)
      : drops_(std::move(drops)) {}
  Drop judge(const Offer& offer) const override {
    for (const auto& [key, drop] : drops_)
      if (key == offer.key) return drop;
    return Drop::none;
  }

 private:
  std::vector<std::pair<ground::ItemKey, Drop>> drops_;
};

// Was it closed before anything qualified?
bool is_closed(Reason reason) {
  return reason == Reason::no_consent || reason == Reason::stopped || reason == Reason::paused ||
         reason == Reason::often_enough;
}

bool tempered(Drop drop) {
  return drop >= Drop::cap_reached && drop != Drop::stopped && drop != Drop::felt_odd;
}

// Our own overdue promise stops selling (P7); so does what is wrong and not answered (P10).
Drop selling_stops(const respect::Removals& removals) {
  if (removals.promise_overdue()) return Drop::promise_overdue;
  return removals.complaint_open() ? Drop::complaint_open : Drop::none;
}

}  // namespace

Draft decide(const Question& question) {
  Draft out;
  const int64_t began = question.stopwatch_us();
  const respect::Handle person = question.recall();
  int64_t ended_us = question.stopwatch_us();
  out.recall_us = ended_us - began;
  const respect::Removals removals(person, question.situation.now, question.situation.opts_out);
  const bool teaches = question.mode == ground::Mode::live && removals.teaches(question.snapshot);
  const Drop selling = selling_stops(removals);
  View view;
  for (const ground::Slot* slot : question.slots) {
    SlotDraft draft{.slot = slot,
                    .seed = seed_of(question, *slot, removals.visit()),
                    .selling = selling,
                    .ended_us = ended_us};
    draft.lesson.teaches = teaches && slot->learns;
    draft.gives_back =
        std::ranges::find(question.gives_back, slot->key) != question.gives_back.end();
    run(Stage::admit, question, draft, [&] {
      const respect::Admission* before =
          out.slots.empty() ? nullptr : out.slots.back().admission.get();
      draft.admission = std::make_unique<respect::Admission>(question.snapshot, *slot, person,
                                                             question.situation, before);
    });
    if (question.overrides != nullptr && question.overrides->stops(slot->channel))
      fill_closed(question, draft, Reason::stopped);
    else if (removals.paused(question.snapshot, *slot))
      fill_closed(question, draft, Reason::paused);
    else if (removals.closed(question.snapshot, *slot))
      fill_closed(question, draft, Reason::no_consent);
    else if (removals.often_enough(question.snapshot, *slot))
      fill_closed(question, draft, Reason::often_enough);
    else
      fill(question, draft, LiveTemper(removals, view));
    note_picks(draft, view);
    ended_us = draft.ended_us;
    out.slots.push_back(std::move(draft));
  }
  return out;
}

Draft give_up(const Question& question) {
  Draft out;
  const respect::Handle nobody = question.recall();
  for (const ground::Slot* slot : question.slots) {
    SlotDraft draft{.slot = slot, .ended_us = question.stopwatch_us()};
    draft.admission =
        std::make_unique<respect::Admission>(question.snapshot, *slot, nobody, question.situation);
    const bool stopped = question.overrides != nullptr && question.overrides->stops(slot->channel);
    fill_closed(question, draft, stopped ? Reason::stopped : Reason::shed);
    out.slots.push_back(std::move(draft));
  }
  return out;
}

SlotDraft reach(const Question& question) {
  const respect::Handle person = question.recall();
  const ground::Slot& slot = *question.slots.front();
  SlotDraft draft{.slot = &slot};
  draft.admission =
      std::make_unique<respect::Admission>(question.snapshot, slot, person, question.situation);
  const respect::Removals removals(person, question.situation.now, question.situation.opts_out);
  if (removals.closed(question.snapshot, slot) || removals.paused(question.snapshot, slot))
    draft.reason = Reason::no_consent;
  else
    qualify(question, draft);
  return draft;
}

size_t wording_of(const ground::Item& item, const Candidate& candidate) {
  const ground::Wording* overlay = overlay_wording(item, candidate);
  const ground::Wording& said = overlay != nullptr ? *overlay : base_wording(item);
  return static_cast<size_t>(&said - item.wordings.data());
}

ground::Overrides overrides_of(const RecordedSlot& recorded, const ground::Snapshot& snapshot) {
  ground::Overrides out;
  out.stopped.insert(recorded.stopped.begin(), recorded.stopped.end());
  out.uses = !out.stopped.empty();
  if (recorded.news.empty()) return out;
  std::unordered_map<ground::ItemKey, const ground::ProductNews*> news;
  for (const auto& [key, said] : recorded.news) news.emplace(key, &said);
  for (size_t i = 0; i < snapshot.products.size(); ++i) {
    const auto said = news.find(snapshot.products[i].key);
    if (said == news.end()) continue;
    out.products.resize(i + 1);
    out.products[i] = *said->second;
  }
  return out;
}

SlotDraft decide_again(const Question& question, const RecordedSlot& recorded) {
  const ground::Slot* slot = question.slots.front();
  SlotDraft draft{.slot = slot,
                  .seed = recorded.seed,
                  .suggested = recorded.suggested,
                  .lesson = recorded.lesson,
                  .keeps = recorded.keeps,
                  .leaning = recorded.leaning,
                  .selling = recorded.selling,
                  .gives_back = recorded.gives_back,
                  .ended_us = question.stopwatch_us()};
  draft.admission =
      std::make_unique<respect::Admission>(question.snapshot, *slot, recorded.recording);
  std::vector<std::pair<ground::ItemKey, Drop>> drops;
  for (const RecordedCandidate& candidate : recorded.candidates)
    if (tempered(candidate.drop)) drops.emplace_back(candidate.key, candidate.drop);
  if (is_closed(recorded.reason))
    fill_closed(question, draft, recorded.reason);
  else
    fill(question, draft, RecordedTemper(std::move(drops)));
  return draft;
}

namespace {

// Live it is made again of what is left; in a replay, which cannot, it goes with what it is made
// of.
std::shared_ptr<const understand::Leaning> leaning_without(const Question& question,
                                                           const SlotDraft& draft,
                                                           ground::ReadId read) {
  if (question.leanings != nullptr) return nullptr;
  const ground::Read& gone = question.snapshot.reads[read];
  const ground::FactRule* rule =
      gone.kind == ground::ReadKind::fact ? question.snapshot.fact(gone.fact) : nullptr;
  return rule != nullptr && rule->type == ground::FactType::values ? nullptr : draft.leaning;
}

}  // namespace

SlotDraft decide_without(const Question& question, const SlotDraft& draft, ground::ReadId read) {
  SlotDraft other{.slot = draft.slot,
                  .seed = draft.seed,
                  .suggested = draft.suggested,
                  .keeps = draft.keeps,
                  .leaning = leaning_without(question, draft, read),
                  .selling = draft.selling,
                  .gives_back = draft.gives_back};
  other.admission = draft.admission->without(read);
  forget_moment(question, draft, other);
  std::vector<std::pair<ground::ItemKey, Drop>> drops;
  for (const Candidate& candidate : draft.candidates)
    if (tempered(candidate.drop)) drops.emplace_back(candidate.key, candidate.drop);
  fill(question, other, RecordedTemper(std::move(drops)));
  return other;
}

}  // namespace aizuchi::decide
