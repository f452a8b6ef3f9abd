// What a device did becomes its person's, when both are proven: at a first login the device's
// person becomes the user; of a user who is known already the device's events are written again as
// theirs, its counts, caps and what was said are united with theirs, and nothing is left under the
// device. One batch, with the state made of it: a crash finds all of it, or nothing.
#include <fmt/format.h>

#include <algorithm>

#include "ground/base/bytes.h"
#include "ground/base/json.h"
#include "ground/domain/value_choice.h"
#include "remember/ledger/unite.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::Assurance;
using ground::ErrorCode;
using ground::PersonId;
using ground::ProvenanceId;
using ground::Result;
using ground::Space;
using ground::Value;
using remember::LogRecord;
using remember::Person;
using remember::PersonState;

namespace {

constexpr size_t absorbed_events_max = 10'000;  // of one device: some 300 ms
constexpr size_t kept_apart_max = 10'000;

listen::Event absorbed(const std::string& user_id, const PersonId& device, Value details,
                       ground::Instant now) {
  listen::Event event{.message_id = "absorbed-" + ground::to_hex(device.raw),
                      .user_id = user_id,
                      .name = std::string(listen::absorbed_event),
                      .at = now,
                      .received_at = now};
  event.json = Value::map({{Value("type"), Value("track")},
                           {Value("event"), Value(event.name)},
                           {Value("messageId"), Value(event.message_id)},
                           {Value("userId"), Value(event.user_id)},
                           {Value("properties"), std::move(details)}});
  return event;
}

}  // namespace

std::string decision_prefix(uint64_t first_8_bytes) {
  ground::ByteWriter out;
  out.be64(first_8_bytes);
  return out.take();
}

std::string absorbed_key(std::string_view person) {
  return fmt::format("absorbed/{}", ground::to_hex(PersonId::from_bytes(person)->raw));
}

// One device into one person who is known. First all that can fail is read, then all is written.
class Partition::State::Move {
 public:
  Move(State& state, Person& device, Person& user, const Uniter& by)
      : s_(state), device_(device), user_(user), by_(by), now_(state.clock.now()) {}

  Result<void> read() {
    // What is queued of theirs must be in the store before it can be moved.
    TRY(s_.store->commit_and_wait({}, ground::Durability::relaxed));
    const auto each = [&](Person&, const LogRecord& record) -> Result<bool> {
      listen::Event event =
          TRY(listen::read_kept_event(record.body, record.at, record.received_at));
      moved_.push_back({record, std::move(event)});
      return moved_.size() <= absorbed_events_max;
    };
    TRY(s_.ledger.history(device_, ground::Direction::forward, each));
    if (moved_.size() > absorbed_events_max)
      return ground::fail(ErrorCode::too_large, "the device has more events than are moved");
    TRY(read_decisions());
    TRY(name_provenances());
    return {};
  }

  Result<void> write(ground::Batch& out) {
    ground::Batch batch;
    const PersonState device = device_.state;
    TRY(s_.ledger.erase(device_, batch, [](Person&, const LogRecord&) { return true; }));
    s_.note_new_aggregates(user_.state);
    for (const auto& identifier : device.identifiers) TRY(lead_on(identifier, device.id, batch));
    const std::vector<bool> all(s_.snapshot->aggregates.size(), true);
    // What the device was told to set apart stays so.
    const auto own_wishes = std::exchange(user_.state.wishes, device.wishes);
    for (auto& [record, event] : moved_) {
      const uint64_t before = record.sequence;
      adopt(record, event);
      evidence_[before] = s_.ledger.append(user_, record, batch);
      (void)listen::apply_aggregates(user_.state, event, {record.source, record.proof},
                                     *s_.snapshot, s_.vocabulary, all, record.received_at);
      s_.note_old(user_, event);
    }
    user_.state.wishes = own_wishes;
    const std::vector<remember::Fact> own_facts = user_.state.facts;
    remember::unite(user_.state, device,
                    {.provenances = s_,
                     .provenance = [&](ProvenanceId id) { return provenances_.at(id.index); },
                     .evidence =
                         [&](uint64_t sequence) {
                           const auto at = evidence_.find(sequence);
                           return at == evidence_.end() ? sequence : at->second;
                         },
                     .now = now_});
    TRY(join_choices(own_facts, device.facts));
    for (const auto& [id, plain] : decisions_)
      batch.put(Space::record, id.bytes(),
                std::string(user_.state.id.bytes()) +
                    s_.ledger.seal(&user_, serve::record_aad(id), plain));
    for (const ground::Erasure& note : s_.values_forgotten[device.id])
      batch.erase(Space::meta, values_key(note));
    s_.values_forgotten.erase(device.id);
    s_.census.erase(device.id, batch);
    s_.forget_visits(device.id);
    s_.owed_to.erase(device.id);
    s_.owed_to_so_far.erase(device.id);
    s_.note_threads(user_.state);
    note_in_log(device, batch);
    batch.put(Space::meta, absorbed_key(device.id.bytes()), "\x01");
    s_.ledger.write_with(user_, batch);
    s_.census.born(user_.state.id);
    s_.learn_visits(user_.state);
    out.append(std::move(batch));
    return {};
  }

