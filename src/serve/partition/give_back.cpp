// お返し (P5): an answer was promised to change something at a place within a time. The first live
// decision there that it does change – made again without the answer, with the same dice, it would
// have been another one – says so, once; until then what shares most what was answered stands first
// there and nothing is drawn. What was not seen in time is told to the brand.
//
// That it was seen is noted in the state, which is written behind: after a crash it may be said
// twice. Cost: nothing for who was not asked; with a promise open, one decision more.
#include <algorithm>

#include "decide/pipeline/pipeline.h"
#include "ground/base/json.h"
#include "serve/partition/questions.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::Instant;
using ground::OpenQuestion;

namespace {

// When it was last answered, and last seen to change something; min: never.
struct Standing {
  Instant answered{INT64_MIN}, seen{INT64_MIN};
  bool open() const { return answered.ms != INT64_MIN && seen < answered; }
};

Standing standing_of(const remember::PersonState& person, const OpenQuestion& question) {
  const ground::ItemKey answered = ground::item_key(listen::answered_kind, question.name);
  const ground::ItemKey seen = ground::item_key(listen::given_back_kind, question.name);
  Standing out;
  for (const remember::Said& said : person.said) {
    if (said.decision != 0) continue;
    if (said.item == answered) out.answered = said.at;
    if (said.item == seen) out.seen = said.at;
  }
  // What was forgotten since is owed to nobody.
  const bool there = std::ranges::any_of(
      person.facts, [&](const remember::Fact& fact) { return fact.key == question.sets; });
  return there ? out : Standing{};
}

bool same_picks(const decide::SlotDraft& a, const decide::SlotDraft& b) {
  return std::ranges::equal(a.picks, b.picks, [](const auto& x, const auto& y) {
    return x.item == y.item && x.product == y.product && x.variant == y.variant;
  });
}

bool is_seen(const decide::Question& question, const decide::SlotDraft& draft,
             const OpenQuestion& asked) {
  for (const ground::ReadId id : draft.slot->reads) {
    const ground::Read& read = question.snapshot.reads[id];
    if (read.kind != ground::ReadKind::fact || read.fact != asked.sets) continue;
    return draft.admission->find(id) != nullptr &&
           !same_picks(draft, decide::decide_without(question, draft, id));
  }
  return false;
}

}  // namespace

void Partition::State::promise_back(const remember::Person& person,
                                    decide::Question& question) const {
  for (const OpenQuestion& asked : question.snapshot.questions) {
    const ground::Slot& slot = question.snapshot.slots[asked.gives.slot.index];
    const bool here = std::ranges::find(question.slots, &slot) != question.slots.end();
    if (here && standing_of(person.state, asked).open()) question.gives_back.push_back(slot.key);
  }
}

void Partition::State::give_back(remember::Person& person, const decide::Question& question,
                                 Answer& answer) {
  for (const OpenQuestion& asked : question.snapshot.questions) {
    if (!standing_of(person.state, asked).open()) continue;
    const ground::ItemKey place = question.snapshot.slots[asked.gives.slot.index].key;
    for (decide::SlotDraft& draft : answer.draft.slots) {
      if (!draft.gives_back || draft.slot->key != place || draft.given_back != nullptr) continue;
      if (!is_seen(question, draft, asked)) continue;
      draft.given_back = &asked;
      ++counters.questions[3];
      const ground::ItemKey seen = ground::item_key(listen::given_back_kind, asked.name);
      auto& said = person.state.said;
      std::erase_if(said, [&](const auto& s) { return s.item == seen && s.decision == 0; });
      if (said.size() >= remember::PersonState::said_max) said.erase(said.begin());
      said.push_back({.item = seen, .slot = place, .at = question.situation.now, .exposed = true});
    }
  }
}

void Partition::State::tally_give_backs(const remember::PersonState& person,
                                        GiveBacks& into) const {
  const Instant now = clock.now();
  for (const OpenQuestion& asked : snapshot->questions) {
    const Standing standing = standing_of(person, asked);
    if (standing.answered.ms == INT64_MIN) continue;
    GivenBack& one = into[asked.name];
    ++one.people;
    const Instant until = standing.answered + asked.gives.within;
    if (standing.open())
      ++(now > until ? one.overdue : one.open);
    else
      ++(standing.seen > until ? one.late : one.in_time);
  }
}

std::string Dialogue::give_backs_json() {
  Partition::State& s = state_;
  constexpr ground::Duration fresh = ground::Duration::minutes(10);
  // Older than that, everyone is looked at again, beside the serving.
  if (s.give_backs_at.ms == INT64_MIN || s.clock.now() > s.give_backs_at + fresh)
    s.expire_due = std::min(s.expire_due, s.clock.now());
  ground::JsonWriter out;
  out.object();
  if (s.give_backs_at.ms == INT64_MIN)
    out.key("at").null();
  else
    out.member("at", ground::format_instant(s.give_backs_at));
  out.key("questions").array();
  for (const auto& [name, one] : s.give_backs) {
    const uint64_t due = one.in_time + one.late + one.overdue;
    out.object().member("id", name).member("people", one.people).member("inTime", one.in_time);
    out.member("late", one.late).member("open", one.open).member("overdue", one.overdue);
    if (due > 0) out.member("share", static_cast<double>(one.in_time) / static_cast<double>(due));
    out.end_object();
  }
  return out.end_array().end_object().take();
}

}  // namespace aizuchi::serve
