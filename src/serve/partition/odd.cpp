#include "serve/partition/odd.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "ground/base/json.h"
#include "remember/ledger/odd_use.h"
#include "respect/admission/computed.h"
#include "serve/partition/odd_looks.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::JsonWriter;
using ground::Result;
using ground::Space;
using ground::Value;

namespace {

constexpr uint64_t people_told_min = 20;  // of fewer no count tells
constexpr ground::Duration look_every = ground::Duration::minutes(10);

// What was used, and at what.
using Use = std::pair<std::string, std::string>;
using Uses = std::vector<Use>;

// Of one place of an answer: what was read of the person, at what was shown.
Uses uses_of(const decide::SlotDraft& draft, const ground::Snapshot& snapshot,
             std::string_view only) {
  Uses out;
  for (const decide::Pick& pick : draft.picks) {
    if (pick.candidate == SIZE_MAX) continue;
    std::string of = decide::odd_as_a_whole(*draft.slot) ? "@" + draft.slot->name
                                                         : snapshot.items[pick.item.index].name;
    for (const ground::ReadId id : draft.candidates[pick.candidate].touched) {
      const respect::Admitted* admitted = draft.admission->find(id);
      if (admitted == nullptr || admitted->impersonal()) continue;
      Use use{respect::known_as(snapshot, snapshot.reads[id]), of};
      const bool meant = !use.first.empty() && (only.empty() || use.first == only);
      if (meant && std::ranges::find(out, use) == out.end()) out.push_back(std::move(use));
    }
  }
  return out;
}

listen::Event event_of(const Use& use, const Odd::Mark& mark, ground::Instant now,
                       ground::Dice& dice) {
  listen::Event event{.name = std::string(listen::use_event), .at = now, .received_at = now};
  event.message_id = "odd-" + ground::to_hex(dice.next_128());
  event.json =
      Value::map({{Value("type"), Value("track")},
                  {Value("event"), Value(event.name)},
                  {Value("messageId"), Value(event.message_id)},
                  {Value("properties"),
                   Value::map({{Value("fact"), Value(use.first)},
                               {Value("item"), Value(use.second)},
                               {Value("allowed"), Value(false)},
                               {Value("slot"), Value(mark.slot)},
                               {Value("decisionId"), Value(ground::to_hex(mark.decision.raw))}})}});
  return event;
}

std::string accepted_json(const Uses& uses) {
  JsonWriter out;
  out.object().member("accepted", true).key("uses").array();
  for (const auto& [fact, of] : uses) {
    out.object().member("fact", fact);
    write_odd_place(out, of);
    out.end_object();
  }
  return out.end_array().end_object().take();
}

void write_count(JsonWriter& out, std::string_view name, uint64_t people) {
  out.key(name);
  if (people < people_told_min)
    out.null();
  else
    out.value(people);
}

void write_use(JsonWriter& out, const OddUse& use) {
  out.object().member("fact", use.fact);
  write_odd_place(out, use.of);
  out.member("state", use.stopped()                         ? "stopped"
                      : use.resumed_at != ground::Instant{} ? "resumed"
                                                            : "marked");
  write_count(out, "people", use.tally.marked);
  write_count(out, "met", use.tally.exposed);
  if (use.tally.marked >= people_told_min)
    out.member("share",
               static_cast<double>(use.tally.marked) / static_cast<double>(use.tally.exposed));
  if (use.stopped_at != ground::Instant{})
    out.member("stoppedAt", ground::format_instant(use.stopped_at));
  if (use.resumed_at != ground::Instant{})
    out.member("resumedAt", ground::format_instant(use.resumed_at))
        .member("resumedBy", use.resumed_by);
  out.end_object();
}

}  // namespace

void write_odd_place(JsonWriter& out, std::string_view of) {
  if (of.starts_with('@'))
    out.member("slot", of.substr(1));
  else
    out.member("item", of);
}

void Partition::State::note_odd(const remember::PersonState& person, decide::Question& question) {
  for (const remember::Objection& each : person.objections) {
    if (!each.holds) continue;
    if (const auto use = remember::odd_use(each.name))
      question.odd.push_back(ground::use_key(use->of_key(), use->fact));
  }
}