 private:
  struct Moved {
    LogRecord record;
    listen::Event event;
  };

  // Decisions that said something to the device are the person's to ask about.
  Result<void> read_decisions() {
    std::set<uint64_t> looked;
    for (const remember::Said& said : device_.state.said) {
      if (said.decision == 0 || !looked.insert(said.decision).second) continue;
      const auto each = [&](std::string_view key, std::string_view value) {
        const auto id = ground::DecisionId::from_bytes(key);
        const auto owner = PersonId::from_bytes(value.substr(0, 16));
        if (!id || owner != device_.state.id) return true;
        const auto plain = s_.ledger.open(*owner, serve::record_aad(*id), value.substr(16));
        if (plain) decisions_.emplace_back(*id, *plain);
        return true;
      };
      TRY(s_.store->scan(Space::record, decision_prefix(said.decision), "",
                         ground::Direction::forward, each));
    }
    return {};
  }

  // What a device may be shown, its person's other devices may not: from now on it is theirs.
  Result<void> name_provenances() {
    const auto name = [&](ProvenanceId id) -> Result<void> {
      ground::Provenance p = s_.vocabulary.provenance(id);
      if (by_.proof == Assurance::a2) p.viewer_min = std::max(p.viewer_min, Assurance::a2);
      provenances_[id.index] = TRY(s_.vocabulary.intern(p));
      return {};
    };
    const PersonState& state = device_.state;
    for (const auto& each : state.facts) TRY(name(each.provenance));
    for (const auto& each : state.visits) TRY(name(each.provenance));
    for (const auto& each : state.cart) TRY(name(each.provenance));
    for (const auto& each : state.seen) TRY(name(each.provenance));
    for (const auto& each : state.threads) TRY(name(each.provenance));
    return {};
  }

  // A device that its person proved leads to nobody from now on: whoever signs out leaves nothing
  // behind. One that a server says is theirs leads to them.
  Result<void> lead_on(const remember::Identifier& identifier, const PersonId& device,
                       ground::Batch& batch) {
    if (!TRY(s_.identity.forget(identifier.kind, identifier.value, device, batch))) return {};
    if (by_.proof != Assurance::a3) return {};
    s_.identity.bind(identifier.kind, identifier.value, user_.state.id, batch);
    if (user_.state.identifiers.size() < PersonState::identifiers_max)
      user_.state.identifiers.push_back(identifier);
    return {};
  }

  // Their word from now on, with their proof; but a consent stays the device's.
  void adopt(LogRecord& record, listen::Event& event) const {
    if (by_.proof != Assurance::a2 || listen::is_consent(event, *s_.snapshot)) return;
    event.user_id.clear();
    (void)listen::name_user(event, by_.user_id);
    record.proof = std::max(record.proof, Assurance::a2);
    record.body = ground::to_json(event.json);
  }

  // What was chosen on both sides when values were asked about is one: the whole may be used for
  // what both were told for, and is shown to whom both may be shown (listen/events/answering.cpp).
  Result<void> join_choices(const std::vector<remember::Fact>& own,
                            const std::vector<remember::Fact>& devices) {
    for (const remember::Fact& theirs : devices) {
      const ground::FactRule* rule = s_.snapshot->fact(theirs.key);
      if (rule == nullptr || rule->type != ground::FactType::values) continue;
      const ground::Provenance& there =
          s_.vocabulary.provenance(provenances_.at(theirs.provenance.index));
      for (const remember::Fact& mine : own) {
        ground::Provenance both = s_.vocabulary.provenance(mine.provenance);
        const auto alike = [&](const ground::Provenance& p) {
          return p.method == both.method && p.collected_in == both.collected_in &&
                 p.subject == both.subject;
        };
        if (mine.key != theirs.key || !alike(there) ||
            (both.purposes & there.purposes) == ground::PurposeSet{})
          continue;
        both.purposes = both.purposes & there.purposes;
        both.viewer_min = std::max(both.viewer_min, there.viewer_min);
        remember::Fact whole = mine.at < theirs.at ? theirs : mine;
        if (mine.at < theirs.at) {
          const auto moved = evidence_.find(theirs.evidence);
          if (moved != evidence_.end()) whole.evidence = moved->second;
        }
        whole.value = ground::joined_choices(mine.value, theirs.value);
        whole.provenance = TRY(s_.vocabulary.intern(both));
        std::erase_if(user_.state.facts, [&](const remember::Fact& kept) {
          return kept.key == whole.key && alike(s_.vocabulary.provenance(kept.provenance));
        });
        user_.state.keep(std::move(whole), both.method, both.collected_in, s_);
      }
    }
    return {};
  }

