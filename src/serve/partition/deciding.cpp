// A question: who asks about whom, what is decided, and what is kept of it.
#include <fmt/format.h>

#include <algorithm>

#include "decide/pipeline/pipeline.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::Assurance;
using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Space;
using ground::Value;

std::string record_aad(ground::DecisionId id) {
  return "record" + std::string(id.bytes());
}

namespace {

constexpr std::string_view context_fields[] = {"page",   "device",   "referrer",
                                               "locale", "for_whom", "hour"};

respect::Situation situation_of(const Ask& ask, Assurance viewer, ground::Instant now) {
  respect::Situation situation{.viewer = viewer, .now = now, .now_value = Value(now)};
  situation.opts_out = ask.person.opts_out;
  for (const std::string_view field : context_fields)
    if (const Value* value = ask.context.find(field)) situation.context.emplace_back(field, *value);
  return situation;
}

ground::LocaleId locale_of(const ground::Snapshot& snapshot, const Value& context) {
  const Value* tag = context.find("locale");
  return tag != nullptr && tag->is(Value::Kind::string) ? snapshot.locale(tag->as_string())
                                                        : ground::LocaleId{0};
}

uint64_t first_8(ground::DecisionId id) {
  uint64_t out = 0;
  for (size_t i = 0; i < 8; ++i) out = out << 8 | id.raw[i];
  return out;
}

}  // namespace

ground::DecisionId Partition::State::next_decision_id() {
  constexpr size_t time_bytes = 6;
  const int64_t now_ms = clock.now().ms;
  ground::DecisionId id{dice.next_128()};
  for (size_t i = 0; i < time_bytes; ++i) id.raw[i] = static_cast<uint8_t>(now_ms >> (40 - 8 * i));
  const auto& last = last_decision.raw;
  const bool same_time = std::equal(last.begin(), last.begin() + time_bytes, id.raw.begin());
  id.raw[time_bytes] = same_time ? static_cast<uint8_t>(std::min(last[time_bytes] + 1, 255)) : 0;
  return last_decision = id;
}

Result<Partition::State::Found> Partition::State::recall(const Asking& asking, const Key& key) {
  if (asking.proof)
    return Found{TRY(person_of(remember::user_id_kind, asking.user_id)), Assurance::a2};
  if (!key.secret) {
    // A public key's userId is a claim: it reads nothing, or at most what was said under it. An
    // unguessable device id is possession.
    const bool claims = snapshot && snapshot->identity == ground::IdentityRule::optional;
    if (asking.anonymous_id.empty() && claims && !asking.user_id.empty())
      return Found{TRY(person_of(remember::claimed_id_kind, asking.user_id)), Assurance::a1};
    if (asking.anonymous_id.empty() || !possesses(asking, asking.anonymous_id)) return Found{};
    return Found{TRY(person_of(remember::anonymous_id_kind, asking.anonymous_id)), Assurance::a1};
  }
  Found found;
  if (!asking.user_id.empty()) {
    found.person = TRY(person_of(remember::user_id_kind, asking.user_id));
    found.viewer = asking.assurance.value_or(Assurance::a3);
  } else {
    found.person = TRY(person_of(remember::anonymous_id_kind, asking.anonymous_id));
    found.viewer = asking.assurance.value_or(Assurance::a1);
  }
  return found;
}

void Partition::State::note_said(const Answer& answer, remember::Person& person,
                                 ground::Instant now) {
  auto& said = person.state.said;
  for (const decide::SlotDraft& slot : answer.draft.slots) {
    for (const decide::Pick& pick : slot.picks) {
      const ground::ItemKey item = pick.product.valid()
                                       ? answer.snapshot->products[pick.product.index].key
                                       : answer.snapshot->items[pick.item.index].key;
      if (said.size() >= remember::PersonState::said_max) {
        // What was said of questions stays: each is there once.
        const auto oldest =
            std::ranges::find_if(said, [](const auto& s) { return s.decision != 0; });
        said.erase(oldest == said.end() ? said.begin() : oldest);
      }
      said.push_back(
          {.item = item, .slot = slot.slot->key, .decision = first_8(answer.id), .at = now});
    }
  }
  ledger.touch(person);
}

std::string Partition::State::record_aad(ground::DecisionId id) {
  return "record" + std::string(id.bytes());
}

