// Verification: everything that is stored is read and checked, and a digest is made of what it says
// (docs/formats.md, "Digest"). Nothing is changed but what opening changes.
#include <fmt/format.h>

#include "ground/base/bytes.h"
#include "remember/ledger/log_record.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::Direction;
using ground::ErrorCode;
using ground::fail;
using ground::PersonId;
using ground::Result;
using ground::Space;

namespace {

constexpr size_t wrong_max = 100;
constexpr uint64_t room_every = 4096;  // records between two looks at the cache of people

std::unexpected<ground::Error> damaged(std::string what) {
  return fail(ErrorCode::corrupted, std::move(what),
              "keep the directory as it is, and restore the newest backup");
}

std::string_view bytes_of(const std::array<uint8_t, 32>& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

}  // namespace

// Reads one space after the other; what is wrong with an entry ends its space, not the others.
class Partition::Verifier {
 public:
  explicit Verifier(State& state) : s_(state) {
    for (const ground::Erasure& erasure : s_.erasures)
      erased_people_.insert(PersonId{erasure.person});
  }

  Verified run() {
    note("blocks", s_.store->verify());
    part("log", [&] { return log(); });
    part("history", [&] { return each(Space::history, &Verifier::history); });
    if (counts_["history"] != counts_["log"] && out_.wrong.empty())
      wrong(fmt::format("history has {} entries, the log {}", counts_["history"], counts_["log"]));
    part("keyring", [&] { return each(Space::keyring, &Verifier::key); });
    part("state", [&] { return each(Space::state, &Verifier::state); });
    part("record", [&] { return each(Space::record, &Verifier::decision); });
    part("identity", [&] { return each(Space::identity, &Verifier::identity); });
    part("seen", [&] { return each(Space::seen, &Verifier::seen); });
    part("meta", [&] { return each(Space::meta, &Verifier::meta); });
    if (erased_ > 0) counts_["erased"] = erased_;
    for (const auto& [space, count] : counts_) out_.counts.emplace_back(space, count);
    out_.last_sequence = s_.ledger.last_sequence();
    out_.lost = s_.ledger.lost();
    out_.link = ground::hex(s_.ledger.last_link());
    out_.digest = ground::hex(digest_);
    return std::move(out_);
  }

 private:
  using Entry = Result<void> (Verifier::*)(std::string_view key, std::string_view value);

  void wrong(std::string what) {
    if (out_.wrong.size() < wrong_max) out_.wrong.push_back(std::move(what));
  }
  void note(std::string_view what, const Result<void>& outcome) {
    if (!outcome)
      wrong(fmt::format("{}: {}; {}", what, outcome.error().message, outcome.error().hint));
  }
  template <typename Read>
  void part(const char* name, Read read) {
    counting_ = &counts_[name];
    note(name, read());
    s_.ledger.make_room();
  }
  // digest' = SHA-256(digest · space u8 · key length varint · key · what the value says)
  void digest(Space space, std::string_view key, std::string_view says) {
    ground::ByteWriter out;
    out.bytes(bytes_of(digest_));
    out.u8(static_cast<uint8_t>(space));
    out.text(key);
    out.bytes(says);
    digest_ = ground::sha256(out.view());
  }

  Result<void> each(Space space, Entry entry) {
    Result<void> outcome;
    const auto take = [&](std::string_view key, std::string_view value) {
      outcome = (this->*entry)(key, value);
      if (outcome && ++*counting_ % room_every == 0) s_.ledger.make_room();
      return outcome.has_value();
    };
    TRY(s_.store->scan(space, "", "", Direction::forward, take));
    return outcome;
  }

  Result<void> log() {
    const auto take = [&](remember::Person& person,
                          const remember::LogRecord& record) -> Result<bool> {
      TRY(listen::read_kept_event(record.body, record.at, record.received_at));
      ground::ByteWriter says;
      says.bytes(person.state.id.bytes());
      says.varint(record.source.index);
      says.u8(static_cast<uint8_t>(record.proof));
      says.zigzag(record.at.ms);
      says.zigzag(record.received_at.ms);
      says.bytes(record.body);
      ground::ByteWriter key;
      key.be64(record.sequence);
      digest(Space::log, key.view(), says.view());
      if (++*counting_ % room_every == 0) s_.ledger.make_room();
      return true;
    };
    const auto erased = [&](uint64_t sequence, const std::array<uint8_t, 32>& hash) {
      ground::ByteWriter key;
      key.be64(sequence);
      digest(Space::log, key.view(), bytes_of(hash));
      ++erased_;
    };
    return s_.ledger.walk(take, erased);
  }

