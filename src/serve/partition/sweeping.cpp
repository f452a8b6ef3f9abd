#include "serve/partition/sweeping.h"

#include <algorithm>
#include <bitset>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>
#include <unordered_map>

namespace aizuchi::serve {

using ground::Batch;
using ground::Direction;
using ground::PersonId;
using ground::Result;
using ground::Space;

namespace {

constexpr size_t marks_a_batch = 1'000;
constexpr size_t chunk_bytes = 1 << 20;
constexpr Space every_space[] = {Space::log,    Space::history,  Space::seen,    Space::state,
                                 Space::record, Space::identity, Space::keyring, Space::meta};

// Many byte strings looked for at once: a bit for each pair of first bytes, then a comparison.
class Search {
 public:
  explicit Search(const std::vector<std::string>& traces) {
    for (const std::string& trace : traces) {
      if (trace.size() < 2) continue;
      const size_t pair = pair_at(trace.data());
      begins_.set(pair);
      by_pair_.emplace(pair, trace);
      longest_ = std::max(longest_, trace.size());
    }
  }
  size_t longest() const { return longest_; }
  bool finds(std::string_view bytes) const {
    for (size_t i = 0; i + 1 < bytes.size(); ++i) {
      const size_t pair = pair_at(bytes.data() + i);
      if (!begins_.test(pair)) continue;
      const auto [first, last] = by_pair_.equal_range(pair);
      for (auto it = first; it != last; ++it)
        if (bytes.substr(i).starts_with(it->second)) return true;
    }
    return false;
  }

 private:
  static size_t pair_at(const char* p) {
    return static_cast<size_t>(static_cast<uint8_t>(p[0])) << 8 | static_cast<uint8_t>(p[1]);
  }
  std::bitset<1 << 16> begins_;
  std::unordered_multimap<size_t, std::string> by_pair_;
  size_t longest_ = 0;
};

Result<bool> file_has(const std::string& path, const Search& search, uint64_t& bytes) {
  std::ifstream in(path, std::ios::binary);
  std::string window;  // the end of the last chunk, and the next one
  std::string chunk(chunk_bytes, '\0');
  while (in) {
    in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    const auto got = static_cast<size_t>(in.gcount());
    if (got == 0) break;
    bytes += got;
    window.append(chunk, 0, got);
    if (search.finds(window)) return true;
    if (window.size() > search.longest()) window.erase(0, window.size() - search.longest());
  }
  return false;
}

// An id begins with its millisecond.
bool decided_by(std::string_view id, ground::Instant until) {
  int64_t at = 0;
  for (const char byte : id.substr(0, 6)) at = at << 8 | static_cast<uint8_t>(byte);
  return at <= until.ms;
}

Result<uint64_t> mark_records(const SweepTask& task) {
  Batch batch;
  uint64_t marked = 0;
  const auto goes = [&](std::string_view id, const PersonId& owner) {
    const auto until = task.decided_until.find(owner);
    return task.people.contains(owner) ||
           (until != task.decided_until.end() && decided_by(id, until->second));
  };
  const auto each = [&](std::string_view key, std::string_view value) {
    const auto owner = PersonId::from_bytes(value.substr(0, 16));
    if (value.size() < 16 || !owner || !goes(key, *owner)) return true;
    batch.put(Space::record, key, task.mark);
    if (++marked % marks_a_batch == 0)
      task.store.commit(std::exchange(batch, {}), ground::Durability::relaxed, nullptr);
    return true;
  };
  TRY(task.store.scan(Space::record, "", "", Direction::forward, each));
  TRY(task.store.commit_and_wait(std::move(batch), ground::Durability::synced));
  return marked;
}

// Decoded, block by block, with what was erased and is still stored: in a file it may be
// compressed.
Result<void> search_spaces(ground::Store& store, const Search& search,
                           const std::unordered_set<PersonId>& people, Swept& out) {
  for (const Space space : every_space) {
    bool found = false;
    const auto each = [&](std::string_view key, std::string_view value) {
      const auto owner = PersonId::from_bytes(key.substr(0, 16));
      const bool theirs = space != Space::meta && owner && people.contains(*owner);
      found = theirs || search.finds(key) || search.finds(value);
      out.searched_bytes += key.size() + value.size();
      return !found;
    };
    TRY(store.scan_stored(space, each));
    if (found) out.found.push_back("space " + std::string(to_string(space)));
  }
  return {};
}

// As they lie on the disk. What is no table of the store any more was not decoded.
Result<void> search_files(ground::Store& store, const std::string& directory, const Search& search,
                          Swept& out) {
  for (const std::string& name : store.left_files())
    out.found.push_back("file " + name + ", which should be gone");
  std::error_code error;
  std::filesystem::recursive_directory_iterator at(directory, error), end;
  for (; at != end; at.increment(error)) {
    if (!at->is_regular_file(error)) continue;
    ++out.searched_files;
    if (TRY(file_has(at->path().string(), search, out.searched_bytes)))
      out.found.push_back("file " + at->path().filename().string());
  }
  return {};
}

}  // namespace

Result<Swept> SweepTask::run(const std::stop_token& stop) {
  Swept out{.searched_for = traces.size()};
  out.records = TRY(mark_records(*this));
  for (const Space space : every_space) {
    if (stop.stop_requested())
      return ground::fail(ground::ErrorCode::unavailable, "the partition closes");
    TRY(store.compact(space));
  }
  const Search search(traces);
  // A file that is not needed any more goes a moment after that.
  for (int tries = 0; tries < 5; ++tries) {
    out.found.clear();
    out.searched_bytes = out.searched_files = 0;
    TRY(search_spaces(store, search, people, out));
    if (!directory.empty()) TRY(search_files(store, directory, search, out));
    if (out.found.empty() || stop.stop_requested()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  return out;
}

}  // namespace aizuchi::serve