  // Names the device's person, so that an erasure reaches them in older backups too.
  void note_in_log(const PersonState& device, ground::Batch& batch) {
    ground::ValueList devices;
    for (const auto& identifier : device.identifiers)
      if (identifier.kind == remember::anonymous_id_kind) devices.emplace_back(identifier.value);
    ground::ValueMap details{{Value("person"), Value(ground::to_hex(device.id.raw))},
                             {Value("devices"), Value::list(std::move(devices))}};
    if (!by_.token_id.empty()) details.emplace_back(Value("token"), Value(by_.token_id));
    const listen::Event event =
        absorbed(by_.user_id, device.id, Value::map(std::move(details)), now_);
    user_.state.applied = s_.ledger.append(user_,
                                           {.source = by_.source,
                                            .proof = Assurance::a3,
                                            .at = now_,
                                            .received_at = now_,
                                            .body = ground::to_json(event.json)},
                                           batch);
  }

  State& s_;
  Person& device_;  // gone once write() has begun
  Person& user_;
  const Uniter& by_;
  const ground::Instant now_;
  std::vector<Moved> moved_;
  std::vector<std::pair<ground::DecisionId, std::string>> decisions_;
  std::map<uint16_t, ProvenanceId> provenances_;
  std::map<uint64_t, uint64_t> evidence_;  // the device's log records, as they are numbered now
};

Result<Person*> Partition::State::device_to_absorb(const Voice& voice) {
  if (voice.proof != Assurance::a2 || !voice.speaker.device_proven) return nullptr;
  Person* device = TRY(person_of(remember::anonymous_id_kind, voice.speaker.anonymous_id));
  // Two people are never made one.
  const bool free = device != nullptr && !is_users(*device);
  return free && !kept_apart.contains(device->state.id) ? device : nullptr;
}

void Partition::State::absorb_device(const Voice& voice, const ground::Source& source,
                                     Prepared& out) {
  Person* device = device_to_absorb(voice).value_or(nullptr);
  if (device == nullptr) return;
  const auto user = person_of(remember::user_id_kind, voice.speaker.user_id);
  if (!user) return;
  if (*user != nullptr)
    unite(*device, **user,
          {.user_id = voice.speaker.user_id,
           .token_id = voice.speaker.proof->token_id,
           .proof = Assurance::a2,
           .source = source.id},
          out);
  else
    become(*device, voice.speaker, source, out);
}

Result<void> Partition::State::unite_stated(const listen::Event& event,
                                            const ground::Source& source, Prepared& out) {
  const bool alias = event.anonymous_id.empty() && event.type == listen::EventType::alias;
  const std::string& named = alias ? event.previous_id : event.anonymous_id;
  if (event.user_id.empty() || named.empty()) return {};
  Person* user = TRY(person_of(remember::user_id_kind, event.user_id));
  Person* device = TRY(person_of(remember::anonymous_id_kind, named));
  if (user == nullptr || device == nullptr || is_users(*device)) return {};
  if (kept_apart.contains(device->state.id)) return {};
  // Events of this batch that are theirs already have to be where they can be read.
  TRY(store->commit_and_wait(std::exchange(out.batch, {}), ground::Durability::relaxed));
  out.batch.let_in();
  unite(*device, *user, {.user_id = event.user_id, .proof = Assurance::a3, .source = source.id},
        out);
  return {};
}

void Partition::State::unite(Person& device, Person& user, const Uniter& by, Prepared& out) {
  const PersonId id = device.state.id;
  Move move(*this, device, user, by);
  Result<void> done = move.read();
  if (done) done = move.write(out.batch);
  counters.devices_absorbed += done ? 1 : 0;
  if (done || done.error().code != ErrorCode::too_large) return;
  // Asked again at each question, it would be read again each time.
  if (kept_apart.size() >= kept_apart_max) kept_apart.clear();
  kept_apart.insert(id);
  ++counters.devices_kept_apart;
}

// With history, caps, what was said and what chance chose, so nothing flips when someone signs in
// for the first time. The device's id leads to them no longer.
void Partition::State::become(Person& person, const Asking& speaker, const ground::Source& source,
                              Prepared& out) {
  const ground::Instant now = clock.now();
  const listen::Event event =
      absorbed(speaker.user_id, person.state.id,
               Value::map({{Value("device"), Value(speaker.anonymous_id)},
                           {Value("token"), Value(speaker.proof->token_id)}}),
               now);
  const listen::Sender sender{source.id, Assurance::a3};
  const auto forgotten = identity.forget(remember::anonymous_id_kind, speaker.anonymous_id,
                                         person.state.id, out.batch);
  if (!forgotten) return;
  identity.bind(remember::user_id_kind, speaker.user_id, person.state.id, out.batch);
  const uint64_t sequence = ledger.append(person,
                                          {.source = source.id,
                                           .proof = sender.proof,
                                           .at = now,
                                           .received_at = now,
                                           .body = ground::to_json(event.json)},
                                          out.batch);
  (void)listen::apply(person.state, event, sequence, sender, *snapshot, vocabulary);
  person.state.applied = sequence;
  ledger.touch(person);
  census.happened(person.state.id, event);
  learn_visits(person.state);
  ++counters.devices_absorbed;
}

}  // namespace aizuchi::serve
