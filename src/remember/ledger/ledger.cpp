#include "remember/ledger/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "ground/base/bytes.h"
#include "remember/ledger/log_record.h"

namespace aizuchi::remember {

using ground::Batch;
using ground::ByteReader;
using ground::ByteWriter;
using ground::Direction;
using ground::ErrorCode;
using ground::fail;
using ground::PersonId;
using ground::Result;
using ground::Space;

namespace {

constexpr uint8_t log_seal_format = 1;
constexpr uint8_t state_seal_format = 1;
constexpr uint8_t other_seal_format = 1;
// The person's key, its places in map and ring, their allocations.
constexpr size_t cached_extra_bytes = sizeof(Person) - sizeof(PersonState) + 80;
constexpr size_t looks_max = 4096;  // of the cache's hand in one call
constexpr std::string_view applied_key = "applied";
constexpr std::string_view salvaged_key = "salvaged";

std::string sequence_key(uint64_t sequence) {
  ByteWriter out;
  out.be64(sequence);
  return out.take();
}

// Order by time for dates before 1970 too: the sign bit is flipped.
std::string history_key(const PersonId& id, Instant at, uint64_t sequence) {
  ByteWriter out;
  out.bytes(id.bytes());
  out.be64(static_cast<uint64_t>(at.ms) ^ (uint64_t{1} << 63));
  out.be64(sequence);
  return out.take();
}

std::string log_aad(uint64_t sequence) {
  return "log" + sequence_key(sequence);
}
std::string state_aad(const PersonId& id) {
  return "state" + std::string(id.bytes());
}

Result<PersonState> open_with(const ground::Vault& vault, const ground::PersonKey& key,
                              const PersonId& id, std::string_view sealed) {
  const std::string plain = TRY(vault.open(key, state_aad(id), sealed));
  return decode_person(plain);
}

Result<LogRecord> open_log_record(const ground::Vault& vault, const ground::PersonKey& key,
                                  uint64_t sequence, const StoredRecord& stored) {
  auto opened = vault.open(key, log_aad(sequence), stored.sealed);
  if (!opened)
    return fail(opened.error().code,
                fmt::format("log record {}: {}", sequence, opened.error().message),
                opened.error().hint);
  const std::string plain = *std::move(opened);
  LogRecord record{.sequence = sequence};
  ByteReader in(plain);
  record.source = {static_cast<uint16_t>(in.varint())};
  const uint8_t proof = in.u8();
  record.proof = static_cast<ground::Assurance>(std::min<uint8_t>(proof, 3));
  record.at = {in.zigzag()};
  record.received_at = {in.zigzag()};
  record.body = in.rest();
  if (!in.ok())
    return fail(ErrorCode::corrupted, fmt::format("log record {} does not check", sequence));
  return record;
}

uint64_t sequence_of(std::string_view history_key) {
  return ByteReader(history_key.substr(history_key.size() - 8)).be64();
}

}  // namespace

Ledger::Ledger(ground::Store& store, ground::Vault& vault, size_t people_cached_bytes)
    : store_(store),
      vault_(vault),
      people_cached_bytes_(people_cached_bytes),
      nobody_(vault.derived_256("nobody")),
      flushed_(std::make_shared<std::atomic<uint64_t>>(0)) {}

Result<void> Ledger::load() {
  Result<void> outcome;
  const auto take_last = [&](std::string_view key, std::string_view value) {
    last_sequence_ = ByteReader(key).be64();
    const auto last = peek_log_record(last_sequence_, value);
    if (last) last_link_ = last->link;
    if (!last) outcome = std::unexpected(last.error());
    return false;
  };
  TRY(store_.scan(Space::log, "", "", Direction::backward, take_last));
  TRY(std::move(outcome));
  if (const auto lost = TRY(store_.get(Space::meta, salvaged_key))) lost_ = TRY(decode_lost(*lost));
  if (const auto applied = TRY(store_.get(Space::meta, applied_key))) {
    ByteReader in(*applied);
    applied_ = in.be64();
    if (!in.done()) return fail(ErrorCode::corrupted, "meta 'applied' does not check");
  }
  if (applied_ > last_sequence_)
    return fail(ErrorCode::corrupted,
                fmt::format("log records {} to {} are missing: the states have seen them",
                            last_sequence_ + 1, applied_),
                "keep the directory as it is, and restore the newest backup");
  loaded_until_ = last_sequence_;
  return {};
}

Result<Person*> Ledger::find(const PersonId& id) {
  const auto it = people_.find(id);
  if (it != people_.end()) {
    it->second->recent = true;
    return it->second.get();
  }
  auto key = TRY(vault_.find_key(store_, id.bytes()));
  if (!key) return nullptr;
  PersonState state{.id = id};
  if (const auto sealed = TRY(store_.get(Space::state, id.bytes())))
    state = TRY(open_with(vault_, *key, id, *sealed));
  return &keep_cached(
      std::make_unique<Person>(Person{.state = std::move(state), .key = *std::move(key)}));
}

Person& Ledger::create(const PersonId& id, Instant now, Batch& batch) {
  Person& out = keep_cached(std::make_unique<Person>(
      Person{.state = {.id = id, .created_at = now}, .key = vault_.create_key(batch, id.bytes())}));
  touch(out);
  return out;
}

Person& Ledger::keep_cached(std::unique_ptr<Person> person) {
  Person& out = *person;
  people_.emplace(out.state.id, std::move(person));
  out.ring_at = ring_.size();
  ring_.push_back(&out);
  count_bytes(out);
  return out;
}

void Ledger::count_bytes(Person& person) {
  const size_t bytes = footprint(person.state) + cached_extra_bytes;
  cached_bytes_ += bytes - person.cached_bytes;
  person.cached_bytes = bytes;
}

void Ledger::let_go(Person& person) {
  cached_bytes_ -= person.cached_bytes;
  ring_.back()->ring_at = person.ring_at;
  ring_[person.ring_at] = ring_.back();
  ring_.pop_back();
  people_.erase(PersonId(person.state.id));
}

void Ledger::touch(Person& person) {
  if (person.dirty) return;
  person.dirty = true;
  dirty_.push_back(&person);
}

uint64_t Ledger::append(const Person& person, const LogRecord& record, Batch& batch) {
  const uint64_t sequence = ++last_sequence_;
  ByteWriter plain;
  plain.varint(record.source.index);
  plain.u8(static_cast<uint8_t>(record.proof));
  plain.zigzag(record.at.ms);
  plain.zigzag(record.received_at.ms);
  plain.bytes(record.body);
  const std::string sealed =
      vault_.seal(person.key, log_seal_format, log_aad(sequence), plain.view());
  batch.put(Space::log, sequence_key(sequence),
            encode_log_record(sequence, person.state.id.bytes(), sealed, last_link_));
  batch.put(Space::history, history_key(person.state.id, record.at, sequence), "");
  return sequence;
}

Result<LogRecord> Ledger::open_record(uint64_t sequence, const StoredRecord& stored,
                                      Person*& person) {
  const auto id = PersonId::from_bytes(stored.person);
  AIZ_ASSERT(id.has_value());
  person = TRY(find(*id));
  if (person == nullptr)
    return fail(ErrorCode::corrupted,
                fmt::format("log record {}: the key of its person is missing", sequence),
                "restore the newest backup, with the newest keyring");
  return open_log_record(vault_, person->key, sequence, stored);
}

Result<void> Ledger::walk_from(uint64_t after, const Take& take, const TakeErased& erased) {
  Link link = no_link;
  if (const auto before = TRY(store_.get(Space::log, sequence_key(after))))
    link = TRY(peek_log_record(after, *before)).link;
  LogWalk walk(after, link, lost_);
  const auto each = [&](std::string_view key, std::string_view value) -> Result<bool> {
    const uint64_t sequence = ByteReader(key).be64();
    const StoredRecord stored = TRY(walk.next(sequence, value));
    if (stored.erased) {
      if (erased) erased(sequence, stored.hash);
      return true;
    }
    Person* person = nullptr;
    const LogRecord record = TRY(open_record(sequence, stored, person));
    return take(*person, record);
  };
  Result<void> outcome;
  const auto guarded = [&](std::string_view key, std::string_view value) {
    const auto more = each(key, value);
    if (!more) outcome = std::unexpected(more.error());
    return more.has_value() && *more;
  };
  TRY(store_.scan(Space::log, "", sequence_key(after + 1), Direction::forward, guarded));
  return outcome;
}

Result<void> Ledger::replay(const Take& take) {
  const auto each = [&](Person& person, const LogRecord& record) -> Result<bool> {
    if (person.state.applied >= record.sequence) return true;
    return take(person, record);
  };
  return walk_from(applied_, each, nullptr);
}

Result<void> Ledger::walk(const Take& take, const TakeErased& erased) {
  return walk_from(0, take, erased);
}

Result<void> Ledger::history(Person& person, Direction direction, const Take& take, Instant from) {
  Result<void> outcome;
  const auto each = [&](std::string_view key, std::string_view) -> Result<bool> {
    const uint64_t sequence = sequence_of(key);
    const auto value = TRY(store_.get(Space::log, sequence_key(sequence)));
    if (!value)
      return fail(ErrorCode::corrupted,
                  fmt::format("history names log record {}, which is missing", sequence));
    Person* owner = nullptr;
    const StoredRecord stored = TRY(peek_log_record(sequence, *value));
    const LogRecord record = TRY(open_record(sequence, stored, owner));
    return take(person, record);
  };
  const auto guarded = [&](std::string_view key, std::string_view value) {
    const auto more = each(key, value);
    if (!more) outcome = std::unexpected(more.error());
    return more.has_value() && *more;
  };
  const std::string start = from.ms == INT64_MIN ? "" : history_key(person.state.id, from, 0);
  TRY(store_.scan(Space::history, person.state.id.bytes(), start, direction, guarded));
  return outcome;
}

Result<bool> Ledger::is_written(const Person& person) const {
  // Commits are written in their order: where a person's last record is, all of theirs are.
  const uint64_t last = person.state.applied;
  return last <= loaded_until_ || TRY(store_.get(Space::log, sequence_key(last))).has_value();
}

Result<bool> Ledger::has_short_history(const Person& person, size_t records) const {
  size_t seen = 0;
  const auto count = [&](std::string_view, std::string_view) { return ++seen <= records; };
  TRY(store_.scan(Space::history, person.state.id.bytes(), "", Direction::forward, count));
  return seen <= records;
}

Result<void> Ledger::after(uint64_t sequence, const Take& take) {
  return walk_from(sequence, take, nullptr);
}

Result<void> Ledger::newest(size_t max, const Take& take) {
  size_t seen = 0;
  const auto each = [&](std::string_view key, std::string_view value) -> Result<bool> {
    if (++seen > max) return false;
    const uint64_t sequence = ByteReader(key).be64();
    const StoredRecord stored = TRY(peek_log_record(sequence, value));
    if (stored.erased) return true;
    Person* person = nullptr;
    const LogRecord record = TRY(open_record(sequence, stored, person));
    return take(*person, record);
  };
  Result<void> outcome;
  const auto guarded = [&](std::string_view key, std::string_view value) {
    const auto more = each(key, value);
    if (!more) outcome = std::unexpected(more.error());
    return more.has_value() && *more;
  };
  TRY(store_.scan(Space::log, "", "", Direction::backward, guarded));
  return outcome;
}

Result<void> Ledger::people_since(uint64_t sequence,
                                  const std::function<void(const PersonId&)>& take) {
  Result<void> outcome;
  const auto each = [&](std::string_view key, std::string_view value) {
    const auto stored = peek_log_record(ByteReader(key).be64(), value);
    if (!stored) outcome = std::unexpected(stored.error());
    if (stored && !stored->erased) take(*PersonId::from_bytes(stored->person));
    return stored.has_value();
  };
  TRY(store_.scan(Space::log, "", sequence_key(sequence + 1), Direction::forward, each));
  return outcome;
}

Result<void> Ledger::people(std::string_view after,
                            const std::function<bool(const PersonId&)>& take) {
  const auto each = [&](std::string_view key, std::string_view) {
    if (key == after) return true;
    const auto id = PersonId::from_bytes(key);
    return !id || take(*id);
  };
  return store_.scan(Space::keyring, "", after, Direction::forward, each);
}

Result<size_t> Ledger::erase(Person& person, Batch& batch, const Take& take) {
  const PersonId id = person.state.id;
  std::vector<std::string> entries;  // of the history; what `take` does may use the store
  const auto note = [&](std::string_view key, std::string_view) {
    entries.emplace_back(key);
    return true;
  };
  TRY(store_.scan(Space::history, id.bytes(), "", Direction::forward, note));
  for (const std::string& entry : entries) {
    const uint64_t sequence = sequence_of(entry);
    const auto value = TRY(store_.get(Space::log, sequence_key(sequence)));
    if (!value)
      return fail(ErrorCode::corrupted,
                  fmt::format("history names log record {}, which is missing", sequence));
    const StoredRecord stored = TRY(decode_log_record(sequence, *value));
    batch.erase(Space::history, entry);
    if (stored.erased) continue;
    Person* owner = nullptr;
    const LogRecord record = TRY(open_record(sequence, stored, owner));
    (void)TRY(take(person, record));
    batch.put(Space::log, sequence_key(sequence),
              encode_tombstone(sequence, stored.hash, stored.link));
  }
  batch.erase(Space::state, id.bytes());
  vault_.erase_key(batch, id.bytes());
  std::erase(dirty_, &person);
  if (const auto it = std::ranges::find(round_, &person); it != round_.end()) {
    if (static_cast<size_t>(it - round_.begin()) < round_done_) --round_done_;
    round_.erase(it);
  }
  let_go(person);
  return entries.size();
}

Result<void> Ledger::erase_record(const Person& person, const LogRecord& record, Batch& batch) {
  const std::string key = sequence_key(record.sequence);
  const auto value = TRY(store_.get(Space::log, key));
  if (!value)
    return fail(ErrorCode::corrupted,
                fmt::format("history names log record {}, which is missing", record.sequence));
  const StoredRecord stored = TRY(decode_log_record(record.sequence, *value));
  batch.put(Space::log, key, encode_tombstone(record.sequence, stored.hash, stored.link));
  batch.erase(Space::history, history_key(person.state.id, record.at, record.sequence));
  return {};
}

void Ledger::write_with(Person& person, Batch& batch) {
  const PersonId& id = person.state.id;
  batch.put(Space::state, id.bytes(),
            vault_.seal(person.key, state_seal_format, state_aad(id), encode(person.state)));
  touch(person);  // who is dirty stays in the cache, which must not read what was there before
}

void Ledger::write_state(Person& person, Batch& batch) {
  const PersonId& id = person.state.id;
  batch.put(Space::state, id.bytes(),
            vault_.seal(person.key, state_seal_format, state_aad(id), encode(person.state)));
  person.dirty = false;
  person.flush_generation = generation_;
  count_bytes(person);
}

// Only when the states of everyone that the log up to here has changed are written or in the batch.
void Ledger::write_applied(uint64_t sequence, Batch& batch) {
  applied_ = sequence;
  batch.put(Space::meta, applied_key, sequence_key(sequence));
}

void Ledger::commit_states(Batch batch) {
  const auto written = [flushed = flushed_, generation = generation_](const Result<void>& outcome) {
    if (outcome) flushed->store(generation, std::memory_order_release);
  };
  // It is behind events that were let in: refused now, states and log would part.
  batch.let_in();
  store_.commit(std::move(batch), ground::Durability::relaxed, written);
}

void Ledger::flush(Batch also) {
  ++generation_;
  for (; round_done_ < round_.size(); ++round_done_) write_state(*round_[round_done_], also);
  for (Person* person : dirty_) write_state(*person, also);
  round_.clear();
  round_done_ = 0;
  dirty_.clear();
  write_applied(last_sequence_, also);
  commit_states(std::move(also));
}

void Ledger::flush_share(double share) {
  if (round_.empty()) {
    if (dirty_.empty()) return;
    round_.swap(dirty_);
    round_sequence_ = last_sequence_;
  }
  ++generation_;
  Batch batch;
  const double wanted = std::ceil(share * static_cast<double>(round_.size()));
  size_t left = static_cast<size_t>(std::clamp(wanted, 1.0, static_cast<double>(round_.size())));
  for (; left > 0 && round_done_ < round_.size(); --left)
    write_state(*round_[round_done_++], batch);
  if (round_done_ == round_.size()) {
    round_.clear();
    round_done_ = 0;
    write_applied(round_sequence_, batch);
  }
  commit_states(std::move(batch));
}

void Ledger::make_room() {
  const uint64_t flushed = flushed_->load(std::memory_order_acquire);
  for (size_t looks = looks_max; cached_bytes_ > people_cached_bytes_ && looks > 0; --looks) {
    if (ring_.empty()) return;
    if (hand_ >= ring_.size()) hand_ = 0;
    Person& person = *ring_[hand_];
    const bool written = !person.dirty && person.flush_generation <= flushed;
    if (written && !person.recent) {
      let_go(person);
    } else {
      person.recent = false;
    }
    ++hand_;  // past the newest, too, which took the place of whom was let go
  }
}

std::string Ledger::seal(const Person* person, std::string_view aad, std::string_view plain) const {
  return vault_.seal(person == nullptr ? nobody_ : person->key, other_seal_format, aad, plain);
}

Result<std::string> Ledger::open(const PersonId& id, std::string_view aad,
                                 std::string_view sealed) {
  if (id.empty()) return vault_.open(nobody_, aad, sealed);
  const Person* person = TRY(find(id));
  if (person == nullptr)
    return fail(ErrorCode::not_found, "it belonged to someone whose data was erased");
  return vault_.open(person->key, aad, sealed);
}

Result<std::optional<PersonState>> open_state(ground::Store& store, ground::Vault& vault,
                                              const PersonId& id, std::string_view sealed) {
  const auto key = TRY(vault.find_key(store, id.bytes()));
  if (!key) return std::nullopt;
  return TRY(open_with(vault, *key, id, sealed));
}

Result<void> read_history(ground::Store& store, ground::Vault& vault, const PersonId& id,
                          const TakeRecord& take) {
  const auto key = TRY(vault.find_key(store, id.bytes()));
  if (!key) return {};
  Result<void> outcome;
  const auto each = [&](std::string_view entry) -> Result<bool> {
    const uint64_t sequence = sequence_of(entry);
    const auto value = TRY(store.get(Space::log, sequence_key(sequence)));
    if (!value) return true;  // erased since the entry was read
    const StoredRecord stored = TRY(peek_log_record(sequence, *value));
    if (stored.erased) return true;
    return take(TRY(open_log_record(vault, *key, sequence, stored)));
  };
  const auto guarded = [&](std::string_view entry, std::string_view) {
    const auto more = each(entry);
    if (!more) outcome = std::unexpected(more.error());
    return more.has_value() && *more;
  };
  TRY(store.scan(Space::history, id.bytes(), "", Direction::forward, guarded));
  return outcome;
}

}  // namespace aizuchi::remember
