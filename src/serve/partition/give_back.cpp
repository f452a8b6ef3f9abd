// お返し (P5): an answer was promised to change something at a place within a time. The first live
// decision there that it does change – made again without the answer, with the same dice, it would
// have been another one – says so, once; until then what shares most what was answered stands first
// there and nothing is drawn. What was not seen in time is told to the brand; what changed nothing
// for 90 days is known no more, and both are told so.
//
// What became of an answer is an event of its person's, in the log and so there after a crash.
// Cost: nothing for who was not asked; with a promise open, one decision more.
#include <fmt/format.h>

#include <algorithm>

#include "decide/pipeline/pipeline.h"
#include "ground/base/json.h"
#include "listen/events/answering.h"
#include "serve/partition/questions.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::Instant;
using ground::OpenQuestion;
using ground::Result;
using ground::Value;

namespace {

using Standing = listen::AnswerStanding;

Standing standing_of(const remember::PersonState& person, const OpenQuestion& question) {
  const Standing out = listen::answer_standing(person, question.name);
  // What was forgotten since is owed to nobody.
  const bool there = std::ranges::any_of(
      person.facts, [&](const remember::Fact& fact) { return fact.key == question.sets; });
  return there || out.over() ? out : Standing{};
}

// Of what the answer is told for: the source it came from.
std::optional<listen::Sender> sender_of(const remember::PersonState& person,
                                        const OpenQuestion& question,
                                        const remember::ProvenanceLookup& provenances) {
  const auto fact = std::ranges::find(person.facts, question.sets, &remember::Fact::key);
  if (fact == person.facts.end()) return std::nullopt;
  const ground::Provenance& told = provenances.provenance(fact->provenance);
  return listen::Sender{told.source, told.viewer_min};
}

listen::Event noted(const ground::Snapshot& snapshot, const OpenQuestion& asked,
                    std::string_view outcome, Instant now) {
  listen::Event event{.name = std::string(listen::give_back_event), .at = now, .received_at = now};
  event.message_id = fmt::format("give-back-{}-{}", asked.name, now.ms);
  ground::ValueMap told{{Value("question"), Value(asked.name)},
                        {Value("fact"), Value(snapshot.fact(asked.sets)->name)},
                        {Value("slot"), Value(snapshot.slots[asked.gives.slot.index].name)},
                        {Value("outcome"), Value(std::string(outcome))}};
  event.json = Value::map({{Value("type"), Value("track")},
                           {Value("event"), Value(event.name)},
                           {Value("messageId"), Value(event.message_id)},
                           {Value("properties"), Value::map(std::move(told))}});
  return event;
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
      ground::Batch batch;
      if (note_answer(person, asked, "seen", batch))
        store->commit(std::move(batch), ground::Durability::synced, [](const Result<void>&) {});
    }
  }
}

// False: the source it was told at has left the folder, and nothing is noted.
bool Partition::State::note_answer(remember::Person& person, const OpenQuestion& asked,
                                   std::string_view outcome, ground::Batch& batch) {
  const auto sender = sender_of(person.state, asked, *this);
  if (!sender || snapshot->source(sender->source) == nullptr) return false;
  return keep_own(person, noted(*snapshot, asked, outcome, clock.now()), *sender, batch)
      .has_value();
}

void Partition::State::expire_unused(remember::Person& person, ground::Batch& batch) {
  for (const OpenQuestion& asked : snapshot->questions) {
    const Standing standing = standing_of(person.state, asked);
    if (!standing.open() || standing.answered + listen::unused_answer_kept > clock.now()) continue;
    if (!note_answer(person, asked, "expired", batch)) continue;
    forget_leanings();
    expire_late.insert(person.state.id);  // the events that told it go in the next round
  }
}

void Partition::State::write_answers(ground::JsonWriter& out, const remember::PersonState& person,
                                     ground::LocaleId locale) const {
  out.key("answers").array();
  for (const OpenQuestion& asked : snapshot->questions) {
    const Standing standing = standing_of(person, asked);
    if (!standing.any()) continue;
    out.object().member("asks", asked.asks.in(locale));
    out.member("at", ground::format_instant(standing.answered));
    out.member("gives", asked.gives.says.in(locale));
    out.member("slot", snapshot->slots[asked.gives.slot.index].name);
    if (standing.over())
      out.member("expiredAt", ground::format_instant(standing.expired));
    else if (standing.seen >= standing.answered)
      out.member("seenAt", ground::format_instant(standing.seen));
    else
      out.member("until", ground::format_instant(standing.answered + asked.gives.within));
    out.end_object();
  }
  out.end_array();
}

void Partition::State::tally_give_backs(const remember::PersonState& person,
                                        GiveBacks& into) const {
  const Instant now = clock.now();
  for (const OpenQuestion& asked : snapshot->questions) {
    const Standing standing = standing_of(person, asked);
    if (!standing.any()) continue;
    GivenBack& one = into[asked.name];
    ++one.people;
    const Instant until = standing.answered + asked.gives.within;
    if (standing.over())
      ++one.expired;
    else if (standing.open())
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
    const uint64_t due = one.in_time + one.late + one.overdue + one.expired;
    out.object().member("id", name).member("people", one.people).member("inTime", one.in_time);
    out.member("late", one.late).member("open", one.open).member("overdue", one.overdue);
    out.member("expired", one.expired);
    if (due > 0) out.member("share", static_cast<double>(one.in_time) / static_cast<double>(due));
    out.end_object();
  }
  return out.end_array().end_object().take();
}

}  // namespace aizuchi::serve
