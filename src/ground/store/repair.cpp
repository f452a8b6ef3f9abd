#include "ground/store/repair.h"

#include <fcntl.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "ground/base/text.h"

namespace aizuchi::ground {

namespace {

constexpr int halvings_max = 8;

// A key about half way between two, in the order of bytes; "" as the upper one is the end.
std::string between(std::string_view low, std::string_view high) {
  size_t same = 0;
  while (same < low.size() && same < high.size() && low[same] == high[same]) ++same;
  const auto number = [same](std::string_view key, char beyond) {
    std::string eight(key.substr(std::min(same, key.size())).substr(0, 8));
    eight.resize(8, beyond);
    return ByteReader(eight).be64();
  };
  const uint64_t first = number(low, '\0');
  const uint64_t last = high.empty() ? UINT64_MAX : number(high, '\0');
  ByteWriter out;
  out.bytes(low.substr(0, same));
  out.be64(first + (last - first) / 2);
  return out.take();
}

class Reader {
 public:
  Reader(Store& store, Space space, const TakeEntry& take)
      : store_(store), space_(space), take_(take) {}

  // From `low` on, and before `high`.
  void read(const std::string& low, const std::string& high, int halvings) {
    std::string reached = low;  // the first key not visited, or just before it
    const auto forward = [&](std::string_view key, std::string_view value) {
      if (!high.empty() && key >= high) return false;
      take_(key, value);
      reached = std::string(key) + '\0';
      return true;
    };
    if (store_.scan(space_, "", low, Direction::forward, forward)) return;
    std::string met = high;  // the last key visited from above
    const auto backward = [&](std::string_view key, std::string_view value) {
      if (key < reached) return false;
      if (!high.empty() && key >= high) return true;
      take_(key, value);
      met = key;
      return true;
    };
    if (store_.scan(space_, "", high, Direction::backward, backward)) return;
    const std::string middle = between(reached, met);
    const bool inside = middle > reached && (met.empty() || middle < met);
    whole_ = false;
    if (halvings == 0 || !inside) return;
    read(reached, middle, halvings - 1);
    read(middle, met, halvings - 1);
  }

  bool whole() const { return whole_; }

 private:
  Store& store_;
  const Space space_;
  const TakeEntry& take_;
  bool whole_ = true;
};

std::vector<rocksdb::ColumnFamilyDescriptor> families() {
  std::vector<rocksdb::ColumnFamilyDescriptor> out;
  for (size_t i = 0; i < space_count; ++i) {
    const Space space = static_cast<Space>(i);
    out.emplace_back(
        space == Space::meta ? rocksdb::kDefaultColumnFamilyName : std::string(to_string(space)),
        rocksdb::ColumnFamilyOptions());
  }
  return out;
}

Result<void> checked(const std::string& what, const rocksdb::Status& status) {
  if (status.ok()) return {};
  return fail(ErrorCode::corrupted, what + ": " + printable(status.ToString()),
              "nothing can be read of this directory; restore a backup");
}

// A database with a table in every space that holds nothing but a mark of deletion.
Result<void> make_tables(const std::string& directory) {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  TRY(checked(directory, rocksdb::DB::Open(options, directory, families(), &handles, &opened)));
  const std::unique_ptr<rocksdb::DB> db(opened);
  rocksdb::Status status;
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    if (status.ok()) status = db->Delete(rocksdb::WriteOptions(), handle, "nothing");
    if (status.ok()) status = db->Flush(rocksdb::FlushOptions(), handle);
    if (const rocksdb::Status gone = db->DestroyColumnFamilyHandle(handle); status.ok())
      status = gone;
  }
  return checked(directory, status);
}

std::string table_name(const std::string& directory, uint64_t number) {
  std::string digits = std::to_string(number);
  digits.insert(0, 6 - std::min<size_t>(6, digits.size()), '0');
  return directory + "/" + digits + ".sst";
}

// RepairDB learns of a space from its tables alone, and drops what the log has of a space without
// one: so each gets one.
Result<void> add_tables(const std::string& directory) {
  namespace fs = std::filesystem;
  const std::string beside = directory + ".spaces";
  TRY(make_tables(beside));
  std::error_code error;
  uint64_t highest = 0;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().stem().string();
    uint64_t number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    highest = std::max(highest, number);
  }
  for (const auto& entry : fs::directory_iterator(beside, error))
    if (entry.path().extension() == ".sst" && !error)
      fs::rename(entry.path(), table_name(directory, ++highest), error);
  if (error) return fail(ErrorCode::unavailable, directory + ": " + error.message());
  fs::remove_all(beside, error);
  return {};
}

Result<void> put_together(const std::string& directory) {
  TRY(add_tables(directory));
  return checked("cannot put together " + directory,
                 rocksdb::RepairDB(directory, rocksdb::DBOptions(), families()));
}

}  // namespace

bool read_around_damage(Store& store, Space space, const TakeEntry& take) {
  Reader reader(store, space, take);
  reader.read("", "", halvings_max);
  return reader.whole();
}

Result<std::unique_ptr<Store>> open_damaged_copy(const std::string& directory,
                                                 std::vector<std::string>& notes) {
  const auto open = [&] { return open_rocks_store({.directory = directory, .sync = false}); };
  auto opened = open();
  if (opened || opened.error().code == ErrorCode::unsupported) return opened;
  notes.push_back(opened.error().message);
  TRY(put_together(directory));
  return open();
}

Result<void> refuse_held(const std::string& directory) {
  const int fd = ::open((directory + "/aizuchi.lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const bool free = ::flock(fd, LOCK_SH | LOCK_NB) == 0;
  ::close(fd);
  if (free) return {};
  return fail(ErrorCode::conflict, directory + " is in use by another server", "stop it first");
}

}  // namespace aizuchi::ground
