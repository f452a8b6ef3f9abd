// Ingest: whose event it is, whether it may be kept at all, and what it changes.
#include <fmt/format.h>

#include "ground/base/bytes.h"
#include "ground/base/json.h"
#include "ground/base/rate.h"
#include "listen/events/felt.h"
#include "respect/consent/consent.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Space;
using ground::Value;
using listen::Event;
using remember::Person;

namespace {

// Room that most events need: found once instead of by doubling seven times.
constexpr size_t event_bytes_usual = 1280;
// Of the 65,534 combinations of source, context, purposes … that all sources share, those that
// events of a source's public keys may make: more than a brand's visitors can mean.
constexpr size_t provenances_of_source_max = 2'048;

// Events that Aizuchi makes of what people do at its own doors.
bool only_ours(std::string_view name) {
  return name == listen::absorbed_event || name == listen::corrected_event ||
         name == listen::answered_event || name == listen::give_back_event ||
         name == listen::felt_event || name == listen::wish_event;
}

}  // namespace

// By the id of a public key.
class Newcomers {
 public:
  explicit Newcomers(ground::Rate rate) : rate_(rate) {}
  bool have_room(const std::string& key, int64_t now_us) {
    return meters_[key].until(rate_, 1, now_us).ms == 0;
  }
  void count(const std::string& key, int64_t now_us) { (void)meters_[key].take(rate_, 1, now_us); }

 private:
  const ground::Rate rate_;
  std::map<std::string, ground::Meter> meters_;
};

std::string received_bytes(ground::Instant t) {
  ground::ByteWriter out;
  out.be64(static_cast<uint64_t>(t.ms));
  return out.take();
}

std::string seen_key(std::string_view key_id, std::string_view message_id) {
  const std::array<uint8_t, 32> digest = ground::sha256(message_id);
  return std::string(key_id).append(reinterpret_cast<const char*>(digest.data()), 16);
}

Result<Person*> Partition::State::person_of(std::string_view kind, const std::string& value) {
  if (value.empty()) return nullptr;
  const auto id = TRY(identity.find(kind, value));
  if (!id) return nullptr;
  return ledger.find(*id);
}

Partition::State::Voice Partition::State::voice_of(const Key& key, const Asking& speaker) {
  const ground::Assurance page = speaker.proof ? ground::Assurance::a2 : ground::Assurance::a0;
  return {.key = key, .speaker = speaker, .proof = key.secret ? ground::Assurance::a3 : page};
}

Result<Person*> Partition::State::owner(const Event& event, const Voice& voice) {
  if (voice.proof == ground::Assurance::a3) {
    if (Person* person = TRY(person_of(remember::user_id_kind, event.user_id))) return person;
    // A device known under no user: a server's event about it reaches it.
    return person_of(remember::anonymous_id_kind, event.anonymous_id);
  }
  if (voice.proof == ground::Assurance::a2) return person_of(remember::user_id_kind, event.user_id);
  if (!event.anonymous_id.empty())
    return person_of(remember::anonymous_id_kind, event.anonymous_id);
  return person_of(remember::claimed_id_kind, event.user_id);
}

Person& Partition::State::make_person(ground::Instant now, ground::Batch& batch) {
  ++counters.people_created;
  Person& person = ledger.create(ground::PersonId{dice.next_128()}, now, batch);
  person.state.aggregates_as_of = aggregates_as_of();
  census.born(person.state.id);
  return person;
}

