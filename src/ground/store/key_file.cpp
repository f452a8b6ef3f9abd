#include "ground/store/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

namespace aizuchi::ground {

namespace {

constexpr char file_version = 1;
constexpr size_t person_bytes = 16;
constexpr size_t key_bytes = 61;  // a wrapped key (vault.h)
constexpr size_t entry_bytes = person_bytes + key_bytes;
constexpr size_t keys_a_batch = 10'000;

using Keys = std::map<std::string, std::string>;  // by person; the key is zeros when taken out

std::string path_of(const std::string& keyring_directory) {
  return keyring_directory + "/people.keys";
}

const std::string& no_key() {
  static const std::string zeros(key_bytes, '\0');
  return zeros;
}

class File {
 public:
  File(const std::string& path, int flags)
      : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  bool opened() const { return fd_ >= 0; }
  std::unexpected<Error> failure() const {
    return fail(ErrorCode::unavailable, path_ + ": " + std::generic_category().message(errno));
  }
  Result<size_t> size() const {
    struct stat info{};
    if (::fstat(fd_, &info) != 0) return failure();
    return static_cast<size_t>(info.st_size);
  }
  Result<std::string> read(size_t at, size_t bytes) const {
    std::string out(bytes, '\0');
    for (size_t done = 0; done < bytes;) {
      const ssize_t n =
          ::pread(fd_, out.data() + done, bytes - done, static_cast<off_t>(at + done));
      if (n < 0) return failure();
      if (n == 0) return fail(ErrorCode::corrupted, path_ + " ends before its end");
      done += static_cast<size_t>(n);
    }
    return out;
  }
  Result<void> write(size_t at, std::string_view bytes) const {
    for (size_t done = 0; done < bytes.size();) {
      const ssize_t n =
          ::pwrite(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(at + done));
      if (n <= 0) return failure();
      done += static_cast<size_t>(n);
    }
    return {};
  }
  Result<void> sync() const {
    if (::fsync(fd_) != 0) return failure();
    return {};
  }

 private:
  std::string path_;
  int fd_;
};

// How many entries there are; nullopt: there is no file yet.
Result<std::optional<size_t>> entries_of(const File& file, const std::string& path) {
  if (!file.opened()) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return file.failure();
  }
  const size_t bytes = TRY(file.size());
  const char version = bytes == 0 ? 0 : TRY(file.read(0, 1)).front();
  if (version > file_version)
    return fail(ErrorCode::unsupported,
                path + " is of version " + std::to_string(version) + "; this program reads 1",
                "use the newer Aizuchi that wrote it");
  if (version != file_version || (bytes - 1) % entry_bytes != 0)
    return fail(ErrorCode::corrupted, path + " is not a file of people's keys",
                "restore it from the place where you keep the keyring");
  return (bytes - 1) / entry_bytes;
}

Result<Keys> read_keys(const std::string& path) {
  Keys out;
  const File file(path, O_RDONLY);
  const std::optional<size_t> count = TRY(entries_of(file, path));
  std::string bytes;
  if (count) bytes = TRY(file.read(1, *count * entry_bytes));
  for (size_t at = 0; at < bytes.size(); at += entry_bytes)
    out.emplace_hint(out.end(), bytes.substr(at, person_bytes),
                     bytes.substr(at + person_bytes, key_bytes));
  if (count && out.size() != *count)
    return fail(ErrorCode::corrupted, path + " names a person twice",
                "restore it from the place where you keep the keyring");
  return out;
}

// Beside and renamed: a crash leaves the old file or the new one.
Result<void> write_keys(const std::string& directory, const Keys& keys) {
  const std::string path = path_of(directory);
  const std::string beside = path + ".new";
  ::unlink(beside.c_str());
  std::string bytes(1, file_version);
  bytes.reserve(1 + keys.size() * entry_bytes);
  for (const auto& [person, key] : keys) bytes.append(person).append(key);
  const File file(beside, O_WRONLY | O_CREAT | O_EXCL);
  if (!file.opened()) return file.failure();
  TRY(file.write(0, bytes));
  TRY(file.sync());
  if (::rename(beside.c_str(), path.c_str()) != 0) return file.failure();
  const File folder(directory, O_RDONLY | O_DIRECTORY);
  if (!folder.opened()) return folder.failure();
  return folder.sync();
}

// Everyone in the keyring of a store, with what is stored for them.
Result<Keys> keys_of(Store& store) {
  Keys out;
  TRY(store.scan(Space::keyring, "", "", Direction::forward, [&](auto person, auto key) {
    out.emplace_hint(out.end(), person, key);
    return true;
  }));
  return out;
}

Result<void> put_all(Store& store, const Keys& keys) {
  Batch batch;
  size_t in_batch = 0;
  for (const auto& [person, key] : keys) {
    batch.put(Space::keyring, person, key);
    if (++in_batch % keys_a_batch == 0)
      TRY(store.commit_and_wait(std::exchange(batch, {}), Durability::relaxed));
  }
  return store.commit_and_wait(std::move(batch), Durability::synced);
}

}  // namespace

Result<uint64_t> keep_person_keys(const std::string& keyring_directory, Store& copy,
                                  const PersonLives& lives) {
  Keys kept = TRY(read_keys(path_of(keyring_directory)));
  const Keys copied = TRY(keys_of(copy));
  uint64_t added = 0;
  for (const auto& [person, key] : copied) {
    if (person.size() != person_bytes || key.size() != key_bytes)
      return fail(ErrorCode::corrupted, "a person's key in the keyring does not check",
                  "run `aizuchi verify`");
    // Taken out and still in the copy: erased after the copy was made. It stays out.
    added += kept.emplace(person, key).second;
  }
  TRY(write_keys(keyring_directory, kept));
  for (const auto& [person, key] : copied)
    if (!TRY(lives(person))) TRY(forget_person_key(keyring_directory, person));
  return added;
}

Result<void> take_keys_out(Store& copy) {
  Keys empty = TRY(keys_of(copy));
  for (auto& [person, key] : empty) key.clear();
  TRY(put_all(copy, empty));
  return copy.compact(Space::keyring);
}

Result<std::vector<std::string>> put_keys_back(const std::string& keyring_directory, Store& copy) {
  const Keys kept = TRY(read_keys(path_of(keyring_directory)));
  Keys found = TRY(keys_of(copy));
  std::vector<std::string> missing;
  for (auto it = found.begin(); it != found.end();) {
    const auto key = kept.find(it->first);
    const bool there = key != kept.end() && key->second != no_key();
    if (!there) missing.push_back(it->first);
    if (there) it->second = key->second;
    it = there ? std::next(it) : found.erase(it);
  }
  TRY(put_all(copy, found));
  return missing;
}

Result<bool> forget_person_key(const std::string& keyring_directory, std::string_view person) {
  AIZ_ASSERT(person.size() == person_bytes);
  const std::string path = path_of(keyring_directory);
  const File file(path, O_RDWR);
  const std::optional<size_t> count = TRY(entries_of(file, path));
  size_t first = 0, last = count.value_or(0);
  while (first < last) {
    const size_t middle = (first + last) / 2;
    const size_t at = 1 + middle * entry_bytes;
    const std::string entry = TRY(file.read(at, entry_bytes));
    const int order = person.compare(std::string_view(entry).substr(0, person_bytes));
    if (order == 0) {
      if (entry.ends_with(no_key())) return false;
      TRY(file.write(at + person_bytes, no_key()));
      TRY(file.sync());
      return true;
    }
    (order < 0 ? last : first) = order < 0 ? middle : middle + 1;
  }
  return false;
}

}  // namespace aizuchi::ground
