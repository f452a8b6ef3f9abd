// The log: what was entrusted is found as it was, and what is not as it was is refused by name.
#include "remember/ledger/ledger.h"

#include <doctest/doctest.h>

#include <deque>

#include "ground/base/bytes.h"
#include "ground/base/dice.h"
#include "remember/ledger/log_record.h"

namespace aizuchi::remember {

using ground::Batch;
using ground::Direction;
using ground::Durability;
using ground::ErrorCode;
using ground::PersonId;
using ground::Result;
using ground::SeededDice;
using ground::Space;

namespace {

std::string be64(uint64_t v) {
  ground::ByteWriter out;
  out.be64(v);
  return out.take();
}

// A log of `count` events of three people.
class Kept {
 public:
  explicit Kept(uint64_t count) {
    Ledger ledger(*store_, *vault_, 1 << 20);
    REQUIRE(ledger.load());
    Batch batch;
    std::vector<Person*> people;
    for (int i = 0; i < 3; ++i)
      people.push_back(&ledger.create(PersonId{dice_.next_128()}, Instant{1000}, batch));
    for (uint64_t n = 1; n <= count; ++n) {
      const LogRecord record{.source = {1},
                             .proof = ground::Assurance::a3,
                             .at = {static_cast<int64_t>(n)},
                             .received_at = {static_cast<int64_t>(n) + 5},
                             .body = body(n)};
      CHECK(ledger.append(*people[n % 3], record, batch) == n);
    }
    commit(std::move(batch));
    link_ = ledger.last_link();
  }

  static std::string body(uint64_t n) { return "{\"n\":" + std::to_string(n) + "}"; }
  std::string stored(uint64_t n) { return store_->get(Space::log, be64(n)).value().value(); }

  void commit(Batch batch) {
    REQUIRE(store_->commit_and_wait(std::move(batch), Durability::synced));
  }
  void put(uint64_t n, std::string_view value) {
    Batch batch;
    batch.put(Space::log, be64(n), value);
    commit(std::move(batch));
  }
  void put_meta(std::string_view name, std::string_view value) {
    Batch batch;
    batch.put(Space::meta, name, value);
    commit(std::move(batch));
  }
  void erase(Space space, std::string_view key) {
    Batch batch;
    batch.erase(space, key);
    commit(std::move(batch));
  }

  // How many records a restart finds, and that they are what was kept.
  Result<uint64_t> restart() {
    Ledger ledger(*store_, *vault_, 1 << 20);
    TRY(ledger.load());
    uint64_t n = 0;
    const auto count = [&](Person&, const LogRecord& record) -> Result<bool> {
      CHECK(record.body == body(record.sequence));
      CHECK(record.received_at.ms == record.at.ms + 5);
      ++n;
      return true;
    };
    TRY(ledger.replay(count));
    CHECK((ledger.last_link() == link_));
    return n;
  }
  void refused(std::string_view names, ErrorCode code = ErrorCode::corrupted) {
    const auto found = restart();
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().code == code);
    CHECK(found.error().message.find(names) != std::string::npos);
    CHECK_FALSE(found.error().hint.empty());
  }

 private:
  SeededDice dice_{7};
  std::unique_ptr<ground::Store> store_ = ground::open_memory_store();
  std::unique_ptr<ground::Vault> vault_ = ground::Vault::open_in_memory(dice_);
  Link link_ = no_link;
};

}  // namespace

TEST_CASE("a restart finds every record as it was, and where the log ends") {
  CHECK(Kept(0).restart().value() == 0);
  CHECK(Kept(1).restart().value() == 1);
  CHECK(Kept(40).restart().value() == 40);
}

TEST_CASE("each flipped bit of a record is refused, and the record is named") {
  Kept kept(5);
  const std::string good = kept.stored(3);
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    CAPTURE(bit);
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ 1 << bit % 8);
    kept.put(3, bad);
    const auto found = kept.restart();
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().message.find("log record 3") != std::string::npos);
  }
  kept.put(3, good.substr(0, good.size() - 1));
  kept.refused("log record 3");
  kept.put(3, "");
  kept.refused("log record 3");
  kept.put(3, good);
  CHECK(kept.restart().value() == 5);
}

TEST_CASE("a record that is missing, in another's place or twice is refused") {
  Kept kept(9);
  const std::string third = kept.stored(3), fourth = kept.stored(4);
  kept.put(3, fourth);
  kept.refused("log record 3");
  kept.put(3, third);
  kept.erase(Space::log, be64(4));
  kept.refused("log records 4 to 4 are missing");
  kept.erase(Space::log, be64(5));
  kept.refused("log records 4 to 5 are missing");
}

TEST_CASE("a record that was made anew, checksum and all, does not follow the one before it") {
  Kept kept(6);
  const std::string stored = kept.stored(3);
  const auto third = peek_log_record(3, stored);
  REQUIRE(third.has_value());
  Link elsewhere{1};
  kept.put(3, encode_log_record(3, third->person, third->sealed, elsewhere));
  kept.refused("log record 3: it does not follow");
}

TEST_CASE("an end of the log that is gone is noticed by what the states have seen") {
  Kept kept(6);
  kept.put_meta("applied", be64(6));
  CHECK(kept.restart().value() == 0);
  kept.erase(Space::log, be64(6));
  kept.refused("log records 6 to 6 are missing");
}

