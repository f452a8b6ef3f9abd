#include "serve/partition/backup.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>

#include "ground/base/bytes.h"
#include "ground/base/dice.h"
#include "ground/store/erasures.h"
#include "ground/store/key_file.h"
#include "ground/store/vault.h"
#include "remember/ledger/log_record.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::Batch;
using ground::Direction;
using ground::ErrorCode;
using ground::fail;
using ground::Manifest;
using ground::Result;
using ground::Space;

namespace {

constexpr size_t people_cached_bytes = 32ULL << 20;

// A directory that goes when its work does not end well.
class Unfinished {
 public:
  explicit Unfinished(std::string path) : path_(std::move(path)) {}
  ~Unfinished() {
    std::error_code error;
    if (!finished_) std::filesystem::remove_all(path_, error);
  }
  Unfinished(const Unfinished&) = delete;
  const std::string& path() const { return path_; }

  Result<void> make() {
    std::error_code error;
    const std::filesystem::path absolute = std::filesystem::absolute(path_, error);
    if (!error) std::filesystem::create_directories(absolute.parent_path(), error);
    if (error) return fail(ErrorCode::unavailable, path_ + ": " + error.message());
    const bool made = std::filesystem::create_directory(absolute, error);
    if (!made) finished_ = true;  // someone else's
    if (error) return fail(ErrorCode::unavailable, path_ + ": " + error.message());
    if (!made)
      return fail(ErrorCode::conflict, path_ + " is left from an attempt that did not end",
                  "remove it, and try again");
    ::chmod(path_.c_str(), 0700);
    return {};
  }
  Result<void> become(const std::string& name) {
    std::error_code error;
    std::filesystem::rename(path_, name, error);
    if (error) return fail(ErrorCode::unavailable, name + ": " + error.message());
    finished_ = true;
    const auto parent = std::filesystem::absolute(name, error).parent_path();
    return ground::sync_folder(parent.string());
  }

 private:
  const std::string path_;
  bool finished_ = false;
};

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

// What is on its way to webhooks names people, and a backup must not know more than the keyring.
// Returns how many that were.
Result<uint64_t> take_effects_out(ground::Store& copy) {
  Batch batch;
  uint64_t messages = 0;
  TRY(copy.scan(Space::meta, meta_effect, "", Direction::forward, [&](auto name, auto) {
    batch.erase(Space::meta, name);
    ++messages;
    return true;
  }));
  if (batch.empty()) return messages;
  TRY(copy.commit_and_wait(std::move(batch), ground::Durability::synced));
  TRY(copy.compact(Space::meta));
  return messages;
}

// Opens a copy as a server would, and reads everything.
Result<Partition::Verified> read_through(const std::string& directory, const std::string& keyring) {
  const auto partition = TRY(Partition::open({.data_directory = directory,
                                              .keyring_directory = keyring,
                                              .sync = false,
                                              .people_cached_bytes = people_cached_bytes,
                                              .as_it_is = true}));
  Partition::Verified verified = TRY(partition->verify());
  if (!verified.wrong.empty())
    return fail(ErrorCode::corrupted, verified.wrong.front(),
                "`aizuchi verify` names everything that is wrong");
  return verified;
}

uint64_t people_in(const Partition::Verified& verified) {
  for (const auto& [space, count] : verified.counts)
    if (space == "keyring") return count;
  return 0;
}

}  // namespace

Result<Manifest> BackupTask::run() {
  const std::string name = without_slash(directory);
  std::error_code error;
  if (std::filesystem::exists(name, error))
    return fail(ErrorCode::conflict, name + " exists already", "name a new directory");
  Unfinished place(name + ".unfinished");
  TRY(place.make());
  const std::string data = place.path() + "/data";
  const ground::Instant made_at = clock.now();
  TRY(live.checkpoint(data));
  const Partition::Verified verified = TRY(read_through(data, keyring_directory));
  uint64_t untold = 0;
  {
    const auto copy = TRY(ground::open_rocks_store({.directory = data, .sync = false}));
    const auto lives = [&](std::string_view person) -> Result<bool> {
      return TRY(live.contains(Space::keyring, person)) ||
             TRY(live.contains(Space::meta, absorbed_key(person)));
    };
    TRY(ground::keep_person_keys(keyring_directory, *copy, lives));
    TRY(ground::take_keys_out(*copy));
    untold = TRY(take_effects_out(*copy));
  }
  TRY(ground::mark_backup(data));
  Manifest manifest{.made_at = made_at,
                    .last_sequence = verified.last_sequence,
                    .link = verified.link,
                    .digest = verified.digest,
                    .people = people_in(verified),
                    .untold = untold,
                    .files = TRY(ground::sum_files(data))};
  TRY(ground::write_manifest(place.path(), manifest));
  TRY(place.become(name));
  return manifest;
}

