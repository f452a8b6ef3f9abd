// What the store's tests share.
#pragma once

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "ground/base/test_folder.h"
#include "ground/base/time.h"
#include "ground/store/store.h"

namespace aizuchi::ground::test {

// A clock that background threads may read while a test turns it.
class SharedClock final : public Clock {
 public:
  Instant now() override { return {now_ms.load()}; }
  int64_t monotonic_us() override { return now_ms.load() * 1000; }
  std::atomic<int64_t> now_ms = 1'700'000'000'000;
};

inline std::unique_ptr<Store> open_at(const std::string& directory) {
  StoreOptions options;
  options.directory = directory;
  Result<std::unique_ptr<Store>> store = open_rocks_store(std::move(options));
  AIZ_ASSERT(store.has_value());
  return std::move(*store);
}

inline Batch one(Space space, std::string_view key, std::string_view value) {
  Batch batch;
  batch.put(space, key, value);
  return batch;
}

inline Result<void> put(Store& store, Space space, std::string_view key, std::string_view value,
                        Durability durability = Durability::synced) {
  return store.commit_and_wait(one(space, key, value), durability);
}

inline std::string be64(uint64_t v) {
  ByteWriter out;
  out.be64(v);
  return out.take();
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return std::move(bytes).str();
}

inline void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << bytes;
}

// The newest non-empty file whose name begins or ends so; empty when there is none.
inline std::string find_file(const std::string& directory, std::string_view begins,
                             std::string_view ends) {
  std::string found;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(begins) && name.ends_with(ends) && entry.file_size() > 0)
      found = std::max(found, entry.path().string());
  }
  return found;
}

inline void copy_directory(const std::string& from, const std::string& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

}  // namespace aizuchi::ground::test