Result<Person*> Partition::State::owner_or_new(const Event& event, const Voice& voice,
                                               ground::Batch& batch) {
  const auto make = [&] { return &make_person(event.received_at, batch); };
  if (voice.proof != ground::Assurance::a3) {
    if (Person* known = TRY(owner(event, voice))) return known;
    const bool proven = voice.proof == ground::Assurance::a2;
    const bool device = !proven && !event.anonymous_id.empty();
    if (!proven && newcomers) newcomers->count(voice.key.id, clock.monotonic_us());
    Person* person = make();
    identity.bind(proven   ? remember::user_id_kind
                  : device ? remember::anonymous_id_kind
                           : remember::claimed_id_kind,
                  device ? event.anonymous_id : event.user_id, person->state.id, batch);
    return person;
  }
  // A server states who is who: a device of nobody, or a previous id, becomes this user's.
  std::string device = event.anonymous_id;
  if (device.empty() && event.type == listen::EventType::alias) device = event.previous_id;
  Person* user = TRY(person_of(remember::user_id_kind, event.user_id));
  Person* visitor = TRY(person_of(remember::anonymous_id_kind, device));
  if (user == nullptr && event.user_id.empty()) user = visitor;
  if (user == nullptr && visitor != nullptr && !is_users(*visitor)) {
    identity.bind(remember::user_id_kind, event.user_id, visitor->state.id, batch);
    user = visitor;
  }
  if (user == nullptr) {
    user = make();
    if (!event.user_id.empty())
      identity.bind(remember::user_id_kind, event.user_id, user->state.id, batch);
  }
  if (!device.empty() && visitor == nullptr)
    identity.bind(remember::anonymous_id_kind, device, user->state.id, batch);
  else if (visitor != nullptr && visitor != user)
    ++counters.links_refused;  // two people are never made one here
  return user;
}

// Before anything of the batch is taken, so that it is taken as a whole or not at all. Whoever is
// known already, or proven, is not held up.
Result<void> Partition::State::room_for_newcomers(const listen::EventBatch& events,
                                                  const Voice& voice) {
  if (voice.proof != ground::Assurance::a0 || options.newcomers_per_second == 0) return {};
  if (!newcomers)
    newcomers = std::make_shared<Newcomers>(
        ground::Rate{options.newcomers_per_second, options.newcomers_at_once});
  if (newcomers->have_room(voice.key.id, clock.monotonic_us())) return {};
  for (const Event& event : events.events) {
    Event named{.user_id = event.user_id, .anonymous_id = event.anonymous_id};
    if (!name_speaker(named, voice.speaker) || TRY(owner(named, voice)) != nullptr) continue;
    ++counters.newcomers_refused;
    return fail(ErrorCode::busy, "this key brings in new devices faster than it may",
                "try again later; `serve --limit-newcomers` sets how fast");
  }
  return {};
}

Result<void> Partition::State::room_for_provenance(const Event& event,
                                                   const listen::Sender& sender) {
  if (sender.proof == ground::Assurance::a3 ||
      vocabulary.provenances_of(sender.source) < provenances_of_source_max)
    return {};
  if (vocabulary.has(TRY(listen::provenance_of(event, sender, *snapshot)))) return {};
  ++counters.provenances_refused;
  return fail(ErrorCode::too_large,
              "context.consent.categoryPreferences is a combination too many: a source may tell of "
              "2,048 of them");
}

bool Partition::State::hold_back(Event& event, const Person* person, ground::PurposeSet purposes) {
  const listen::Remains told =
      listen::hold_back(event, person == nullptr ? nullptr : &person->state, purposes, *snapshot);
  if (told != listen::Remains::all) ++counters.sensitive_refused;
  return told != listen::Remains::nothing;
}

void Partition::State::count(const listen::Applied& applied) {
  counters.traits_refused += applied.traits_refused;
  counters.sensitive_refused += applied.sensitive_refused;
  counters.consents += applied.consent ? 1 : 0;
  counters.exposures += applied.exposure ? 1 : 0;
  counters.outcomes += applied.outcome ? 1 : 0;
}

// Whose an event is, as far as it and who sends it say so.
Result<void> Partition::State::say_whose(Event& event, const Voice& voice) {
  if (only_ours(event.name))
    return fail(ErrorCode::invalid, "event is a name that only Aizuchi itself may use");
  if (voice.proof != ground::Assurance::a3) TRY(name_speaker(event, voice.speaker));
  if (event.user_id.empty() && event.anonymous_id.empty())
    return fail(ErrorCode::invalid, "userId or anonymousId is missing: one of them is needed");
  if (voice.speaker.opts_out) listen::note_opt_out(event);
  return {};
}

// Has it a basis now?
bool Partition::State::may_keep(const Event& event, const Person* person,
                                const listen::Sender& sender, ground::PurposeSet purposes) const {
  return listen::is_consent(event, *snapshot) || listen::is_said(event, sender, *snapshot) ||
         respect::any_basis(person == nullptr ? nullptr : &person->state, purposes, *snapshot,
                            clock.now());
}