namespace {

Result<void> refuse_unless_empty(const std::string& directory) {
  std::error_code error;
  if (!std::filesystem::exists(directory, error)) return {};
  if (std::filesystem::is_directory(directory, error) &&
      std::filesystem::is_empty(directory, error) && !error)
    return {};
  return fail(ErrorCode::conflict, directory + " is not an empty directory",
              "restore into a new one, look at it, and then put it in the old one's place");
}

using Erased = std::map<std::string, ground::Erasure>;  // by person

// What an erasure leaves of someone whose key the keyring no longer has, so that nothing of theirs
// can be opened: numbers and hashes in the log, and who was erased.
Result<void> erase_sealed(ground::Store& copy, const ground::Erasure& erasure, Batch& batch) {
  const std::string person(ground::PersonId{erasure.person}.bytes());
  std::vector<std::string> entries;
  TRY(copy.scan(Space::history, person, "", Direction::forward, [&](auto key, auto) {
    entries.emplace_back(key);
    return true;
  }));
  for (const std::string& entry : entries) {
    batch.erase(Space::history, entry);
    const std::string key = entry.substr(entry.size() - 8);
    const uint64_t sequence = ground::ByteReader(key).be64();
    const auto value = TRY(copy.get(Space::log, key));
    if (!value)
      return fail(ErrorCode::corrupted,
                  fmt::format("history names log record {}, which is missing", sequence));
    const auto stored = TRY(remember::decode_log_record(sequence, *value));
    if (!stored.erased)
      batch.put(Space::log, key, remember::encode_tombstone(sequence, stored.hash, stored.link));
  }
  batch.erase(Space::state, person);
  batch.erase(Space::keyring, person);
  for (const auto& lookup : erasure.lookups)
    if (TRY(copy.get(Space::identity, ground::PersonId{lookup}.bytes())) == person)
      batch.erase(Space::identity, ground::PersonId{lookup}.bytes());
  batch.put(Space::meta, "erased/" + ground::to_hex(erasure.person),
            ground::encode_erasure(erasure));
  return {};
}

// The counts of the audiences still have their bits: they are made again from the people.
Result<void> forget_counts(ground::Store& copy, Batch& batch) {
  return copy.scan(Space::meta, "audience", "", Direction::forward, [&](auto name, auto) {
    batch.erase(Space::meta, name);
    return true;
  });
}

// Joins the keys of the keyring to the data; returns how many of its people have been erased since
// the backup was made.
Result<uint64_t> join_keys(const std::string& directory, const std::string& keyring) {
  Erased erased;
  for (ground::Erasure& erasure : TRY(ground::read_erasures(keyring))) {
    if (erasure.what == ground::Erased::values) continue;
    std::string person(ground::PersonId{erasure.person}.bytes());
    erased.insert_or_assign(std::move(person), std::move(erasure));
  }
  const auto copy = TRY(ground::open_rocks_store({.directory = directory, .sync = false}));
  ground::SystemDice dice;
  TRY(ground::Vault::open(keyring, *copy, dice));  // is it the keyring of this data?
  uint64_t known_erased = 0;  // those whose key is still there are erased by the next start
  TRY(copy->scan(Space::keyring, "", "", Direction::forward, [&](auto person, auto) {
    known_erased += erased.contains(std::string(person));
    return true;
  }));
  const auto missing = TRY(ground::put_keys_back(keyring, *copy));
  Batch batch;
  uint64_t unknown = 0;
  for (const std::string& person : missing) {
    const auto erasure = erased.find(person);
    unknown += erasure == erased.end();
    if (erasure != erased.end()) TRY(erase_sealed(*copy, erasure->second, batch));
  }
  if (unknown > 0)
    return fail(
        ErrorCode::not_found,
        fmt::format("the keyring {} lacks the keys of {} people of this backup", keyring, unknown),
        "give the live keyring, or the copy of it made after this backup");
  if (!missing.empty()) TRY(forget_counts(*copy, batch));
  TRY(copy->commit_and_wait(std::move(batch), ground::Durability::relaxed));
  return known_erased;
}

}  // namespace

Result<Restored> restore_backup(const RestoreOrder& order) {
  const std::string name = without_slash(order.data_directory);
  Restored out{.manifest = TRY(ground::read_manifest(order.backup))};
  TRY(refuse_unless_empty(name));
  const std::string keyring =
      order.keyring_directory.empty() ? name + "-keys" : order.keyring_directory;
  Unfinished place(name + ".unfinished");
  TRY(place.make());
  TRY(ground::copy_files(out.manifest.files, order.backup + "/data", place.path()));
  TRY(ground::unmark_backup(place.path()));
  out.erased_since = TRY(join_keys(place.path(), keyring));
  const Partition::Verified verified = TRY(read_through(place.path(), keyring));
  // The head of the log proves all of it, tombstones too; of those who were erased since, what the
  // backup said is gone, and so its digest cannot come back.
  const bool same_log =
      verified.link == out.manifest.link && verified.last_sequence == out.manifest.last_sequence;
  if (!same_log || (out.erased_since == 0 && verified.digest != out.manifest.digest))
    return fail(ErrorCode::corrupted,
                fmt::format("what was restored says {}, the backup said {}", verified.digest,
                            out.manifest.digest),
                "keep the backup as it is and use another one");
  out.digest = verified.digest;
  TRY(ground::sum_files(place.path()));  // syncs them
  TRY(place.become(name));
  return out;
}

}  // namespace aizuchi::serve
