#include "ground/store/stored_entries.h"

#include <rocksdb/db.h>
#include <rocksdb/utilities/debug.h>

#include <algorithm>
#include <filesystem>
#include <memory>

namespace aizuchi::ground {

namespace {

constexpr size_t page_entries = 256;  // of up to a body's size each

std::string_view view(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

Result<void> unreadable(const rocksdb::Status& status) {
  return fail(ErrorCode::corrupted, "a table cannot be read: " + status.ToString(),
              "`aizuchi verify` names it");
}

// The library's walk over all versions ends in silence where a block does not read.
Result<void> reached_the_end(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& family,
                             std::string_view last) {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> at(db.NewIterator(options, &family));
  at->SeekToLast();
  if (!at->status().ok()) return unreadable(at->status());
  if (!at->Valid() || view(at->key()) <= last) return {};
  at->Seek(rocksdb::Slice(last.data(), last.size()));
  while (at->Valid() && view(at->key()) <= last) at->Next();
  return at->status().ok() ? unreadable(rocksdb::Status::Corruption("it ends too early"))
                           : unreadable(at->status());
}

}  // namespace

Result<void> visit_stored(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& family,
                          const Store::Take& take) {
  std::string from;  // inclusive: its versions come again with the next page
  for (size_t most = page_entries;;) {
    std::vector<rocksdb::KeyVersion> page;
    const rocksdb::Status status =
        rocksdb::GetAllKeyVersions(&db, &family, from, rocksdb::Slice(), most, &page);
    if (!status.ok()) return unreadable(status);
    for (const rocksdb::KeyVersion& entry : page)
      if (!take(entry.user_key, entry.value)) return {};
    const std::string last = page.empty() ? from : page.back().user_key;
    if (page.size() < most) return reached_the_end(db, family, last);
    most = last == from ? most * 2 : page_entries;  // a key of more versions than a page holds
    from = last;
  }
}

std::vector<std::string> left_tables(rocksdb::DB& db, const std::string& directory) {
  std::vector<rocksdb::LiveFileMetaData> live;
  db.GetLiveFilesMetaData(&live);
  std::vector<std::string> out;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    const bool known = std::ranges::any_of(
        live, [&](const auto& file) { return view(file.name).ends_with(name); });
    if (entry.path().extension() == ".sst" && !known) out.push_back(name);
  }
  return out;
}

}  // namespace aizuchi::ground
