#include "serve/partition/salvage.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>

#include "decide/pipeline/record.h"
#include "ground/base/bytes.h"
#include "ground/domain/vocabulary.h"
#include "ground/store/manifest.h"
#include "ground/store/repair.h"
#include "remember/ledger/ledger.h"
#include "remember/ledger/log_record.h"
#include "serve/partition/partition.h"

namespace aizuchi::serve {

using ground::Batch;
using ground::BrandFiles;
using ground::Durability;
using ground::ErrorCode;
using ground::fail;
using ground::PersonId;
using ground::Result;
using ground::Space;

namespace {

constexpr size_t batch_bytes = 4 << 20;
constexpr size_t history_key_bytes = 16 + 8 + 8;  // person, moment, number
constexpr std::string_view meta_applied = "applied", meta_salvaged = "salvaged";
constexpr std::string_view meta_vocabulary = "vocabulary", meta_version = "version";

std::string be64(uint64_t number) {
  ground::ByteWriter out;
  out.be64(number);
  return out.take();
}

// Reads the old store space by space into the new one, in an order in which what is read needs only
// what has been read.
class Salvage {
 public:
  Salvage(ground::Store& old, ground::Store& fresh, ground::Vault& vault)
      : old_(old), fresh_(fresh), vault_(vault), nobody_(vault.derived_256("nobody")) {}

  Result<Salvaged> run() {
    TRY(meta());
    each(Space::keyring, [&](auto key, auto value) { return person(key, value); });
    TRY(log());
    each(Space::state, [&](auto key, auto value) { return state(key, value); });
    each(Space::record, [&](auto key, auto value) { return decision(key, value); });
    each(Space::identity, [&](auto key, auto value) { return identity(key, value); });
    each(Space::seen,
         [&](auto key, auto value) { return value.size() == 8 && keep(Space::seen, key, value); });
    out_.states_made_again = people_.size() - with_state_;
    // Everything is replayed: whoever's state is whole has seen it, the others are made again.
    batch_.put(Space::meta, meta_applied, be64(0));
    batch_.put(Space::meta, meta_salvaged, remember::encode_lost(out_.lost_records));
    TRY(fresh_.commit_and_wait(std::exchange(batch_, {}), Durability::synced));
    TRY(failure_);
    return std::move(out_);
  }

 private:
  bool keep(Space space, std::string_view key, std::string_view value) {
    batch_.put(space, key, value);
    if (batch_.bytes() < batch_bytes || !failure_) return true;
    failure_ = fresh_.commit_and_wait(std::exchange(batch_, {}), Durability::relaxed);
    return true;
  }

  template <typename Check>
  void each(Space space, Check check) {
    Salvaged::Space about{.name = std::string(to_string(space))};
    about.dark = !ground::read_around_damage(old_, space, [&](auto key, auto value) {
      ++(check(key, value) ? about.kept : about.lost);
    });
    out_.spaces.push_back(std::move(about));
  }

  Result<void> meta() {
    bool names = false;
    uint64_t newest = 0;
    std::set<uint64_t> publishes;
    std::string live;
    each(Space::meta, [&](std::string_view name, std::string_view value) {
      if (name.starts_with("audience") || name == meta_applied) return true;  // made again
      if (name.starts_with("publish/")) {
        if (!BrandFiles::decode(value)) return false;
        const std::string_view hex = name.substr(8);
        uint64_t version = 0;
        if (std::from_chars(hex.begin(), hex.end(), version, 16).ptr != hex.end()) return false;
        newest = std::max(newest, version);
        publishes.insert(version);
      }
      if (name == meta_vocabulary) names = ground::Vocabulary::decode(value).has_value();
      if (name == meta_version) live = value;
      if (name == meta_salvaged)
        if (auto before = remember::decode_lost(value)) before_ = *std::move(before);
      return keep(Space::meta, name, value);
    });
    if (!names)
      return fail(ErrorCode::corrupted, "the vocabulary is lost: no record can be understood",
                  "restore a backup, whatever its age");
    if (publishes.empty())
      return fail(ErrorCode::corrupted, "no version of the brand folder can be read",
                  "restore a backup, whatever its age");
    const uint64_t was = live.size() == 8 ? ground::ByteReader(live).be64() : 0;
    if (publishes.contains(was)) return {};
    out_.notes.push_back(
        fmt::format("the live version of the brand folder is lost; version {} is live", newest));
    batch_.put(Space::meta, meta_version, be64(newest));
    return {};
  }