void Partition::State::write_record(const Answer& answer, const decide::Question& question,
                                    const remember::Person* person) {
  const std::string plain = decide::encode_record(question, answer.draft);
  std::string value(person == nullptr ? ground::PersonId{}.bytes() : person->state.id.bytes());
  value += ledger.seal(person, record_aad(answer.id), plain);
  ground::Batch batch;
  batch.put(Space::record, answer.id.bytes(), value);
  store->commit(std::move(batch), ground::Durability::relaxed, [](const Result<void>&) {});
}

namespace {

void count_not_sold(const decide::SlotDraft& slot, Counters& counters) {
  const bool any = std::ranges::any_of(
      slot.candidates, [&](const decide::Candidate& each) { return each.drop == slot.selling; });
  if (any) ++counters.selling_stopped[slot.selling == decide::Drop::promise_overdue ? 0 : 1];
}

}  // namespace

void Partition::State::count(const Answer& answer) {
  ++counters.decisions;
  counters.stage_us[0] += static_cast<uint64_t>(answer.draft.recall_us);
  for (const decide::SlotDraft& slot : answer.draft.slots) {
    ++counters.slots;
    counters.fallbacks += slot.reason == decide::Reason::nothing_fits ? 1 : 0;
    counters.given_orders += slot.reason == decide::Reason::given_order ? 1 : 0;
    counters.silences += slot.reason == decide::Reason::silence ? 1 : 0;
    counters.stopped += slot.reason == decide::Reason::stopped ? 1 : 0;
    counters.failures += slot.reason == decide::Reason::failed ? 1 : 0;
    counters.slots_with_withheld += slot.admission->withheld().empty() ? 0 : 1;
    ++counters.layers[static_cast<size_t>(slot.layer)];
    count_choice(slot);
    if (slot.selling != decide::Drop::none) count_not_sold(slot, counters);
    for (size_t i = 0; i < decide::stage_count; ++i)
      counters.stage_us[i] += static_cast<uint64_t>(std::max<int64_t>(0, slot.stage_us[i]));
  }
}

decide::Question Partition::State::question_of(const Ask& ask, const Viewing& viewing,
                                               Answer& answer) {
  answer.locale = locale_of(*answer.snapshot, ask.context);
  decide::Question question{.snapshot = *answer.snapshot,
                            .situation = situation_of(ask, viewing.viewer, viewing.now),
                            .locale = answer.locale,
                            .mode = ask.mode,
                            .choice_key = choice_key,
                            .overrides = overrides.empty() ? nullptr : &overrides,
                            .person = viewing.person};
  for (const std::string& name : ask.slots) {
    const ground::Slot* slot = answer.snapshot->slot(name);
    if (slot == nullptr)
      answer.unknown_slots.push_back(name);
    else
      question.slots.push_back(slot);
  }
  question.situation.population = population.get();
  question.recommenders = recommenders.get();
  question.learned = learned_choice.get();
  question.leanings = leanings.get();
  question.stopwatch_us = [this] { return clock.monotonic_us(); };
  return question;
}

Answer Partition::decide(const Ask& ask, const Key& key) {
  State& s = *state_;
  Answer answer{.id = s.next_decision_id(), .snapshot = s.snapshot};
  if (!s.snapshot) {
    answer.unknown_slots = ask.slots;
    return answer;
  }
  const bool live = ask.mode == ground::Mode::live;
  if (ask.mode == ground::Mode::preview)
    if (auto previewed = preview(ask, key)) return *std::move(previewed);
  if (live && (!ask.events.is_null() || s.has_news(key, ask.person))) {
    // Part of this decision at once; durable when the log is.
    const Value none = Value::list({});
    if (auto events = listen::read_events(ask.events.is_null() ? none : ask.events, std::nullopt,
                                          s.clock.now(), {.ids_needed = false})) {
      // What is not let in at all, by the key or the disk, is told before ingest() returns.
      const auto let_in = std::make_shared<bool>(true);
      const size_t sent = events->events.size();
      ingest(*std::move(events), key, ask.person, [let_in](const Result<Ingested>& outcome) {
        if (!outcome) *let_in = false;
      });
      answer.events_accepted = *let_in ? sent : 0;
    }
  }
  const ground::Instant now = s.clock.now();
  // A person whose state cannot be read is nobody here: the page still gets its answer.
  const State::Found found = s.recall(ask.person, key).value_or(State::Found{});
  if (found.person != nullptr) (void)s.bring_up(*found.person);
  const std::string seed = found.person != nullptr
                               ? std::string(found.person->state.dice_at(now).first.bytes())
                               : State::seed_of_nobody(ask.person);
  decide::Question question = s.question_of(ask, {found.viewer, now, seed}, answer);
  if (found.person != nullptr) State::decide_for_another(found.person->state, question);
  question.recall = [&] {
    return respect::Handle(found.person == nullptr ? nullptr : &found.person->state, s);
  };
  if (found.person != nullptr) State::note_odd(found.person->state, question);
  if (live && found.person != nullptr) s.promise_back(*found.person, question);
  answer.draft = decide::decide(question);
  if (!live) return answer;
  if (!question.gives_back.empty()) s.give_back(*found.person, question, answer);
  s.count(answer);
  s.write_record(answer, question, found.person);
  if (found.person != nullptr) s.note_said(answer, *found.person, now);
  return answer;
}