TEST_CASE("where a record was erased its number and hash stay, and what follows still checks") {
  Kept kept(5);
  const std::string stored = kept.stored(3);
  const auto third = decode_log_record(3, stored);
  REQUIRE(third.has_value());
  const std::string tombstone = encode_tombstone(3, third->hash, third->link);
  CHECK(tombstone.size() == 69);
  kept.put(3, tombstone);
  CHECK(kept.restart().value() == 4);
  for (size_t bit = 0; bit < tombstone.size() * 8; ++bit) {
    std::string bad = tombstone;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ 1 << bit % 8);
    kept.put(3, bad);
    CHECK_FALSE(kept.restart().has_value());
  }
  kept.put(3, encode_tombstone(3, Link{1}, third->link));
  kept.refused("log record 3: it does not follow");
}

TEST_CASE("a record of a newer format is refused by name, one whose key is gone too") {
  Kept kept(4);
  const std::string second = kept.stored(2);
  std::string newer = second;
  newer[0] = 4;
  kept.put(2, newer);
  kept.refused("log record 2 is of format 4", ErrorCode::unsupported);
  kept.put(2, second);
  kept.erase(Space::keyring, peek_log_record(2, second)->person);
  kept.refused("log record 2: the key of its person is missing");
}

TEST_CASE("a hole passes only when a salvage has named it") {
  Kept kept(9);
  kept.erase(Space::log, be64(4));
  kept.erase(Space::log, be64(5));
  kept.put_meta("salvaged", encode_lost({{5, 5}}));
  kept.refused("log records 4 to 5 are missing");
  kept.put_meta("salvaged", encode_lost({{4, 5}}));
  CHECK(kept.restart().value() == 7);
  kept.put_meta("salvaged", "\x07");
  CHECK(kept.restart().error().code == ErrorCode::corrupted);
}

namespace {

// A ledger that has room at hand for a few of the people who come.
class Crowd {
 public:
  static constexpr size_t room_bytes = 20'000;

  const PersonId& come() {
    Batch batch;
    Person& person = ledger_.create(PersonId{dice_.next_128()}, Instant{1000}, batch);
    for (uint16_t k = 0; k < 5; ++k)
      person.state.keep(
          {.key = {k}, .value = ground::Value(std::string(40, 'a')), .at = {1000 + k}},
          ground::Method::stated, {1}, lookup_);
    commit(std::move(batch));
    return ids_.emplace_back(person.state.id);
  }
  void come(size_t count) {
    for (size_t i = 0; i < count; ++i) come();
  }
  void write() {
    ledger_.flush({});
    commit({});
  }
  // Until nobody more goes.
  void make_room() {
    for (int i = 0; i < 10; ++i) ledger_.make_room();
  }
  // Whoever is not at hand is read again, into memory of just their size.
  bool everyone_is_as_they_were() {
    for (const PersonId& id : ids_) {
      const auto person = ledger_.find(id);
      if (!person || *person == nullptr || (*person)->state.facts.size() != 5) return false;
      if (footprint((*person)->state) > room_bytes / 10) return false;
    }
    return true;
  }

  Ledger& ledger() { return ledger_; }

 private:
  struct OneProvenance final : ProvenanceLookup {
    const ground::Provenance& provenance(ground::ProvenanceId) const override { return only; }
    ground::Provenance only;
  };
  void commit(Batch batch) {
    REQUIRE(store_->commit_and_wait(std::move(batch), Durability::synced));
  }

  SeededDice dice_{11};
  OneProvenance lookup_;
  std::unique_ptr<ground::Store> store_ = ground::open_memory_store();
  std::unique_ptr<ground::Vault> vault_ = ground::Vault::open_in_memory(dice_);
  Ledger ledger_{*store_, *vault_, room_bytes};
  std::deque<PersonId> ids_;
};

}  // namespace

TEST_CASE("People at hand take no more memory than they may, and nobody is lost for it") {
  Crowd crowd;
  crowd.come(200);
  crowd.write();
  CHECK(crowd.ledger().cached() == 200);
  CHECK(crowd.ledger().cached_bytes() > 5 * Crowd::room_bytes);
  crowd.make_room();
  CHECK(crowd.ledger().cached_bytes() <= Crowd::room_bytes);
  CHECK(crowd.ledger().cached() > 5);
  CHECK(crowd.everyone_is_as_they_were());
  crowd.make_room();
  CHECK(crowd.ledger().cached_bytes() <= Crowd::room_bytes);
}

TEST_CASE("Whoever is not written yet stays at hand, over the bytes too") {
  Crowd crowd;
  crowd.come(100);
  crowd.make_room();
  CHECK(crowd.ledger().cached() == 100);
  crowd.write();
  crowd.make_room();
  CHECK(crowd.ledger().cached() < 100);
}

TEST_CASE("Whoever comes often stays at hand while others pass by") {
  Crowd crowd;
  const PersonId often = crowd.come();
  const Person* at_hand = *crowd.ledger().find(often);
  for (int i = 0; i < 100; ++i) {
    crowd.come();
    crowd.write();
    CHECK(*crowd.ledger().find(often) == at_hand);  // the very same, never read again
    crowd.ledger().make_room();
  }
  CHECK(crowd.ledger().cached() < 50);
}

}  // namespace aizuchi::remember