  bool person(std::string_view key, std::string_view value) {
    if (key.size() != 16) return false;
    const auto found = vault_.find_key(old_, key);
    if (!found || !*found) return false;
    people_.emplace(key);
    return keep(Space::keyring, key, value);
  }

  // In order, so that each record's link speaks for it. What a reader of the log in pieces found
  // is sorted first: only numbers and where they end are kept. The history names records too: those
  // that no piece of the log has are lost as well, and are counted.
  Result<void> log() {
    std::set<uint64_t> there;
    Salvaged::Space about{.name = "log"};
    ground::read_around_damage(old_, Space::history, [&](auto key, auto) {
      if (key.size() == history_key_bytes)
        there.insert(ground::ByteReader(key.substr(key.size() - 8)).be64());
    });
    about.dark = !ground::read_around_damage(old_, Space::log, [&](auto key, auto) {
      if (key.size() == 8) there.insert(ground::ByteReader(key).be64());
    });
    TRY(fresh_.commit_and_wait(std::exchange(batch_, {}), Durability::relaxed));
    out_.lost_records = before_;
    remember::LogWalk walk(0, remember::no_link, out_.lost_records);
    for (const uint64_t sequence : there) {
      if (sequence > walk.last() + 1) lose(walk.last() + 1, sequence - 1);
      if (TRY(record(walk, sequence)))
        ++about.kept;
      else
        ++about.lost;
    }
    last_ = walk.last();
    if (!there.empty() && *there.rbegin() > last_) lose(last_ + 1, *there.rbegin());
    tidy_lost();
    out_.spaces.push_back(std::move(about));
    return {};
  }

  Result<bool> record(remember::LogWalk& walk, uint64_t sequence) {
    const auto value = old_.get(Space::log, be64(sequence));
    if (!value || !*value) return false;
    const auto stored = walk.next(sequence, **value);
    if (!stored) return false;
    if (stored->erased) return keep(Space::log, be64(sequence), **value);
    const auto at = time_of(sequence, *stored);
    if (!at) {
      lose(sequence, sequence);
      return false;
    }
    keep(Space::log, be64(sequence), **value);
    ground::ByteWriter history;
    history.bytes(stored->person);
    history.be64(static_cast<uint64_t>(at->ms) ^ (uint64_t{1} << 63));
    history.be64(sequence);
    keep(Space::history, history.view(), "");
    return true;
  }

  // When a record's event happened; nullopt: it does not open.
  std::optional<ground::Instant> time_of(uint64_t sequence, const remember::StoredRecord& stored) {
    const auto key = vault_.find_key(old_, stored.person);
    if (!key || !*key) return std::nullopt;
    const auto plain = vault_.open(**key, "log" + be64(sequence), stored.sealed);
    if (!plain) return std::nullopt;
    ground::ByteReader in(*plain);
    in.varint();
    in.u8();
    const ground::Instant at{in.zigzag()};
    const ground::Instant received{in.zigzag()};
    const bool readable =
        in.ok() && listen::read_kept_event(std::string(in.rest()), at, received).has_value();
    return readable ? std::optional(at) : std::nullopt;
  }

  void lose(uint64_t first, uint64_t last) { out_.lost_records.emplace_back(first, last); }

  // Sorted, and what touches made one.
  void tidy_lost() {
    auto& lost = out_.lost_records;
    std::ranges::sort(lost);
    std::vector<remember::Lost> whole;
    for (const auto& [first, last] : lost) {
      if (!whole.empty() && first <= whole.back().second + 1)
        whole.back().second = std::max(whole.back().second, last);
      else
        whole.emplace_back(first, last);
    }
    lost = std::move(whole);
  }

  bool state(std::string_view key, std::string_view value) {
    const auto id = PersonId::from_bytes(key);
    if (!id || !people_.contains(key)) return false;
    const auto state = remember::open_state(old_, vault_, *id, value);
    // What the log no longer has, a state must not have seen: it is made again.
    if (!state || !*state || (*state)->id != *id || (*state)->applied > last_) return false;
    ++with_state_;
    return keep(Space::state, key, value);
  }

