// Going around what cannot be read, and giving the rest once each.
#include "ground/store/repair.h"

#include <doctest/doctest.h>

#include <map>

#include "ground/store/test_store.h"

namespace aizuchi::ground {

using namespace test;

TEST_CASE("what lies before, behind and between damaged blocks is read, once each") {
  TestFolder directory;
  const std::string data = directory / "data";
  const int entries = 2000;
  {
    const std::unique_ptr<Store> store = open_at(data);
    for (int i = 0; i < entries; ++i)
      REQUIRE(put(*store, Space::state, be64(i), std::string(200, 'v'), Durability::relaxed));
    REQUIRE(store->compact(Space::state));
  }
  std::string table;
  size_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(data))
    if (entry.path().extension() == ".sst" && entry.file_size() > bytes) {
      table = entry.path();
      bytes = entry.file_size();
    }
  std::string damaged = read_file(table);
  for (const size_t place : {3u, 6u})
    damaged[damaged.size() * place / 10] =
        static_cast<char>(damaged[damaged.size() * place / 10] ^ 1);
  write_file(table, damaged);
  std::vector<std::string> notes;
  const auto store = std::move(open_damaged_copy(data, notes).value());
  std::map<std::string, int> seen;
  CHECK_FALSE(read_around_damage(*store, Space::state, [&](auto key, auto value) {
    CHECK(value.size() == 200);
    ++seen[std::string(key)];
  }));
  for (const auto& [key, times] : seen) CHECK(times == 1);
  // Two blocks of 8 KiB hold some 80 entries; what is between them is most of the rest.
  CHECK(seen.size() > entries - 250);
  CHECK(seen.size() < entries);
  CHECK(seen.contains(be64(entries / 2)));
}

TEST_CASE("a sound space is read to its end, and an empty one is whole") {
  TestFolder directory;
  const std::unique_ptr<Store> store = open_at(directory / "data");
  for (const char* key : {"a", "b", "\xff\xff"}) REQUIRE(put(*store, Space::meta, key, "1"));
  int entries = 0;
  CHECK(read_around_damage(*store, Space::meta, [&](auto, auto) { ++entries; }));
  CHECK(entries == 4);  // and the format
  CHECK(read_around_damage(*store, Space::log, [&](auto, auto) { ++entries; }));
  CHECK(entries == 4);
}

}  // namespace aizuchi::ground