Result<void> Partition::State::prepare_one(Event event, const Voice& voice,
                                           const ground::Source& source, Prepared& out) {
  if (event.at <= erased_last && is_late(event)) {
    ++counters.events_late;
    // A page is not told that somebody was erased: it is dropped like what has no basis.
    if (voice.key.secret)
      return fail(ErrorCode::conflict, "it is from before its person was erased, and was dropped");
    ++out.result.no_basis;
    return {};
  }
  std::string seen = seen_key(voice.key.id, event.message_id);
  if (in_flight.contains(seen) || TRY(store->contains(Space::seen, seen))) {
    ++out.result.duplicates;
    return {};
  }
  TRY(say_whose(event, voice));
  if (voice.proof == ground::Assurance::a3) TRY(unite_stated(event, source, out));
  Person* person = TRY(owner(event, voice));
  const listen::Sender sender{source.id, voice.proof};
  const ground::PurposeSet purposes = listen::purposes_of(event, source, *snapshot);
  if (!may_keep(event, person, sender, purposes) || !hold_back(event, person, purposes)) {
    ++out.result.no_basis;
    return {};
  }
  TRY(room_for_provenance(event, sender));
  if (event.at <= values_last && person != nullptr &&
      !keep_forgotten(event, *person, voice.proof)) {
    ++counters.events_late;
    ++out.result.no_basis;
    return {};
  }
  hear(event);
  return keep_event(event, voice, source, person, std::move(seen), out);
}

Result<void> Partition::State::keep_event(const Event& event, const Voice& voice,
                                          const ground::Source& source, Person* person,
                                          std::string seen, Prepared& out) {
  const listen::Sender sender{source.id, voice.proof};
  std::string body;
  body.reserve(event_bytes_usual);
  ground::append_json(body, event.json);
  // Only a server's event says more of who is who than what was found.
  if (person == nullptr || voice.proof == ground::Assurance::a3)
    person = TRY(owner_or_new(event, voice, out.batch));
  (void)bring_up(*person);
  const remember::LogRecord record{.source = source.id,
                                   .proof = sender.proof,
                                   .at = event.at,
                                   .received_at = event.received_at,
                                   .body = std::move(body)};
  const uint64_t sequence = ledger.append(*person, record, out.batch);
  const auto applied =
      TRY(listen::apply(person->state, event, sequence, sender, *snapshot, vocabulary));
  count(applied);
  person->state.applied = sequence;
  ledger.touch(*person);
  census.happened(person->state.id, event);
  if (applied.viewed) note_view(person->state);
  if (applied.consent) learn_visits(person->state);
  if (listen::is_wish(event)) census.born(person->state.id);
  if (!person->state.threads.empty()) note_threads(person->state);
  note_old(*person, event);
  tell_of(event, applied, *person, out.batch);
  out.batch.put(Space::seen, seen, received_bytes(event.received_at));
  in_flight.insert(seen);
  out.seen_keys.push_back(std::move(seen));
  ++out.result.accepted;
  return {};
}

bool Partition::State::has_news(const Key& key, const Asking& speaker) {
  if (key.secret || !speaker.proof || !key.may(Scope::ingest)) return false;
  if (device_to_absorb(voice_of(key, speaker)).value_or(nullptr) != nullptr) return true;
  if (speaker.proof->traits.is_null()) return false;
  const std::string seen = seen_key(key.id, traits_message(speaker));
  return !in_flight.contains(seen) && !store->contains(Space::seen, seen).value_or(true);
}

// What a token says of its person is the backend's word, whoever carries it: kept once, as of the
// moment it was signed, so that an older token does not bring back what has changed since.
void Partition::State::prepare_traits(const Key& key, const Asking& speaker,
                                      const ground::Source& source, Prepared& out) {
  if (key.secret || !speaker.proof || speaker.proof->traits.is_null()) return;
  const std::string message = traits_message(speaker);
  const ground::Instant now = clock.now();
  Event event{.type = listen::EventType::identify,
              .message_id = message,
              .user_id = speaker.user_id,
              .at = std::min(speaker.proof->issued_at, now),
              .received_at = now};
  event.json = Value::map({{Value("type"), Value("identify")},
                           {Value("messageId"), Value(message)},
                           {Value("userId"), Value(speaker.user_id)},
                           {Value("traits"), speaker.proof->traits}});
  // What the client sent is counted for the client, this is not.
  const Ingested before = out.result;
  (void)prepare_one(std::move(event), {key, speaker, ground::Assurance::a3}, source, out);
  out.result = before;
}

