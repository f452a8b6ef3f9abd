// The right to be forgotten. The person's key goes, and in the same batch their records become
// tombstones and everything that leads to them goes too; from then on nothing of theirs can be read
// by anyone, whatever bytes are still in the files. Who was erased is noted beside the keyring, and
// a start erases again whoever a restored backup brought back.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ground/base/bytes.h"
#include "ground/store/key_file.h"
#include "ground/store/signature.h"
#include "serve/partition/state.h"
#include "serve/partition/sweeping.h"

namespace aizuchi::serve {

using ground::Batch;
using ground::Erasure;
using ground::ErrorCode;
using ground::fail;
using ground::PersonId;
using ground::Result;
using ground::Space;
using remember::Person;

namespace {

constexpr std::string_view meta_erased = "erased/";
constexpr std::string_view meta_swept = "swept";
constexpr size_t traces_max = 4'096;
constexpr size_t traced_records_max = 64;  // of one person, the newest
constexpr size_t trace_bytes = 24;
constexpr size_t identifier_traced_min = 8;
constexpr ground::Duration swept_again_after = ground::Duration::hours(1);

using KindAndValue = std::pair<std::string, std::string>;

void add_identifiers(const listen::Event& event, std::set<KindAndValue>& out) {
  const auto add = [&](std::string_view kind, const std::string& value) {
    if (!value.empty()) out.emplace(kind, value);
  };
  add(remember::anonymous_id_kind, event.anonymous_id);
  add(remember::anonymous_id_kind, event.previous_id);
  add(remember::user_id_kind, event.user_id);
  add(remember::claimed_id_kind, event.user_id);
}

// The person that a device was before it became this one's, with what led to them.
std::optional<Erasure> absorbed_by(const listen::Event& event, const ground::Vault& vault) {
  const ground::Value* person = event.details().find("person");
  const ground::Value* devices = event.details().find("devices");
  if (event.name != listen::absorbed_event || person == nullptr || devices == nullptr)
    return std::nullopt;
  const auto id = ground::from_hex_128(ground::to_display(*person));
  if (!id || !devices->is(ground::Value::Kind::list)) return std::nullopt;
  Erasure out{.what = ground::Erased::absorbed, .person = *id};
  for (const ground::Value& device : devices->as_list())
    out.lookups.push_back(vault.lookup(remember::anonymous_id_kind, ground::to_display(device)));
  return out;
}

}  // namespace

// Of a person: from then on no backup of theirs can be read.
Result<void> note_beside(const std::string& keyring, const std::vector<Erasure>& erasures) {
  for (const Erasure& erasure : erasures) {
    TRY(ground::add_erasure(keyring, erasure));
    if (erasure.what != ground::Erased::values)
      TRY(ground::forget_person_key(keyring, PersonId{erasure.person}.bytes()));
  }
  return {};
}

Result<std::vector<Erasure>> Partition::State::forget(Person& person, Batch& batch, Gone& gone) {
  const PersonId id = person.state.id;
  TRY(note_traces(person));
  train_without_erased();
  learn_choice_without_erased();
  schedule_usual();
  forget_leanings();
  std::set<KindAndValue> identifiers;
  for (const auto& identifier : person.state.identifiers)
    identifiers.emplace(identifier.kind, identifier.value);
  std::set<std::string> messages;  // that may still be known as seen
  std::vector<Erasure> out(1);
  const ground::Instant seen_since = clock.now() - ground::seen_keep;
  const auto each = [&](Person&, const remember::LogRecord& record) -> Result<bool> {
    const listen::Event event =
        TRY(listen::read_kept_event(record.body, record.at, record.received_at));
    add_identifiers(event, identifiers);
    if (record.received_at >= seen_since) messages.insert(event.message_id);
    if (const auto device = absorbed_by(event, *vault)) out.push_back(*device);
    return true;
  };
  gone.records += TRY(ledger.erase(person, batch, each));  // `person` is gone from here on
  TRY(tell_erased(id, identifiers, batch));
  Erasure& erasure = out.front();
  erasure.person = id.raw;
  for (const auto& [kind, value] : identifiers) {
    if (!TRY(identity.forget(kind, value, id, batch))) continue;
    erasure.lookups.push_back(vault->lookup(kind, value));
    ++gone.identifiers;
  }
  TRY(forget_seen(messages, batch, gone));
  gone.counted += census.erase(id, batch) ? 1 : 0;
  forget_visits(id);
  owed_to.erase(id);
  owed_to_so_far.erase(id);
  for (const Erasure& note : values_forgotten[id]) batch.erase(Space::meta, values_key(note));
  values_forgotten.erase(id);
  ++gone.people;
  for (Erasure& one : out) {
    one.sequence = ledger.last_sequence();
    one.at = clock.now();
    if (one.what == ground::Erased::absorbed)
      batch.erase(Space::meta, absorbed_key(PersonId{one.person}.bytes()));
    batch.put(Space::meta, fmt::format("{}{}", meta_erased, ground::to_hex(one.person)),
              ground::encode_erasure(one));
    note(one);
  }
  ++counters.people_erased;
  return out;
}

Result<void> Partition::State::forget_seen(const std::set<std::string>& messages, Batch& batch,
                                           Gone& gone) {
  std::set<std::string> senders{"operator"};  // the keyboard, the registered, and the library's
  for (const auto& [hash, key] : keys) senders.insert(key.id);
  if (snapshot)
    for (const ground::Source& source : snapshot->sources) senders.insert("library:" + source.name);
  for (const std::string& message : messages)
    for (const std::string& sender : senders) {
      const std::string seen = seen_key(sender, message);
      if (!TRY(store->contains(Space::seen, seen))) continue;
      batch.erase(Space::seen, seen);
      ++gone.seen;
    }
  return {};
}

void Partition::State::note(const Erasure& erasure) {
  const bool whole = erasure.what == ground::Erased::person;
  for (const auto& lookup : whole ? erasure.lookups : decltype(erasure.lookups){}) {
    ground::Instant& until = erased_until[PersonId{lookup}];
    until = std::max(until, erasure.at);
  }
  erased_last = std::max(erased_last, erasure.at);
  schedule_usual();
  erasures.push_back(erasure);
}

bool Partition::State::is_late(const listen::Event& event) const {
  std::set<KindAndValue> identifiers;
  add_identifiers(event, identifiers);
  return std::ranges::any_of(identifiers, [&](const KindAndValue& id) {
    const auto it = erased_until.find(PersonId{vault->lookup(id.first, id.second)});
    return it != erased_until.end() && event.at <= it->second;
  });
}

Result<std::vector<PersonId>> Partition::State::meant_by(const Asking& asking, const Key& key) {
  std::vector<PersonId> out;
  const auto add = [&](const Person* person) {
    if (person != nullptr && std::ranges::find(out, person->state.id) == out.end())
      out.push_back(person->state.id);
  };
  const bool user = key.secret || asking.proof;
  if (user) {
    add(TRY(person_of(remember::user_id_kind, asking.user_id)));
    add(TRY(person_of(remember::claimed_id_kind, asking.user_id)));
  }
  if (!key.secret && !possesses(asking, asking.anonymous_id)) return out;
  const Person* device = TRY(person_of(remember::anonymous_id_kind, asking.anonymous_id));
  if (device != nullptr && !key.secret && is_users(*device)) {
    // Whoever is proven forgets themselves, not whoever else is signed in on their device.
    if (!user)
      return fail(ErrorCode::forbidden, "This device belongs to someone who is signed in.",
                  "Send their person token; or your server asks for them, with a secret key of the "
                  "scope privacy.");
    return out;
  }
  add(device);
  return out;
}

// The file beside the keyring and the store may each know of one that the other does not: the one
// after a restore, the other after a crash between the two.
Result<void> Partition::State::load_erasures() {
  if (!options.data_directory.empty())
    for (const Erasure& erasure : TRY(ground::read_erasures(options.keyring_directory))) {
      if (erasure.what != ground::Erased::values)
        note(erasure);
      else
        values_to_replay.push_back(erasure);
    }
  std::unordered_set<PersonId> noted;
  for (const Erasure& erasure : erasures) noted.insert(PersonId{erasure.person});
  std::vector<Erasure> kept;
  Result<void> outcome;
  const auto each = [&](std::string_view, std::string_view value) {
    auto erasure = ground::decode_erasure(value);
    if (!erasure) outcome = std::unexpected(erasure.error());
    if (erasure) kept.push_back(*std::move(erasure));
    return outcome.has_value();
  };
  TRY(store->scan(Space::meta, meta_erased, "", ground::Direction::forward, each));
  TRY(outcome);
  if (const auto swept = TRY(store->get(Space::meta, meta_swept)))
    swept_until = {static_cast<int64_t>(ground::ByteReader(*swept).be64())};
  for (const Erasure& erasure : kept) {
    if (noted.contains(PersonId{erasure.person})) continue;
    if (!options.data_directory.empty()) TRY(note_beside(options.keyring_directory, {erasure}));
    note(erasure);
  }
  return {};
}

Result<void> Partition::State::trace(Space space, std::string_view key) {
  const auto value = TRY(store->get(space, key));
  if (value && traces.size() < traces_max)
    traces.push_back(value->substr(value->size() / 3, trace_bytes));
  return {};
}

Result<void> Partition::State::note_traces(const Person& person) {
  const PersonId& id = person.state.id;
  TRY(trace(Space::keyring, id.bytes()));
  TRY(trace(Space::state, id.bytes()));
  std::vector<std::string> records;
  const auto each = [&](std::string_view key, std::string_view) {
    records.emplace_back(key.substr(key.size() - 8));
    return records.size() < traced_records_max;
  };
  TRY(store->scan(Space::history, id.bytes(), "", ground::Direction::backward, each));
  for (const std::string& sequence : records) TRY(trace(Space::log, sequence));
  for (const auto& identifier : person.state.identifiers)
    if (identifier.value.size() >= identifier_traced_min && traces.size() < traces_max)
      traces.push_back(identifier.value);
  return {};
}

SweepTask Partition::State::begin_sweep() {
  SweepTask task{.store = *store, .directory = options.data_directory, .mark = erased_record};
  for (const Erasure& erasure : erasures)
    if (erasure.at > swept_until) task.people.insert(PersonId{erasure.person});
  for (const auto& [person, notes] : values_forgotten)
    for (const Erasure& note : notes)
      if (note.at > swept_until) task.decided_until[person] = note.at;
  task.traces = traces;
  sweeping = true;
  sweep_covers = erased_last;
  sweep_began = clock.now();
  return task;
}

void Partition::State::finish_sweep(const Result<Swept>& swept) {
  sweeping = false;
  last_sweep = std::make_shared<const Result<Swept>>(swept);
  // At most a twentieth of the time goes into it.
  const ground::Instant now = clock.now();
  sweep_due = now + ground::Duration{std::max<int64_t>(20 * (now.ms - sweep_began.ms), 1'000)};
  if (!swept) return;
  ++counters.sweeps;
  counters.sweeps_found += swept->found.empty() ? 0 : 1;
  sweep_trouble = fmt::format("{}", fmt::join(swept->found, ", "));
  if (!swept->found.empty()) {  // what was looked for is not forgotten before it is gone
    sweep_due = std::max(sweep_due, now + swept_again_after);
    return;
  }
  traces.erase(traces.begin(), traces.begin() + static_cast<ptrdiff_t>(swept->searched_for));
  swept_until = sweep_covers;
  ground::ByteWriter out;
  out.be64(static_cast<uint64_t>(swept_until.ms));
  Batch batch;
  batch.put(Space::meta, meta_swept, out.view());
  store->commit(std::move(batch), ground::Durability::relaxed, [](const Result<void>&) {});
}

void Partition::State::sweep_when_due(ground::Instant now) {
  if (sweeping || erased_last <= swept_until || now < sweep_due || !store->writable()) return;
  const bool alone =
      options.data_directory.empty() || options.open_store;  // not beside a simulation
  if (alone) return finish_sweep(begin_sweep().run());
  sweeper = std::jthread([this, task = begin_sweep()](const std::stop_token& stop) mutable {
    Result<Swept> swept = task.run(stop);
    if (stop.stop_requested()) return;
    hand_over([this, swept = std::move(swept)] { finish_sweep(swept); });
  });
}

Result<Swept> Partition::sweep_and_wait() {
  State& s = *state_;
  if (s.sweeping) {
    s.sweeper.join();
    tick();
  } else {
    s.finish_sweep(s.begin_sweep().run());
  }
  AIZ_ASSERT(s.last_sweep != nullptr);
  return *s.last_sweep;
}

Result<void> Partition::State::replay_erasures() {
  TRY(load_values());
  const std::vector<Erasure> known = erasures;  // forget() notes again
  for (const Erasure& erasure : known) {
    std::set<PersonId> back{PersonId{erasure.person}};
    // Whoever stood behind these ids then; who came with them later is someone new.
    const bool whole = erasure.what == ground::Erased::person;
    for (const auto& lookup : whole ? erasure.lookups : decltype(erasure.lookups){})
      if (const auto id = TRY(store->get(Space::identity, PersonId{lookup}.bytes())))
        if (const auto person = PersonId::from_bytes(*id)) back.insert(*person);
    for (const PersonId& id : back) {
      Person* person = TRY(ledger.find(id));
      if (person == nullptr || person->state.created_at > erasure.at) continue;
      Batch batch;
      Gone gone;
      const auto again = TRY(forget(*person, batch, gone));
      TRY(store->commit_and_wait(std::move(batch), ground::Durability::synced));
      if (!options.data_directory.empty()) TRY(note_beside(options.keyring_directory, again));
    }
  }
  return replay_values();
}

void Partition::erase(const Asking& person, const Key& key, EraseDone done) {
  State& s = *state_;
  // A full disk does not keep anyone from being forgotten.
  if (const auto open = s.store->writable(); !open && open.error().code != ErrorCode::storage_full)
    return done(std::unexpected(open.error()));
  Batch batch;
  batch.let_in();
  State::Gone gone;
  std::vector<Erasure> fresh;
  const auto forget_all = [&]() -> Result<void> {
    const std::vector<PersonId> people = TRY(s.meant_by(person, key));
    // What is queued of theirs must be in the store before it can be taken out.
    TRY(s.store->commit_and_wait({}, ground::Durability::relaxed));
    for (const PersonId& id : people)
      if (Person* one = TRY(s.ledger.find(id))) {
        std::ranges::move(TRY(s.forget(*one, batch, gone)), std::back_inserter(fresh));
      }
    return {};
  };
  // Whoever is out of memory already must go from the store as well.
  const Result<void> all = forget_all();
  Result<Receipt> answer = s.receipt_of(gone, key.id, s.clock.now());
  if (!all) answer = std::unexpected(all.error());
  const bool audited = all && gone.people > 0;
  if (audited)
    s.audit.add(batch, s.clock.now(), key.id, "person.erase", "", "who it was is not kept");
  s.commit_erasure(std::move(batch), std::move(fresh), std::move(answer), audited, std::move(done));
}

void Partition::State::commit_erasure(Batch batch, std::vector<Erasure> fresh,
                                      Result<Receipt> answer, bool audited, EraseDone done) {
  auto written = [this, fresh = std::move(fresh), audited, answer = std::move(answer),
                  directory = options.data_directory.empty() ? "" : options.keyring_directory,
                  finish = std::move(done)](const Result<void>& outcome) mutable {
    if (!outcome) answer = std::unexpected(outcome.error());
    // On the commit thread, where a sync is at home. After a crash before it, the start does it.
    if (outcome && !directory.empty())
      if (const auto noted = note_beside(directory, fresh); !noted)
        answer = std::unexpected(noted.error());
    hand_over([this, audited, kept = outcome.has_value(), answer = std::move(answer),
               finish = std::move(finish)] {
      if (audited) audit.committed(kept);
      finish(answer);
    });
  };
  store->commit(std::move(batch), ground::Durability::synced, std::move(written));
}

Result<Partition::Receipt> Partition::erase_and_wait(const Asking& person, const Key& key) {
  // Shared: where a write failed it comes after we gave up.
  const auto answer = std::make_shared<std::optional<Result<Receipt>>>();
  erase(person, key, [answer](const Result<Receipt>& outcome) { *answer = outcome; });
  TRY(state_->store->commit_and_wait({}, ground::Durability::synced));
  if (!*answer) tick();
  AIZ_ASSERT(answer->has_value());
  return **answer;
}

std::string Partition::receipt_key() const {
  return ground::ed25519_public(state_->receipt_seed);
}

}  // namespace aizuchi::serve
