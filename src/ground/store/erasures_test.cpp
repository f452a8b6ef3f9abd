// The erase ledger: what was noted is found again, and damage is not passed over.
#include "ground/store/erasures.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "ground/base/test_folder.h"

namespace aizuchi::ground {

namespace {

struct Folder : test::TestFolder {
  std::string file() const { return *this / "erased"; }
  void append(std::string_view text) { std::ofstream(file(), std::ios::app) << text; }
};

Erasure erasure(uint8_t n, size_t lookups) {
  Erasure out{.sequence = n * 100ULL, .at = {n * 1000}};
  out.person.fill(n);
  out.lookups.resize(lookups);
  for (auto& lookup : out.lookups) lookup.fill(static_cast<uint8_t>(n + 1));
  return out;
}

}  // namespace

TEST_CASE("whoever was erased is found again in the ledger, oldest first") {
  const Folder folder;
  CHECK(read_erasures(folder.path())->empty());
  for (uint8_t n = 1; n <= 3; ++n) REQUIRE(add_erasure(folder.path(), erasure(n, n - 1)));
  const auto all = read_erasures(folder.path());
  REQUIRE(all.has_value());
  REQUIRE(all->size() == 3);
  for (uint8_t n = 1; n <= 3; ++n) {
    const Erasure& found = (*all)[n - 1];
    CHECK(found.person == erasure(n, 0).person);
    CHECK(found.lookups == erasure(n, n - 1).lookups);
    CHECK(found.sequence == n * 100);
    CHECK(found.at.ms == n * 1000);
  }
  const auto mode = std::filesystem::status(folder.file()).permissions();
  CHECK((mode & std::filesystem::perms::others_read) == std::filesystem::perms::none);
}

TEST_CASE("a torn last line is cut off and written over; any other damage is refused by name") {
  Folder folder;
  REQUIRE(add_erasure(folder.path(), erasure(1, 1)));
  folder.append("01aabbccdd");
  CHECK(read_erasures(folder.path())->size() == 1);
  REQUIRE(add_erasure(folder.path(), erasure(2, 1)));
  CHECK(read_erasures(folder.path())->size() == 2);

  std::string good;
  std::getline(std::ifstream(folder.file()), good, '\0');
  for (size_t i = 0; i + 1 < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    std::ofstream(folder.file(), std::ios::trunc) << bad;
    CAPTURE(i);
    const auto read = read_erasures(folder.path());
    REQUIRE_FALSE(read.has_value());
    CHECK_FALSE(add_erasure(folder.path(), erasure(3, 1)).has_value());
  }
}

TEST_CASE("an erasure that cannot be noted is an error, not a silence") {
  CHECK_FALSE(add_erasure("/nowhere/at/all", erasure(1, 1)).has_value());
}

}  // namespace aizuchi::ground