Result<Partition::State::Prepared> Partition::State::prepare(listen::EventBatch events,
                                                             const Key& key,
                                                             const Asking& speaker) {
  TRY(store->writable());
  if (!key.may(Scope::ingest))
    return fail(ErrorCode::forbidden, "this key may not send events",
                "use one with the ingest scope");
  if (!snapshot)
    return fail(ErrorCode::unavailable, "no brand folder is published yet",
                "run `aizuchi apply DIR`, then send again");
  const ground::Source* source = snapshot->source(key.source);
  if (source == nullptr)
    return fail(ErrorCode::forbidden, "the key's source is not in sources.yaml any more",
                "create a key for a source of the folder");
  TRY(room_for_newcomers(events, voice_of(key, speaker)));
  Prepared out;
  out.batch.let_in();  // from here on people and log are changed in memory
  absorb_device(voice_of(key, speaker), *source, out);
  prepare_traits(key, speaker, *source, out);
  out.result.refused = std::move(events.refused);
  const Voice voice = voice_of(key, speaker);
  const size_t unreadable = out.result.refused.size();
  size_t index = 0;  // in the batch as it was sent, what could not be read included
  size_t passed_over = 0;
  for (Event& event : events.events) {
    while (passed_over < unreadable && out.result.refused[passed_over].index == index) {
      ++passed_over;
      ++index;
    }
    const uint64_t traits_refused = counters.traits_refused;
    const uint64_t sensitive_refused = counters.sensitive_refused;
    const auto outcome = prepare_one(std::move(event), voice, *source, out);
    if (counters.traits_refused != traits_refused) out.result.traits_refused.push_back(index);
    if (counters.sensitive_refused != sensitive_refused)
      out.result.sensitive_refused.push_back(index);
    // What cannot be read or kept of one person must not hold up the others.
    if (!outcome) out.result.refused.push_back({index, outcome.error().message});
    ++index;
  }
  keep_vocabulary(out.batch);
  counters.events_accepted += out.result.accepted;
  counters.events_duplicate += out.result.duplicates;
  counters.events_no_basis += out.result.no_basis;
  counters.events_refused += out.result.refused.size();
  return out;
}

void Partition::State::finished(const Prepared& prepared) {
  for (const std::string& seen : prepared.seen_keys) in_flight.erase(seen);
}

void Partition::ingest(std::string_view body, std::optional<listen::EventType> only, const Key& key,
                       IngestDone done) {
  auto events = listen::parse_events(body, only, state_->clock.now(), {.ids_needed = false});
  if (!events) return done(std::unexpected(events.error()));
  ingest(*std::move(events), key, std::move(done));
}

void Partition::ingest(listen::EventBatch batch, const Key& key, IngestDone done) {
  ingest(std::move(batch), key, Asking{}, std::move(done));
}