namespace {

// Whose it is, as a kept event says it.
void name_person(listen::Event& event, const remember::PersonState& person,
                 ground::Assurance proof) {
  const auto id = [&](std::string_view kind) {
    const auto found = std::ranges::find(person.identifiers, kind, &remember::Identifier::kind);
    return found == person.identifiers.end() ? std::string() : found->value;
  };
  event.user_id = proof >= ground::Assurance::a2 ? id(remember::user_id_kind) : "";
  if (event.user_id.empty()) event.anonymous_id = id(remember::anonymous_id_kind);
  if (event.user_id.empty() && event.anonymous_id.empty())
    event.user_id = id(remember::claimed_id_kind);
  auto members = event.json.as_map();
  const bool user = !event.user_id.empty();
  members.emplace_back(Value(user ? "userId" : "anonymousId"),
                       Value(user ? event.user_id : event.anonymous_id));
  event.json = Value::map(std::move(members));
}

}  // namespace

Result<void> Partition::State::keep_own(remember::Person& person, listen::Event event,
                                        const listen::Sender& sender, ground::Batch& batch) {
  name_person(event, person.state, sender.proof);
  batch.let_in();
  note_new_aggregates(person.state);
  const uint64_t sequence = ledger.append(person,
                                          {.source = sender.source,
                                           .proof = sender.proof,
                                           .at = event.at,
                                           .received_at = event.received_at,
                                           .body = ground::to_json(event.json)},
                                          batch);
  count(TRY(listen::apply(person.state, event, sequence, sender, *snapshot, vocabulary)));
  person.state.applied = sequence;
  ledger.touch(person);
  census.happened(person.state.id, event);
  keep_vocabulary(batch);
  return {};
}

Odd::Odd(Partition& partition) : partition_(partition), state_(*partition.state_) {}

// What is to be kept, and of whom.
struct Odd::Marking {
  remember::Person* person = nullptr;
  listen::Sender sender;
  Uses uses;
};

Result<Odd::Marking> Odd::marking(const Asking& viewer, const Mark& mark, const Key& key) {
  Partition::State& s = state_;
  const auto unknown = [] {
    return fail(ErrorCode::not_found, "There is no such decision for this viewer.",
                "Ask with the person it was made for, within 90 days.");
  };
  TRY(s.store->writable());
  const auto explained = partition_.explain(mark.decision, viewer, key);
  if (!explained && explained.error().code != ErrorCode::not_found)
    return std::unexpected(explained.error());
  const auto stored = TRY(s.store->get(Space::record, mark.decision.bytes()));
  if (!explained || explained->erased || !stored || stored->size() < 16) return unknown();
  Marking out;
  if (!key.secret) out.person = TRY(s.recall(viewer, key)).person;
  if (out.person == nullptr)
    out.person =
        TRY(s.ledger.find(*ground::PersonId::from_bytes(std::string_view(*stored).substr(0, 16))));
  const auto slot = std::ranges::find(explained->again, mark.slot,
                                      [](const auto& draft) { return draft.slot->name; });
  if (slot == explained->again.end())
    return fail(ErrorCode::not_found, "The decision has no such slot.",
                "Name a slot that it answered.");
  out.uses = uses_of(*slot, *explained->snapshot, mark.fact);
  if (out.person == nullptr || out.uses.empty())
    return fail(ErrorCode::invalid,
                mark.fact.empty() ? "Nothing that is known of you was used there."
                                  : "This was not used there.",
                "Send \"fact\" as a sentence of \"why\" names it, or leave it out for all.");
  const ground::Source* source = s.snapshot->source(key.source);
  if (source == nullptr || !key.may(Scope::ingest))
    return fail(ErrorCode::forbidden, "This key may not send what people say.",
                "Use one with the ingest scope, of a source in sources.yaml.");
  out.sender = {source->id, key.secret     ? ground::Assurance::a3
                            : viewer.proof ? ground::Assurance::a2
                                           : ground::Assurance::a0};
  const auto holding =
      std::ranges::count(out.person->state.objections, true, &remember::Objection::holds);
  if (static_cast<size_t>(holding) + out.uses.size() <= remember::PersonState::objections_max)
    return out;
  return fail(ErrorCode::conflict, "More things feel odd than can be noted.",
              "Take back the purpose as a whole: PUT /v1/me/purposes/{id}.");
}