  Result<void> history(std::string_view key, std::string_view) {
    ground::ByteReader in(key);
    const std::string_view person = in.bytes(16);
    in.be64();
    const std::string sequence(in.rest());
    const uint64_t number = in.be64();
    if (!in.done()) return damaged("a key is not one");
    const auto stored = TRY(s_.store->get(Space::log, sequence));
    if (!stored) return damaged(fmt::format("it names log record {}, which is missing", number));
    if (TRY(remember::peek_log_record(number, *stored)).person != person)
      return damaged(fmt::format("it names log record {}, which is another person's", number));
    digest(Space::history, key, "");
    return {};
  }

  Result<void> key(std::string_view person, std::string_view) {
    const auto found = TRY(s_.vault->find_key(*s_.store, person));
    if (!found) return damaged("a person's key went while it was read");
    digest(Space::keyring, person, "");
    return {};
  }

  Result<void> state(std::string_view key, std::string_view value) {
    const auto id = PersonId::from_bytes(key);
    if (!id) return damaged("a key is not a person");
    const auto state = TRY(remember::open_state(*s_.store, *s_.vault, *id, value));
    if (!state) return damaged("a person has a state and no key");
    if (state->id != *id) return damaged("a person's state is another's");
    if (state->applied > s_.ledger.last_sequence())
      return damaged(
          fmt::format("a person's state has seen log record {}, which is missing", state->applied));
    digest(Space::state, key, remember::encode(*state));
    return {};
  }

  Result<void> decision(std::string_view key, std::string_view value) {
    if (value == erased_record) return {};
    const auto id = ground::DecisionId::from_bytes(key);
    const auto owner = PersonId::from_bytes(value.substr(0, 16));
    if (!id || !owner) return damaged("a decision's record is too short");
    if (!owner->empty() && TRY(s_.ledger.find(*owner)) == nullptr) {
      if (erased_people_.contains(*owner)) return {};
      return damaged("a decision's record is of nobody who is known or was erased");
    }
    const std::string plain = TRY(s_.ledger.open(*owner, State::record_aad(*id), value.substr(16)));
    TRY(decide::decode_record(plain));
    digest(Space::record, key, owner->bytes());
    digest(Space::record, key, plain);
    return {};
  }

  Result<void> identity(std::string_view key, std::string_view value) {
    const auto id = PersonId::from_bytes(value);
    if (key.size() != 16 || !id) return damaged("an entry is not one");
    if (TRY(s_.ledger.find(*id)) == nullptr) return damaged("an entry names nobody");
    digest(Space::identity, key, value);
    return {};
  }

  Result<void> seen(std::string_view, std::string_view value) {
    if (value.size() != 8) return damaged("an entry is not a time");
    return {};
  }

  Result<void> meta(std::string_view name, std::string_view value) {
    if (name.starts_with("publish/")) TRY(ground::BrandFiles::decode(value));
    // The audiences' counts are made from the states, and sealed anew each time; what is on its way
    // to webhooks is in no backup.
    if (!name.starts_with("audience") && !name.starts_with(meta_effect))
      digest(Space::meta, name, value);
    return {};
  }

