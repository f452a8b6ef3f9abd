#include "serve/partition/backup.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>

#include "ground/base/dice.h"
#include "ground/store/key_file.h"
#include "ground/store/vault.h"
#include "serve/partition/partition.h"

namespace aizuchi::serve {

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

// Opens a copy as a server would, and reads everything.
Result<Partition::Verified> read_through(const std::string& directory, const std::string& keyring) {
  const auto partition = TRY(Partition::open({.data_directory = directory,
                                              .keyring_directory = keyring,
                                              .sync = false,
                                              .people_cached_bytes = people_cached_bytes}));
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
  {
    const auto copy = TRY(ground::open_rocks_store({.directory = data, .sync = false}));
    const auto lives = [&](std::string_view person) {
      return live.contains(Space::keyring, person);
    };
    TRY(ground::keep_person_keys(keyring_directory, *copy, lives));
    TRY(ground::take_keys_out(*copy));
  }
  TRY(ground::mark_backup(data));
  Manifest manifest{.made_at = made_at,
                    .last_sequence = verified.last_sequence,
                    .link = verified.link,
                    .digest = verified.digest,
                    .people = people_in(verified),
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

Result<void> join_keys(const std::string& directory, const std::string& keyring) {
  const auto copy = TRY(ground::open_rocks_store({.directory = directory, .sync = false}));
  ground::SystemDice dice;
  TRY(ground::Vault::open(keyring, *copy, dice));  // is it the keyring of this data?
  const auto missing = TRY(ground::put_keys_back(keyring, *copy));
  if (!missing.empty())
    return fail(ErrorCode::not_found,
                fmt::format("the keyring {} lacks the keys of {} people of this backup", keyring,
                            missing.size()),
                "give the live keyring, or the copy of it made after this backup");
  return {};
}

}  // namespace

Result<Restored> restore_backup(const RestoreOrder& order) {
  const std::string name = without_slash(order.data_directory);
  Restored out{.manifest = TRY(ground::read_manifest(order.backup)), .digest = ""};
  TRY(refuse_unless_empty(name));
  const std::string keyring =
      order.keyring_directory.empty() ? name + "-keys" : order.keyring_directory;
  Unfinished place(name + ".unfinished");
  TRY(place.make());
  TRY(ground::copy_files(out.manifest.files, order.backup + "/data", place.path()));
  TRY(ground::unmark_backup(place.path()));
  TRY(join_keys(place.path(), keyring));
  const Partition::Verified verified = TRY(read_through(place.path(), keyring));
  if (verified.digest != out.manifest.digest || verified.link != out.manifest.link ||
      verified.last_sequence != out.manifest.last_sequence)
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