void Odd::mark(const Asking& viewer, const Mark& mark, const Key& key, Done done) {
  Partition::State& s = state_;
  const auto marked = marking(viewer, mark, key);
  if (!marked) return done(std::unexpected(marked.error()));
  remember::Person& person = *marked->person;
  ground::Batch batch;
  for (const auto& use : marked->uses) {
    const remember::OddUse named{.fact = use.first, .of = use.second, .by_server = key.secret};
    if (person.state.objects(remember::odd_name(named), {})) continue;  // once
    listen::Event event = event_of(use, mark, s.clock.now(), s.dice);
    if (const auto kept = s.keep_own(person, std::move(event), marked->sender, batch); !kept)
      return done(std::unexpected(kept.error()));
    ++s.counters.odd_marks;
    if (!key.secret) note_fresh(use.first, use.second);
  }
  s.census.born(person.state.id);
  s.store->commit(std::move(batch), ground::Durability::synced,
                  [state = &s, json = accepted_json(marked->uses),
                   finish = std::move(done)](const Result<void>& written) mutable {
                    Result<std::string> answer = std::move(json);
                    if (!written) answer = std::unexpected(written.error());
                    state->hand_over([answer = std::move(answer), finish = std::move(finish)] {
                      finish(answer);
                    });
                  });
}

// With enough words since the last look everyone is looked at soon, rather than at noon.
void Odd::note_fresh(const std::string& fact, const std::string& of) {
  Partition::State& s = state_;
  OddUse& use = s.odd_uses->watch(fact, of);
  ++use.fresh;
  if (use.stopped() || use.tally.marked + use.fresh < s.snapshot->odd.people) return;
  const ground::Instant now = s.clock.now();
  const ground::Instant next =
      s.odd_uses->at.ms == INT64_MIN ? now : std::max(now, s.odd_uses->at + look_every);
  s.expire_due = std::min(s.expire_due, next);
}

Result<std::string> Odd::mark_and_wait(const Asking& viewer, const Mark& wanted, const Key& key) {
  // Shared: where a write failed it comes after we gave up.
  const auto told = std::make_shared<std::optional<Result<std::string>>>();
  mark(viewer, wanted, key, [told](const Result<std::string>& outcome) { *told = outcome; });
  TRY(state_.store->commit_and_wait({}, ground::Durability::synced));
  if (!*told) partition_.tick();
  AIZ_ASSERT(told->has_value());
  return **told;
}

std::string Odd::list_json() {
  Partition::State& s = state_;
  const OddUses& odd = *s.odd_uses;
  const ground::Instant now = s.clock.now();
  if (!odd.uses.empty() && (odd.at.ms == INT64_MIN || now > odd.at + look_every))
    s.expire_due = std::min(s.expire_due, now);
  std::vector<const OddUse*> uses;
  uses.reserve(odd.uses.size());
  for (const auto& [name, use] : odd.uses) uses.push_back(&use);
  const auto told = [](const OddUse* use) {  // nor does the order tell of fewer
    return use->tally.marked < people_told_min ? 0 : use->tally.marked;
  };
  std::ranges::sort(uses, [&](const OddUse* a, const OddUse* b) {
    return std::tuple(b->stopped(), told(b), a->of, a->fact) <
           std::tuple(a->stopped(), told(a), b->of, b->fact);
  });
  JsonWriter out;
  out.object();
  if (odd.at.ms == INT64_MIN)
    out.key("at").null();
  else
    out.member("at", ground::format_instant(odd.at));
  out.member("fewerThan", people_told_min);
  if (s.snapshot)
    out.key("stopsAt")
        .object()
        .member("people", uint64_t{s.snapshot->odd.people})
        .member("share", s.snapshot->odd.share)
        .end_object();
  out.key("uses").array();
  for (const OddUse* use : uses) write_use(out, *use);
  return out.end_array().end_object().take();
}

bool Odd::looked(ground::Instant since) {
  Partition::State& s = state_;
  if (s.odd_uses->at >= since && !s.odd_uses->found_new) return true;
  if (!s.expiring) s.expire_due = std::min(s.expire_due, s.clock.now());
  return false;
}

Result<std::string> Odd::resume(const std::string& of, const std::string& fact,
                                std::string_view by) {
  Partition::State& s = state_;
  const auto known = s.odd_uses->uses.find(remember::odd_name({.fact = fact, .of = of}));
  if (known == s.odd_uses->uses.end() || !known->second.stopped())
    return fail(ErrorCode::not_found, "No such use is stopped.",
                "`aizuchi odd list` shows what is.");
  OddUse use = known->second;
  // After the stop, though the clock was set back.
  use.resumed_at = std::max(s.clock.now(), use.stopped_at + ground::Duration{1});
  use.resumed_by = by;
  use.tally = {};
  TRY(s.keep_odd(use, by, "odd.resume", ""));
  JsonWriter out;
  write_use(out, use);
  return out.take();
}

uint64_t Odd::stopped() const {
  return static_cast<uint64_t>(std::ranges::count_if(
      state_.odd_uses->uses, [](const auto& one) { return one.second.stopped(); }));
}

}  // namespace aizuchi::serve