  State& s_;
  Verified out_;
  std::map<std::string, uint64_t> counts_;
  uint64_t* counting_ = nullptr;
  std::unordered_set<PersonId> erased_people_;
  uint64_t erased_ = 0;  // log records of which only number and hash are left
  std::array<uint8_t, 32> digest_{};
};

Result<Partition::Verified> Partition::verify() {
  TRY(flush());  // states as of the end of the log
  return Verifier(*state_).run();
}

namespace {

constexpr ground::Duration ahead_max = ground::Duration::minutes(5);
constexpr uint64_t head_records = 1000;

using Examined = Partition::Examined;

// All is well, or it is wrong in the words of the error.
Examined examined(std::string check, std::string says, const Result<void>& outcome) {
  if (outcome) return {.check = std::move(check), .says = std::move(says)};
  return {.check = std::move(check),
          .says = outcome.error().message,
          .remedy = outcome.error().hint.empty() ? "run `aizuchi verify`" : outcome.error().hint,
          .wrong = true};
}

}  // namespace

// The last records follow each other, and none came from a later time than now.
std::vector<Examined> Partition::State::examine_log() {
  const uint64_t last = ledger.last_sequence();
  ground::Instant newest;
  const auto take = [&](remember::Person&, const remember::LogRecord& record) -> Result<bool> {
    newest = std::max(newest, record.received_at);
    return true;
  };
  const uint64_t from = last > head_records ? last - head_records : 0;
  std::vector<Examined> out;
  out.push_back(examined(
      "log",
      fmt::format("the log has {} records, its head is {}", last, ground::hex(ledger.last_link())),
      ledger.after(from, take)));
  Examined time{.check = "clock", .says = "the clock is not behind what was received"};
  if (newest > clock.now() + ahead_max) {
    time.says = fmt::format("the clock says {}, and an event was received at {}",
                            ground::format_instant(clock.now()), ground::format_instant(newest));
    time.remedy = "set the clock (timedatectl); until then caps and expiries count wrong";
    time.wrong = true;
  }
  out.push_back(std::move(time));
  if (!ledger.lost().empty())
    out.push_back({.check = "salvaged",
                   .says = fmt::format("{} stretches of the log were lost in a salvage",
                                       ledger.lost().size()),
                   .remedy = "nothing to do; `aizuchi verify` lists them"});
  return out;
}

std::vector<Examined> Partition::State::examine_brand() {
  Result<void> published;
  if (!snapshot)
    published = fail(ErrorCode::not_found, "no brand folder is published",
                     "run `aizuchi apply DIR --data …`");
  Result<void> keyed;
  if (keys.empty())
    keyed = fail(ErrorCode::not_found, "there is no key to connect with",
                 "run `aizuchi keys create --source web --public`");
  std::vector<Examined> out;
  out.push_back(examined(
      "brand",
      snapshot ? fmt::format("version {} of the brand folder is live", snapshot->version) : "",
      published));
  out.push_back(examined("keys", fmt::format("{} keys", keys.size()), keyed));
  if (backfill_pending)
    out.push_back({.check = "filling",
                   .says = "a new aggregate is not filled from history for everyone yet",
                   .remedy = "it goes on while the server runs; until then rules that read it "
                             "know nothing"});
  Result<void> swept;
  if (!sweep_trouble.empty())
    swept = fail(ErrorCode::corrupted, sweep_trouble,
                 "the files are written anew and searched again within the hour; a backup that "
                 "runs holds them");
  out.push_back(examined("files", "nothing of erased people is left in the files", swept));
  Result<void> counted;
  if (!census.trouble().empty())
    counted = fail(ErrorCode::corrupted, census.trouble(),
                   "they are counted again from the people while the server runs");
  out.push_back(examined("audiences", "the counts of the audiences are whole", counted));
  Result<void> audited;
  if (!audit.trouble().empty())
    audited = fail(ErrorCode::unavailable, audit.trouble(), "see to the disk of the keyring");
  else if (const auto report = audit.verify(); !report)
    audited = std::unexpected(report.error());
  else if (!report->problems.empty())
    audited = fail(ErrorCode::corrupted, report->problems.front(),
                   "`aizuchi audit verify` tells all; compare the log with a copy");
  out.push_back(examined("audit", "the audit log is whole, and noted beside the keyring", audited));
  return out;
}

std::vector<Examined> Partition::examine() {
  State& s = *state_;
  std::vector<Examined> out;
  out.push_back(examined("writable", "storage takes writes", s.store->writable()));
  out.push_back(examined("blocks", "every stored block checks", s.store->verify()));
  size_t people = 0;
  Result<void> opened;
  const Result<void> listed = s.ledger.people("", [&](const ground::PersonId& id) {
    if (const auto found = s.ledger.find(id); !found) opened = std::unexpected(found.error());
    if (++people % room_every == 0) s.ledger.make_room();
    return opened.has_value();
  });
  out.push_back(
      examined("people", fmt::format("{} people can be read", people), listed ? opened : listed));
  for (auto& line : s.examine_log()) out.push_back(std::move(line));
  for (auto& line : s.examine_brand()) out.push_back(std::move(line));
  for (auto& line : s.examine_webhooks()) out.push_back(std::move(line));
  return out;
}

}  // namespace aizuchi::serve
