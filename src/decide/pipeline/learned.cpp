// What the slot's model adds to a score: its mean and spread take the place of the documented
// prior's, told as one more term beside those of the layers. What it may know of the moment – the
// facts that are one of a few, were admitted here and were told for `improve` too, the phase, the
// device, the time of day – goes into the record, by number, where the person allowed that it is
// learned from. So do the terms of what was chosen; of what may not be learned from, as zeros (P1).
#include <algorithm>

#include "decide/explore/learning.h"
#include "decide/pipeline/pipeline.h"
#include "decide/pipeline/stages.h"

namespace aizuchi::decide {

using ground::Value;

namespace {

uint64_t hash_of(uint64_t name, const Value& value) {
  const auto text = [&](std::string_view word) { return ground::item_key("is", word); };
  if (value.is(Value::Kind::string)) return ground::mix64(name ^ text(value.as_string()));
  if (value.is(Value::Kind::boolean)) return ground::mix64(name + (value.as_bool() ? 1 : 2));
  return ground::mix64(name ^ text(ground::to_display(value)));
}

void observe_question(const Question& question, Features& moment) {
  static const uint64_t device = ground::item_key("feature", "context.device");
  static const uint64_t daypart = ground::item_key("feature", "context.hour");
  for (const auto& [field, value] : question.situation.context) {
    if (field == "device") moment.add_hashed(hash_of(device, value));
    if (field == "hour")
      moment.add_hashed(ground::mix64(daypart + static_cast<uint64_t>(value.number_or(0) / 6)));
  }
}

// At least the bias, so that a moment is never empty where one is learned from.
void observe(const Question& question, SlotDraft& draft) {
  Lesson& lesson = draft.lesson;
  lesson.moment.add(Features::bias, 1);
  observe_question(question, lesson.moment);
  for (const auto& [id, name] : draft.slot->features) {
    const respect::Admitted* admitted = draft.admission->find(id);
    if (admitted == nullptr || !(admitted->teaches() || admitted->impersonal())) continue;
    lesson.moment.add_hashed(hash_of(name, admitted->value()));
    if (!admitted->impersonal()) lesson.read.push_back(id);
  }
}

// Is everything that it read of the person, a thread with them as well as a fact, a lesson?
void find_teaching(SlotDraft& draft) {
  const auto is_lesson = [&](ground::ReadId id) {
    const respect::Admitted* admitted = draft.admission->find(id);
    return admitted == nullptr || admitted->impersonal() || admitted->teaches();
  };
  for (Candidate& candidate : draft.candidates)
    candidate.teaches = std::ranges::all_of(candidate.touched, is_lesson);
}

void say_again(SlotDraft& draft) {
  for (Candidate& candidate : draft.candidates) {
    const auto said =
        std::ranges::find(draft.lesson.said, candidate.key, [](const auto& s) { return s.first; });
    if (candidate.drop != Drop::none || said == draft.lesson.said.end()) continue;
    candidate.terms.learned = said->second.mean;
    candidate.spread = said->second.spread;
  }
}

}  // namespace

Features features_of(const Features& moment, const Terms& terms) {
  Features out = moment;
  out.add(Features::surface, terms.surface);
  out.add(Features::memory, terms.memory);
  out.add(Features::resonance, terms.resonance);
  out.add(Features::editorial, terms.editorial);
  return out;
}

void score_learned(const Question& question, SlotDraft& draft) {
  Lesson& lesson = draft.lesson;
  if (!lesson.said.empty()) return say_again(draft);
  const LearnedSlot* learned =
      question.learned == nullptr ? nullptr : question.learned->find(draft.slot->key);
  if (question.mode == ground::Mode::replay && lesson.model == 0) learned = nullptr;
  if (learned == nullptr && !lesson.teaches) return;
  if (lesson.moment.size == 0) observe(question, draft);
  if (lesson.teaches) find_teaching(draft);
  if (learned == nullptr) return;
  lesson.model = question.learned->version;
  for (Candidate& candidate : draft.candidates) {
    if (candidate.drop != Drop::none) continue;
    // The moment knows what may not be used for this one: the documented prior stands.
    if (!odd_for(draft, candidate.key).empty()) continue;
    const Score score =
        learned->of(candidate.key).score(features_of(lesson.moment, candidate.terms));
    candidate.terms.learned = score.mean - candidate.terms.mean();
    candidate.spread = score.spread;
  }
}

void note_known(SlotDraft& draft) {
  if (draft.lesson.model == 0) return;
  for (const Pick& pick : draft.picks) {
    if (pick.candidate == SIZE_MAX) continue;
    if (!odd_for(draft, draft.candidates[pick.candidate].key).empty()) continue;
    auto& touched = draft.candidates[pick.candidate].touched;
    for (const ground::ReadId id : draft.lesson.read)
      if (std::ranges::find(touched, id) == touched.end()) touched.push_back(id);
  }
}

void forget_moment(const Question& question, const SlotDraft& draft, SlotDraft& without) {
  without.lesson = draft.lesson;
  std::erase_if(without.lesson.read,
                [&](ground::ReadId id) { return without.admission->find(id) == nullptr; });
  for (const auto& [id, name] : draft.slot->features) {
    const respect::Admitted* was = draft.admission->find(id);
    const bool gone = was != nullptr && without.admission->find(id) == nullptr;
    const bool known = std::ranges::find(draft.lesson.read, id) != draft.lesson.read.end();
    if (gone && known)
      without.lesson.moment.add(
          Features::hashed + hash_of(name, was->value()) % (Features::dimension - Features::hashed),
          -1);
  }
  // Only the model that spoke can say what it would have said; else its word stands.
  if (question.learned != nullptr && question.learned->version == draft.lesson.model)
    without.lesson.said.clear();
  else if (without.lesson.said.empty() && draft.lesson.model > 0)
    for (const Candidate& candidate : draft.candidates)
      if (candidate.drop == Drop::none)
        without.lesson.said.emplace_back(candidate.key,
                                         Score{candidate.terms.learned, candidate.spread});
}

}  // namespace aizuchi::decide
