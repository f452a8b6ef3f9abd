// Single values, as their person wants them: put right, or forgotten. What is forgotten goes from
// the state and from every event that told it: such an event leaves a tombstone, and is written
// again without the value when it told more than that. Counts are made again from what is left, in
// the same batch; so a crash finds either all of it or nothing. What was forgotten is noted as an
// erasure is (erasing.cpp): a restored backup, or an event that comes late, does not bring it back.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ground/base/bytes.h"
#include "ground/base/json.h"
#include "ground/base/text.h"
#include "ground/store/signature.h"
#include "respect/admission/computed.h"
#include "serve/partition/state.h"
#include "serve/partition/webhooks.h"

namespace aizuchi::serve {

using ground::Assurance;
using ground::Batch;
using ground::Erasure;
using ground::ErrorCode;
using ground::fail;
using ground::PersonId;
using ground::ReadKind;
using ground::Result;
using ground::Space;
using ground::Value;
using remember::Person;
using Table = ground::Vocabulary::Table;

namespace {

constexpr std::string_view lookup_kind = "value";
constexpr std::string_view no_facts[] = {"cart", "visits", listen::threads_name};

// An event of the history that is not left as it was.
struct Changed {
  remember::LogRecord record;
  std::string body;  // as it is written again; "": not at all
};

template <typename T>
void erase_of(std::vector<T>& list, ground::Instant at) {
  std::erase_if(list, [&](const T& each) { return each.at == at; });
}

// Everything that the state has from one event which goes.
void take_out(remember::PersonState& person, const remember::LogRecord& record) {
  erase_of(person.seen, record.at);
  erase_of(person.bought, record.at);
  erase_of(person.complained, record.at);
  erase_of(person.cart, record.at);
  const auto evidence = [&](const auto& each) { return each.evidence == record.sequence; };
  std::erase_if(person.facts, evidence);
  std::erase_if(person.said_elsewhere, evidence);
  std::erase_if(person.threads, evidence);
}

// Does a read rest on this fact, however far down?
bool rests_on(const ground::Snapshot& snapshot, const ground::Read& read, ground::FactId fact) {
  return std::ranges::any_of(read.inputs, [&](ground::ReadId id) {
    const ground::Read& input = snapshot.reads[id];
    return (input.kind == ReadKind::fact && input.fact == fact) || rests_on(snapshot, input, fact);
  });
}

// What somebody has to forget so that this is not concluded again; empty when the name is of
// nothing that is computed.
std::vector<std::string> behind_computed(const ground::Snapshot& snapshot,
                                         const std::string& name) {
  for (const ground::Read& read : snapshot.reads)
    if (respect::name_of(snapshot, read) == name)
      return respect::rests_on(snapshot, {.what = respect::Computed::What::derived,
                                          .index = read.id,
                                          .value = {},
                                          .purposes = {}});
  for (size_t i = 0; i < snapshot.audiences.size(); ++i)
    if (snapshot.audiences[i].name == name && snapshot.fact(name) == nullptr)
      return respect::rests_on(snapshot, {.what = respect::Computed::What::audience,
                                          .index = static_cast<uint16_t>(i),
                                          .value = {},
                                          .purposes = {}});
  return {};
}

}  // namespace

void renumber(remember::PersonState& person, uint64_t before, uint64_t now) {
  const auto each = [&](auto& list) {
    for (auto& one : list)
      if (one.evidence == before) one.evidence = now;
  };
  each(person.facts);
  each(person.consents);
  each(person.said_elsewhere);
  each(person.objections);
  each(person.threads);
  each(person.wishes);
  each(person.past_consents);
}

std::string values_key(const Erasure& note) {
  return fmt::format("{}{}/{:016x}", meta_values_forgotten, ground::to_hex(note.person),
                     note.sequence);
}

// ---- what was forgotten before

void Partition::State::keep_values(const Erasure& note, Batch& batch) {
  batch.put(Space::meta, values_key(note), ground::encode_erasure(note));
  know_values(note);
}

void Partition::State::know_values(const Erasure& note) {
  forget_leanings();
  values_forgotten[PersonId{note.person}].push_back(note);
  values_last = std::max(values_last, note.at);
  erased_last = std::max(erased_last, note.at);  // the files are to be swept
  schedule_usual();
}

listen::Forgotten Partition::State::forgotten_by(const Erasure& note) const {
  return [this, lookups = note.lookups](std::string_view name) {
    return std::ranges::find(lookups, vault->lookup(lookup_kind, name)) != lookups.end();
  };
}

bool Partition::State::keep_forgotten(listen::Event& event, const Person& person,
                                      Assurance proof) const {
  const auto notes = values_forgotten.find(person.state.id);
  if (notes == values_forgotten.end()) return true;
  for (const Erasure& note : notes->second) {
    const bool theirs =
        static_cast<Assurance>(note.viewer) >= Assurance::a2 || proof < Assurance::a2;
    if (event.at > note.at || !theirs) continue;
    if (listen::forget_in(event, *snapshot, forgotten_by(note)) == listen::Remains::nothing)
      return false;
  }
  return true;
}

Result<void> Partition::State::load_values() {
  std::map<std::string, Erasure, std::less<>> done;
  Result<void> outcome;
  const auto each = [&](std::string_view name, std::string_view value) {
    const auto note = ground::decode_erasure(value);
    if (!note) outcome = std::unexpected(note.error());
    if (note) done.emplace(name, *note);
    return outcome.has_value();
  };
  TRY(store->scan(Space::meta, meta_values_forgotten, "", ground::Direction::forward, each));
  TRY(outcome);
  for (const auto& [name, note] : done) know_values(note);
  std::set<std::string> beside;
  for (const Erasure& note : values_to_replay) beside.insert(values_key(note));
  std::erase_if(values_to_replay,
                [&](const Erasure& note) { return done.contains(values_key(note)); });
  if (options.data_directory.empty() || options.as_it_is) return {};
  for (const auto& [name, note] : done)
    if (!beside.contains(name)) TRY(note_beside(options.keyring_directory, {note}));
  return {};
}

// Noted beside the keyring and not here: this was restored from a backup from before.
Result<void> Partition::State::replay_values() {
  if (options.as_it_is || !snapshot) return {};
  for (const Erasure& note : std::exchange(values_to_replay, {})) {
    Person* person = TRY(ledger.find(PersonId{note.person}));
    if (person == nullptr) continue;
    Batch batch;
    ValuesGone gone;
    TRY(store->commit_and_wait({}, ground::Durability::relaxed));
    TRY(forget_values(*person, forgotten_by(note), note, batch, gone));
    keep_values(note, batch);
    TRY(store->commit_and_wait(std::move(batch), ground::Durability::synced));
  }
  return {};
}

// ---- forgetting

Result<std::vector<std::string>> Partition::State::names_behind(const std::string& name) const {
  const ground::FactRule* rule = snapshot->fact(name);
  if (auto behind = behind_computed(*snapshot, name); !behind.empty()) return behind;
  const bool known = rule != nullptr || vocabulary.find(Table::fact, name) ||
                     vocabulary.find(Table::aggregate, name) ||
                     std::ranges::find(no_facts, name) != std::end(no_facts);
  if (!known) {
    std::vector<std::string> names;
    for (const ground::FactRule& each : snapshot->facts) names.push_back(each.name);
    const std::string meant = ground::nearest(name, names);
    return fail(ErrorCode::not_found, "There is no such fact, and nothing of this name is counted.",
                meant.empty() ? "GET /v1/me names what is kept." : "Did you mean " + meant + "?");
  }
  return std::vector<std::string>{name};
}

// All of them; or what a fact that is forgotten told of them too: what they are about.
size_t Partition::State::forget_in_threads(remember::PersonState& person,
                                           const listen::Forgotten& forgotten, Assurance viewer) {
  const auto theirs = [&](const remember::Thread& thread) {
    return viewer >= Assurance::a2 || provenance(thread.provenance).viewer_min < Assurance::a2;
  };
  if (forgotten(listen::threads_name)) return std::erase_if(person.threads, theirs);
  size_t gone = 0;
  for (remember::Thread& thread : person.threads) {
    if (thread.topic.empty() || !theirs(thread)) continue;
    const bool tells = std::ranges::any_of(snapshot->events, [&](const ground::EventRule& event) {
      const auto gone_fact = [&](ground::FactId id) {
        const ground::FactRule* fact = snapshot->fact(id);
        return fact != nullptr && forgotten(fact->name);
      };
      if (!event.thread || event.thread->kind != thread.kind) return false;
      if (thread.heard) return event.hears && gone_fact(event.hears->concern);
      return std::ranges::any_of(event.facts, [&](const auto& mapped) {
        return mapped.first == event.thread->topic && gone_fact(mapped.second);
      });
    });
    if (!tells) continue;
    thread.topic.clear();
    thread.heard = false;
    ++gone;
  }
  return gone;
}

void Partition::State::forget_in_state(remember::PersonState& person,
                                       const listen::Forgotten& forgotten, Assurance viewer,
                                       ValuesGone& gone) {
  const auto of_fact = [&](const remember::Fact& fact) {
    return (viewer >= Assurance::a2 || provenance(fact.provenance).viewer_min < Assurance::a2) &&
           forgotten(vocabulary.name(Table::fact, fact.key.index));
  };
  gone.facts += std::erase_if(person.facts, of_fact);
  // The worry that was heard goes with what it was kept as.
  for (const ground::EventRule& event : snapshot->events) {
    const ground::FactRule* heard = event.hears ? snapshot->fact(event.hears->concern) : nullptr;
    if (heard == nullptr || !forgotten(heard->name)) continue;
    for (const ground::Concern& concern : snapshot->concerns)
      std::erase_if(person.complained, [&](const remember::Complained& each) {
        return each.product == ground::item_key(listen::worry_kind, concern.name);
      });
  }
  // Of an aggregate that the folder has no more, nothing says which events fed it.
  const auto of_old = [&](const remember::Aggregate& aggregate) {
    return std::ranges::find(snapshot->aggregates, aggregate.id, &ground::Aggregate::id) ==
               snapshot->aggregates.end() &&
           forgotten(vocabulary.name(Table::aggregate, aggregate.id.index));
  };
  gone.aggregates += std::erase_if(person.aggregates, of_old);
  if (forgotten("cart")) gone.facts += std::exchange(person.cart, {}).size();
  if (forgotten("visits")) gone.aggregates += std::exchange(person.visits, {}).empty() ? 0 : 1;
  gone.facts += forget_in_threads(person, forgotten, viewer);
  note_threads(person);
}

Result<void> Partition::State::forget_values(Person& person, const listen::Forgotten& forgotten,
                                             const Erasure& note, Batch& batch, ValuesGone& gone) {
  const auto viewer = static_cast<Assurance>(note.viewer);
  const std::vector<bool> touched = listen::aggregates_touched(*snapshot, forgotten);
  remember::PersonState counted{.id = person.state.id, .wishes = person.state.wishes};
  std::vector<Changed> changed;
  const auto each = [&](Person&, const remember::LogRecord& record) -> Result<bool> {
    listen::Event event = TRY(listen::read_kept_event(record.body, record.at, record.received_at));
    const bool theirs = viewer >= Assurance::a2 || record.proof < Assurance::a2;
    const auto remains =
        theirs ? listen::forget_in(event, *snapshot, forgotten) : listen::Remains::all;
    if (remains == listen::Remains::nothing) {
      changed.push_back({record, ""});
      return true;
    }
    if (remains == listen::Remains::some) changed.push_back({record, ground::to_json(event.json)});
    (void)listen::apply_aggregates(counted, event, {record.source, record.proof}, *snapshot,
                                   vocabulary, touched, record.received_at);
    return true;
  };
  TRY(ledger.history(person, ground::Direction::forward, each));
  forget_in_state(person.state, forgotten, viewer, gone);
  if (changed.empty() && gone.facts + gone.aggregates == 0) return {};
  TRY(trace(Space::state, person.state.id.bytes()));
  for (Changed& one : changed) {
    ground::ByteWriter key;
    key.be64(one.record.sequence);
    TRY(trace(Space::log, key.view()));
    TRY(ledger.erase_record(person, one.record, batch));
    ++(one.body.empty() ? gone.erased : gone.rewritten);
    if (one.body.empty()) {
      take_out(person.state, one.record);
      continue;
    }
    const uint64_t before = one.record.sequence;
    one.record.body = std::move(one.body);
    person.state.applied = ledger.append(person, one.record, batch);
    renumber(person.state, before, person.state.applied);
  }
  for (size_t i = 0; i < touched.size(); ++i) {
    if (!touched[i]) continue;
    const ground::AggregateId id = snapshot->aggregates[i].id;
    const remember::Aggregate* again = counted.find(id);
    remember::Aggregate& aggregate = person.state.aggregate(id);
    const bool warming = aggregate.warming;
    aggregate = again == nullptr ? remember::Aggregate{.id = id} : *again;
    aggregate.warming = warming;
    ++gone.aggregates;
  }
  keep_vocabulary(batch);
  ledger.write_with(person, batch);
  census.born(person.state.id);
  learn_visits(person.state);
  return {};
}

void Partition::forget_value(const Asking& person, const std::string& name, const Key& key,
                             EraseDone done) {
  State& s = *state_;
  if (const auto open = s.store->writable(); !open && open.error().code != ErrorCode::storage_full)
    return done(std::unexpected(open.error()));
  if (!s.snapshot)
    return done(fail(ErrorCode::unavailable, "no brand folder is published yet",
                     "run `aizuchi apply DIR`"));
  const auto names = s.names_behind(name);
  if (!names) return done(std::unexpected(names.error()));
  Batch batch;
  batch.let_in();
  State::ValuesGone gone{.names = *names};
  std::vector<Erasure> fresh;
  const auto forget_all = [&]() -> Result<void> {
    const State::Found found = TRY(s.recall(person, key));
    if (found.person == nullptr) return {};
    TRY(s.store->commit_and_wait({}, ground::Durability::relaxed));
    const Assurance viewer = key.secret ? Assurance::a3 : found.viewer;
    Erasure note{.what = ground::Erased::values,
                 .viewer = static_cast<uint8_t>(viewer),
                 .person = found.person->state.id.raw,
                 .sequence = s.ledger.last_sequence(),
                 .at = s.clock.now()};
    for (const std::string& each : *names)
      note.lookups.push_back(s.vault->lookup(lookup_kind, each));
    TRY(s.forget_values(*found.person, s.forgotten_by(note), note, batch, gone));
    if (gone.facts + gone.aggregates + gone.erased + gone.rewritten == 0) return {};
    s.keep_values(note, batch);
    ground::ValueList told;
    for (const std::string& each : *names) told.emplace_back(each);
    s.tell(EffectKind::values_forgotten, found.person->state,
           {{Value("names"), Value::list(std::move(told))}}, batch);
    fresh.push_back(note);
    return {};
  };
  const Result<void> all = forget_all();
  Result<Receipt> answer = s.receipt_of(gone, key.id, s.clock.now());
  if (!all) answer = std::unexpected(all.error());
  const bool audited = all && !fresh.empty();
  if (audited)
    s.audit.add(batch, s.clock.now(), key.id, "person.forget", name, "who it was is not kept");
  s.commit_erasure(std::move(batch), std::move(fresh), std::move(answer), audited, std::move(done));
}

Result<Partition::Receipt> Partition::forget_value_and_wait(const Asking& person,
                                                            const std::string& name,
                                                            const Key& key) {
  // Shared: where a write failed it comes after we gave up.
  const auto answer = std::make_shared<std::optional<Result<Receipt>>>();
  forget_value(person, name, key, [answer](const Result<Receipt>& outcome) { *answer = outcome; });
  TRY(state_->store->commit_and_wait({}, ground::Durability::synced));
  if (!*answer) tick();
  AIZ_ASSERT(answer->has_value());
  return **answer;
}

// ---- correcting

namespace {

Result<void> may_be_corrected(const ground::FactRule* rule, const Value& value,
                              const ground::Snapshot& snapshot, const Key& key) {
  if (rule == nullptr)
    return fail(ErrorCode::not_found, "There is no such fact.", "GET /v1/me names what is kept.");
  if (rule->derived)
    return fail(ErrorCode::invalid, "This is computed from other facts.",
                "Correct one of those, or forget this one.");
  if (listen::needs_proof(*rule) && !key.secret)
    return fail(ErrorCode::forbidden, "Of this, a server's word is needed.",
                "Your backend corrects it with a secret key of the scope privacy, or signs it as a "
                "trait of the person token.");
  if (!listen::fitted(value, *rule, snapshot))
    return fail(ErrorCode::invalid, "\"value\" is not what this fact holds.",
                "Its type is in facts.yaml: a text, number, date, one of a list …");
  return {};
}

listen::Event correction(const Asking& asking, const std::string& fact, const Value& value,
                         const std::string& id, ground::Instant now) {
  const bool user = !asking.user_id.empty();
  listen::Event event{.message_id = id,
                      .user_id = asking.user_id,
                      .anonymous_id = user ? "" : asking.anonymous_id,
                      .name = std::string(listen::corrected_event),
                      .at = now,
                      .received_at = now};
  event.json = Value::map(
      {{Value("type"), Value("track")},
       {Value("event"), Value(event.name)},
       {Value("messageId"), Value(id)},
       {Value(user ? "userId" : "anonymousId"), Value(user ? asking.user_id : asking.anonymous_id)},
       {Value("properties"), Value::map({{Value("fact"), Value(fact)}, {Value("value"), value}})}});
  return event;
}

}  // namespace

void Partition::correct(const Asking& asking, const std::string& fact, const Value& value,
                        const Key& key, CorrectDone done) {
  State& s = *state_;
  if (const auto open = s.store->writable(); !open) return done(std::unexpected(open.error()));
  if (!s.snapshot)
    return done(fail(ErrorCode::unavailable, "no brand folder is published yet",
                     "run `aizuchi apply DIR`"));
  const ground::FactRule* rule = s.snapshot->fact(fact);
  if (const auto may = may_be_corrected(rule, value, *s.snapshot, key); !may)
    return done(std::unexpected(may.error()));
  const auto found = s.recall(asking, key);
  if (!found) return done(std::unexpected(found.error()));
  const ground::Source* source = s.snapshot->source(key.source);
  if (source == nullptr) source = &s.snapshot->sources.front();
  const bool proven = key.secret || found->viewer >= Assurance::a2;
  const listen::Sender sender{source->id, key.secret ? Assurance::a3
                                          : proven   ? Assurance::a2
                                                     : Assurance::a0};
  Corrected out;
  if (found->person != nullptr)
    for (const remember::Fact& each : found->person->state.facts) {
      const ground::Provenance& p = s.provenance(each.provenance);
      out.places += each.key == rule->id && p.subject != ground::Subject::gift &&
                    (proven || p.viewer_min < Assurance::a2);
    }
  // Nobody, and somebody of whom it is not known, are alike.
  if (out.places == 0)
    return done(fail(ErrorCode::not_found, "Nothing is known of this fact that could be corrected.",
                     "What is told for the first time is sent as an event."));
  for (const ground::Read& read : s.snapshot->reads)
    if (rests_on(*s.snapshot, read, rule->id)) out.recomputed.push_back(read.name);
  Person& person = *found->person;
  const listen::Event event = correction(
      asking, fact, value, "corrected-" + ground::to_hex(s.dice.next_128()), s.clock.now());
  Batch batch;
  batch.let_in();
  s.note_new_aggregates(person.state);
  const uint64_t sequence = s.ledger.append(person,
                                            {.source = sender.source,
                                             .proof = sender.proof,
                                             .at = event.at,
                                             .received_at = event.received_at,
                                             .body = ground::to_json(event.json)},
                                            batch);
  const auto applied =
      listen::apply(person.state, event, sequence, sender, *s.snapshot, s.vocabulary);
  person.state.applied = sequence;
  s.ledger.touch(person);
  s.census.born(person.state.id);
  s.learn_visits(person.state);
  s.keep_vocabulary(batch);
  s.tell(EffectKind::fact_corrected, person.state, {{Value("fact"), Value(fact)}}, batch);
  s.store->commit(
      std::move(batch), ground::Durability::synced,
      [state = &s, applied, out, finish = std::move(done)](const Result<void>& written) mutable {
        Result<Corrected> answer = std::move(out);
        if (!applied) answer = std::unexpected(applied.error());
        if (!written) answer = std::unexpected(written.error());
        state->hand_over(
            [answer = std::move(answer), finish = std::move(finish)] { finish(answer); });
      });
}

Result<Partition::Corrected> Partition::correct_and_wait(const Asking& person,
                                                         const std::string& fact,
                                                         const Value& value, const Key& key) {
  // Shared: where a write failed it comes after we gave up.
  const auto answer = std::make_shared<std::optional<Result<Corrected>>>();
  correct(person, fact, value, key,
          [answer](const Result<Corrected>& outcome) { *answer = outcome; });
  TRY(state_->store->commit_and_wait({}, ground::Durability::synced));
  if (!*answer) tick();
  AIZ_ASSERT(answer->has_value());
  return **answer;
}

}  // namespace aizuchi::serve