  bool decision(std::string_view key, std::string_view value) {
    const auto id = ground::DecisionId::from_bytes(key);
    const auto owner = PersonId::from_bytes(value.substr(0, 16));
    if (!id || !owner || value.size() < 16) return false;
    std::optional<ground::PersonKey> theirs;
    if (!owner->empty()) {
      auto found = vault_.find_key(old_, owner->bytes());
      if (!found || !*found) return false;
      theirs = *std::move(found);
    }
    const auto plain = vault_.open(theirs ? *theirs : nobody_, "record" + std::string(id->bytes()),
                                   value.substr(16));
    return plain && decide::decode_record(*plain) && keep(Space::record, key, value);
  }

  bool identity(std::string_view key, std::string_view value) {
    return key.size() == 16 && people_.contains(value) && keep(Space::identity, key, value);
  }

  ground::Store& old_;
  ground::Store& fresh_;
  ground::Vault& vault_;
  const ground::PersonKey nobody_;
  Batch batch_;
  Result<void> failure_;
  Salvaged out_;
  std::set<std::string, std::less<>> people_;
  uint64_t with_state_ = 0;
  uint64_t last_ = 0;                   // of the log
  std::vector<remember::Lost> before_;  // in an earlier salvage
};

struct Scratch {
  std::string path;
  ~Scratch() {
    std::error_code error;
    std::filesystem::remove_all(path, error);
  }
};

Result<void> make_scratch(const SalvageOrder& order, const std::string& scratch) {
  std::error_code error;
  if (!std::filesystem::is_directory(order.damaged, error))
    return fail(ErrorCode::not_found, order.damaged + " is not a directory");
  if (!std::filesystem::exists(order.keyring_directory + "/master.key", error))
    return fail(ErrorCode::not_found, order.keyring_directory + "/master.key is missing",
                "give the keyring of this directory: --keyring DIR");
  if (std::filesystem::exists(order.data_directory, error) &&
      !std::filesystem::is_empty(order.data_directory, error))
    return fail(ErrorCode::conflict, order.data_directory + " is not an empty directory",
                "salvage into a new one");
  if (!std::filesystem::create_directories(scratch, error) && !error)
    return fail(ErrorCode::conflict, scratch + " is left from an attempt that did not end",
                "remove it, and try again");
  if (!error)
    std::filesystem::copy(order.damaged, scratch + "/damaged",
                          std::filesystem::copy_options::recursive, error);
  if (error) return fail(ErrorCode::unavailable, scratch + ": " + error.message());
  return {};
}

}  // namespace

Result<Salvaged> salvage(const SalvageOrder& order) {
  TRY(ground::refuse_held(order.damaged));
  const std::string scratch = order.data_directory + ".unfinished";
  TRY(make_scratch(order, scratch));
  const Scratch goes{scratch};
  std::vector<std::string> notes;
  Salvaged out;
  {
    const auto old = TRY(ground::open_damaged_copy(scratch + "/damaged", notes));
    const auto fresh =
        TRY(ground::open_rocks_store({.directory = scratch + "/data", .sync = false}));
    ground::SystemDice dice;
    const auto vault = TRY(ground::Vault::open(order.keyring_directory, *old, dice));
    out = TRY(Salvage(*old, *fresh, *vault).run());
  }
  out.notes.insert(out.notes.begin(), notes.begin(), notes.end());
  {
    const auto partition = TRY(Partition::open({.data_directory = scratch + "/data",
                                                .keyring_directory = order.keyring_directory,
                                                .sync = false}));
    const Partition::Verified verified = TRY(partition->verify());
    if (!verified.wrong.empty())
      return fail(ErrorCode::corrupted, "what was kept is not whole: " + verified.wrong.front());
    out.digest = verified.digest;
  }
  TRY(ground::sum_files(scratch + "/data"));  // syncs them
  std::error_code error;
  std::filesystem::rename(scratch + "/data", order.data_directory, error);
  if (error) return fail(ErrorCode::unavailable, order.data_directory + ": " + error.message());
  return out;
}

}  // namespace aizuchi::serve