Answer Partition::give_up(const Ask& ask) {
  State& s = *state_;
  Answer answer{.id = s.next_decision_id(), .snapshot = s.snapshot};
  if (!s.snapshot) {
    answer.unknown_slots = ask.slots;
    return answer;
  }
  decide::Question question =
      s.question_of(ask, {Assurance::a0, s.clock.now(), State::seed_of_nobody(ask.person)}, answer);
  question.recall = [&] { return respect::Handle(nullptr, s); };
  answer.draft = decide::give_up(question);
  s.counters.shed += answer.draft.slots.size();
  return answer;
}

Result<Partition::Explained> Partition::explain(ground::DecisionId id, const Asking& viewer,
                                                const Key& key) {
  State& s = *state_;
  const auto unknown = [] {
    return fail(ErrorCode::not_found, "there is no such decision for this viewer",
                "records are kept 90 days; after an erase the decision answers this too");
  };
  // Decided a moment ago, it may still be queued. It is waited for whether it is there or not, and
  // the viewer looked up, so that an id that was never made takes as long as somebody else's.
  TRY(s.settle());
  const State::Found found = TRY(s.recall(viewer, key));
  // What the device was told before its person was proven is still theirs to ask about.
  const remember::Person* device = nullptr;
  if (State::possesses(viewer, viewer.anonymous_id))
    device = TRY(s.person_of(remember::anonymous_id_kind, viewer.anonymous_id));
  const auto stored = TRY(s.store->get(Space::record, id.bytes()));
  if (stored == erased_record && key.secret) return Explained{.erased = true};
  if (!stored || stored->size() < 16) return unknown();
  const auto owner = ground::PersonId::from_bytes(std::string_view(*stored).substr(0, 16));
  if (!key.secret) {
    const auto owns = [&](const remember::Person* p) {
      return p != nullptr && p->state.id == *owner;
    };
    if (!owns(found.person) && !owns(device)) return unknown();
  }
  if (!owner->empty() && TRY(s.ledger.find(*owner)) == nullptr) return Explained{.erased = true};
  const auto plain =
      s.ledger.open(*owner, State::record_aad(id), std::string_view(*stored).substr(16));
  if (!plain) return unknown();
  Explained out{.record = TRY(decide::decode_record(*plain))};
  out.snapshot = TRY(s.snapshot_of(out.record.version));
  out.locale = out.record.locale;
  for (const decide::RecordedSlot& recorded : out.record.slots) {
    const ground::Slot* slot = out.snapshot->slot(recorded.slot);
    if (slot == nullptr)
      return fail(ErrorCode::corrupted, "the record names a slot its version does not have");
    out.overrides.push_back(
        std::make_unique<ground::Overrides>(decide::overrides_of(recorded, *out.snapshot)));
    auto question = std::make_unique<decide::Question>(
        decide::Question{.snapshot = *out.snapshot,
                         .slots = {slot},
                         .situation = {.viewer = out.record.viewer, .now = out.record.at},
                         .locale = out.record.locale,
                         .mode = ground::Mode::replay,
                         .overrides = out.overrides.back().get()});
    question->stopwatch_us = [] { return int64_t{0}; };
    // For counterfactuals only: a replay says again what the record says was said.
    question->learned = s.learned_choice.get();
    out.again.push_back(decide::decide_again(*question, recorded));
    out.differences.push_back(decide::difference(recorded, out.again.back(), *out.snapshot));
    out.questions.push_back(std::move(question));
  }
  s.check_scales(out);
  return out;
}

}  // namespace aizuchi::serve
