// A damaged log is refused by name; a torn one opens with everything that was acknowledged.
#include "ground/store/log_check.h"

#include <doctest/doctest.h>

#include "ground/base/dice.h"
#include "ground/store/test_store.h"

namespace aizuchi::ground {

using namespace test;

namespace {

// A directory whose log holds `count` synced commits, as a killed server leaves it.
class Killed {
 public:
  explicit Killed(int count, size_t value_bytes = 60) {
    std::unique_ptr<Store> store = open_at(directory_ / "live");
    for (int i = 0; i < count; ++i)
      REQUIRE(put(*store, Space::log, be64(i), std::string(value_bytes, 'v')));
    copy_directory(directory_ / "live", directory_ / "left");
    log_name_ = std::filesystem::path(find_file(left(), "", ".log")).filename();
    log_ = read_file(directory_ / "left/" + log_name_);
  }

  std::string left() const { return directory_ / "left"; }
  const std::string& log() const { return log_; }
  const std::string& log_name() const { return log_name_; }

  // Opens a copy with the log replaced.
  Result<size_t> open_with(std::string_view log) const {
    const std::string tried = directory_ / "tried";
    copy_directory(left(), tried);
    write_file(tried + "/" + log_name_, log);
    StoreOptions options;
    options.directory = tried;
    const std::unique_ptr<Store> store = TRY(open_rocks_store(options));
    size_t n = 0;
    TRY(store->scan(Space::log, "", "", Direction::forward, [&](auto key, auto) {
      CHECK(key == be64(n));  // a prefix, without holes
      ++n;
      return true;
    }));
    return n;
  }

 private:
  TestFolder directory_;
  std::string log_name_;
  std::string log_;
};

std::string with_bit_flipped(std::string bytes, size_t bit) {
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
  return bytes;
}

}  // namespace

TEST_CASE("an undamaged log passes, and so does an empty one") {
  const Killed killed(3);
  CHECK(log_damage("").empty());
  CHECK(log_damage(killed.log()).empty());
  CHECK(killed.open_with(killed.log()).value() == 3);
  CHECK(check_engine_logs(killed.left()).has_value());
}

TEST_CASE("every single flipped bit of a log is noticed") {
  const Killed killed(5);
  for (size_t bit = 0; bit < killed.log().size() * 8; ++bit) {
    CAPTURE(bit);
    CHECK_FALSE(log_damage(with_bit_flipped(killed.log(), bit)).empty());
  }
}

TEST_CASE("flipped bits of a log of several blocks are noticed, or lie in unused padding") {
  const Killed killed(40, 5000);
  REQUIRE(killed.log().size() > 5 * 32768);
  SeededDice dice(11);
  for (int i = 0; i < 300; ++i) {
    const size_t bit = dice.next_u64() % (killed.log().size() * 8);
    CAPTURE(bit);
    const size_t left_in_block = 32768 - bit / 8 % 32768;
    CHECK((!log_damage(with_bit_flipped(killed.log(), bit)).empty() || left_in_block < 7));
  }
}

TEST_CASE("a flipped bit in the middle of the log: the store does not open, and names the file") {
  const Killed killed(20);
  for (const size_t part : {1, 2, 3}) {
    const auto opened =
        killed.open_with(with_bit_flipped(killed.log(), killed.log().size() * 2 * part));
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == ErrorCode::corrupted);
    CHECK(opened.error().message.find(killed.log_name()) != std::string::npos);
    CHECK(opened.error().message.find("offset") != std::string::npos);
    CHECK_FALSE(opened.error().hint.empty());
  }
}

TEST_CASE("a log torn at any byte passes, and opens with every commit that is whole, in order") {
  const Killed killed(6);
  const std::string_view log = killed.log();
  size_t before = 0;
  for (size_t cut = 0; cut <= log.size(); ++cut) {
    CAPTURE(cut);
    REQUIRE(log_damage(log.substr(0, cut)).empty());
    if (cut % 41 != 0 && cut + 2 < log.size()) continue;  // opening takes longer than looking
    const auto opened = killed.open_with(log.substr(0, cut));
    REQUIRE(opened.has_value());
    CHECK(*opened >= before);
    CHECK((*opened < 6 || cut == log.size()));
    before = *opened;
  }
  CHECK(before == 6);
}

TEST_CASE("zeros after the last record are a torn end; zeros before more records are damage") {
  const Killed killed(6);
  CHECK(killed.open_with(killed.log() + std::string(5000, '\0')).value() == 6);
  std::string hole = killed.log();
  const size_t half = hole.size() / 2;
  std::fill(hole.begin() + static_cast<ptrdiff_t>(half) - 100,
            hole.begin() + static_cast<ptrdiff_t>(half) + 100, '\0');
  CHECK_FALSE(log_damage(hole).empty());
}

TEST_CASE("every flipped bit of the MANIFEST is refused before the engine sees it") {
  const Killed killed(2);
  const std::string path = find_file(killed.left(), "MANIFEST-", "");
  const std::string manifest = read_file(path);
  CHECK(log_damage(manifest).empty());
  SeededDice dice(5);
  for (int i = 0; i < 100; ++i) {
    write_file(path, with_bit_flipped(manifest, dice.next_u64() % (manifest.size() * 8)));
    const auto checked = check_engine_logs(killed.left());
    REQUIRE_FALSE(checked.has_value());
    CHECK(checked.error().message.find("MANIFEST") != std::string::npos);
  }
}

TEST_CASE("a directory that lost its CURRENT file is refused, never taken for a new one") {
  const Killed killed(3);
  const std::string current = killed.left() + "/CURRENT";
  write_file(current, "nonsense\n");
  CHECK(check_engine_logs(killed.left()).error().code == ErrorCode::corrupted);
  write_file(current, "MANIFEST-999999\n");
  const auto elsewhere = check_engine_logs(killed.left());
  CHECK(elsewhere.error().code == ErrorCode::corrupted);
  CHECK(elsewhere.error().message.find("CURRENT names MANIFEST-999999") != std::string::npos);
  std::filesystem::remove(current);
  StoreOptions options;
  options.directory = killed.left();
  const auto opened = open_rocks_store(options);
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().code == ErrorCode::corrupted);
  CHECK(opened.error().message.find("CURRENT") != std::string::npos);
  CHECK(read_file(killed.left() + "/" + killed.log_name()) == killed.log());
}

TEST_CASE("a flipped bit in a table file is refused by name when it is read, and by verify") {
  TestFolder directory;
  {
    std::unique_ptr<Store> store = open_at(directory / "data");
    for (int i = 0; i < 200; ++i)
      REQUIRE(put(*store, Space::log, be64(i), std::string(500, 'v'), Durability::relaxed));
    REQUIRE(store->flush());
  }
  std::string table;
  for (const auto& entry : std::filesystem::directory_iterator(directory / "data"))
    if (entry.path().extension() == ".sst" && entry.file_size() > 50'000) table = entry.path();
  REQUIRE_FALSE(table.empty());
  write_file(table, with_bit_flipped(read_file(table), 40'000));
  std::unique_ptr<Store> store = open_at(directory / "data");
  const Result<void> verified = store->verify();
  REQUIRE_FALSE(verified.has_value());
  CHECK(verified.error().code == ErrorCode::corrupted);
  CHECK(verified.error().message.find(".sst") != std::string::npos);
  const auto read =
      store->scan(Space::log, "", "", Direction::forward, [](auto, auto) { return true; });
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().code == ErrorCode::corrupted);
}

}  // namespace aizuchi::ground