void Partition::ingest(listen::EventBatch batch, const Key& key, const Asking& speaker,
                       IngestDone done) {
  auto prepared = state_->prepare(std::move(batch), key, speaker);
  if (!prepared) return done(std::unexpected(prepared.error()));
  ground::Batch writes = std::move(prepared->batch);
  // An empty batch is a barrier: a duplicate is acknowledged when the first of its kind is durable.
  auto shared = std::make_shared<State::Prepared>(*std::move(prepared));
  State* state = state_.get();
  auto waiting = std::make_shared<State::Waiting>(
      state->clock.monotonic_us() + state->options.overdue.ms * 1'000, std::move(done));
  state->waiting.push_back(waiting);
  state->store->commit(std::move(writes), ground::Durability::synced,
                       [state, shared, waiting](const Result<void>& written) mutable {
                         Result<Ingested> outcome = shared->result;
                         if (!written) outcome = std::unexpected(written.error());
                         state->hand_over([state, shared, outcome = std::move(outcome), waiting] {
                           state->finished(*shared);
                           state->disk_hangs = false;
                           if (const IngestDone finish = std::exchange(waiting->done, nullptr))
                             finish(outcome);
                         });
                       });
}

// What was not answered in time may still become durable: sent again, it is known and kept once.
void Partition::State::answer_overdue() {
  const int64_t now_us = clock.monotonic_us();
  const int64_t long_us = options.overdue.ms * 1'000 - 1'000'000;  // left, of who came a second ago
  while (!waiting.empty() && (!waiting.front()->done || waiting.front()->until_us <= now_us)) {
    const IngestDone finish = std::exchange(waiting.front()->done, nullptr);
    waiting.pop_front();
    if (!finish) continue;
    ++counters.ingests_overdue;
    finish(fail(ErrorCode::unavailable, "the disk has not answered in time",
                "ask again, or send the same again: what is kept already is kept once"));
    disk_hangs = true;
  }
  if (!waiting.empty() && waiting.front()->until_us - now_us < long_us) disk_hangs = true;
}

// Nobody else waits with whoever asks for what may still be queued: a disk that does not answer
// holds up only them, and not for long.
void Partition::when_written(IngestDone work) {
  State* state = state_.get();
  auto waiting = std::make_shared<State::Waiting>(
      state->clock.monotonic_us() + state->options.overdue.ms * 1'000, std::move(work));
  state->waiting.push_back(waiting);
  state->store->commit({}, ground::Durability::relaxed,
                       [state, waiting](const Result<void>& written) mutable {
                         Result<Ingested> outcome;
                         if (!written) outcome = std::unexpected(written.error());
                         state->hand_over([state, outcome = std::move(outcome), waiting] {
                           state->disk_hangs = false;
                           const IngestDone finish = std::exchange(waiting->done, nullptr);
                           if (!finish) return;
                           state->settled = true;
                           finish(outcome);
                           state->settled = false;
                         });
                       });
}

Result<void> Partition::State::settle() {
  if (settled) return {};
  return store->commit_and_wait({}, ground::Durability::relaxed);
}

Result<Ingested> Partition::ingest_and_wait(std::string_view body, const Key& key,
                                            const Asking& speaker) {
  auto events =
      TRY(listen::parse_events(body, std::nullopt, state_->clock.now(), {.ids_needed = false}));
  return ingest_and_wait(std::move(events), key, speaker);
}

Result<Ingested> Partition::ingest_and_wait(listen::EventBatch batch, const Key& key,
                                            const Asking& speaker) {
  State::Prepared prepared = TRY(state_->prepare(std::move(batch), key, speaker));
  const auto written =
      state_->store->commit_and_wait(std::move(prepared.batch), ground::Durability::synced);
  state_->finished(prepared);
  if (!written) return std::unexpected(written.error());
  return prepared.result;
}

void Partition::set_purposes(const Asking& person, const std::vector<ConsentChange>& changes,
                             const Key& key, IngestDone done) {
  ground::ValueMap answers;
  for (const ConsentChange& change : changes) {
    if (!state_->snapshot || state_->snapshot->purpose(change.purpose) == nullptr)
      return done(fail(ErrorCode::not_found,
                       fmt::format("there is no purpose '{}'", change.purpose),
                       "see GET /v1/me/purposes"));
    answers.emplace_back(ground::Value(change.purpose), ground::Value(change.granted));
  }
  ground::ValueMap event{
      {ground::Value("type"), ground::Value("track")},
      {ground::Value("event"), ground::Value("Consent Updated")},
      {ground::Value("messageId"),
       ground::Value("consent-" + ground::to_hex(state_->dice.next_128()))},
      {ground::Value("properties"),
       ground::Value::map({{ground::Value("purposes"), ground::Value::map(std::move(answers))}})}};
  if (!person.anonymous_id.empty())
    event.emplace_back(ground::Value("anonymousId"), ground::Value(person.anonymous_id));
  if (!person.user_id.empty())
    event.emplace_back(ground::Value("userId"), ground::Value(person.user_id));
  auto batch =
      listen::read_events(ground::Value::map(std::move(event)), std::nullopt, state_->clock.now());
  if (!batch) return done(std::unexpected(batch.error()));
  if (!batch->refused.empty())
    return done(fail(ErrorCode::invalid, batch->refused.front().message));
  ingest(*std::move(batch), key, person, std::move(done));
}

}  // namespace aizuchi::serve
