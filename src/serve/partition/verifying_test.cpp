// What verification says of a sound directory, and of one that was changed behind its back.
#include <algorithm>
#include <atomic>

#include "serve/partition/data_test.h"

namespace aizuchi::serve {

using ground::Batch;
using ground::Space;
using ground::Store;
using test::StoredShop;

namespace {

uint64_t read_of(const Partition::Verified& verified, std::string_view space) {
  const auto found =
      std::ranges::find(verified.counts, space, [](const auto& c) { return c.first; });
  REQUIRE(found != verified.counts.end());
  return found->second;
}

void finds(const StoredShop& shop, std::string_view what) {
  const Partition::Verified verified = shop.open()->verify().value();
  REQUIRE_FALSE(verified.wrong.empty());
  CAPTURE(verified.wrong.front());
  CHECK(verified.wrong.front().find(what) != std::string::npos);
}

}  // namespace

TEST_CASE("verification reads everything and finds nothing wrong in what the engine wrote") {
  const StoredShop shop;
  const Partition::Verified verified = shop.open()->verify().value();
  CHECK(verified.wrong.empty());
  CHECK(verified.lost.empty());
  CHECK(verified.last_sequence == 30);
  CHECK(read_of(verified, "log") == 30);
  CHECK(read_of(verified, "history") == 30);
  CHECK(read_of(verified, "seen") == 30);
  CHECK(read_of(verified, "keyring") == 4);
  CHECK(read_of(verified, "state") == 4);
  CHECK(read_of(verified, "identity") == 4);
  CHECK(read_of(verified, "record") == 3);
}

TEST_CASE("the digest is of what is stored: the same when asked again, another after an event") {
  const StoredShop shop;
  const std::string before = shop.open()->verify()->digest;
  CHECK(before.size() == 64);
  CHECK(shop.open()->verify()->digest == before);
  const auto partition = shop.open();
  shop.add(*partition, 31);
  const Partition::Verified after = partition->verify().value();
  CHECK(after.digest != before);
  CHECK(after.last_sequence == 31);
}

TEST_CASE("the digest does not depend on when states were written or people were in memory") {
  const StoredShop shop;
  const std::string before = shop.open()->verify()->digest;
  shop.tamper([](Store&, Batch& batch) {  // all states go, and are made again from the log
    batch.put(Space::meta, "applied", std::string(8, '\0'));
  });
  CHECK(shop.open()->verify()->digest == before);
}

TEST_CASE("verification names what was taken away or exchanged behind the engine's back") {
  SUBCASE("an entry of the history") {
    const StoredShop shop;
    shop.tamper([](Store& store, Batch& batch) {
      batch.erase(Space::history, StoredShop::first(store, Space::history).first);
    });
    finds(shop, "history has 29 entries, the log 30");
  }
  SUBCASE("an old log record, which a start does not replay") {
    const StoredShop shop;
    shop.tamper([](Store& store, Batch& batch) {
      batch.erase(Space::log, StoredShop::first(store, Space::log).first);
    });
    finds(shop, "log records 1 to 1 are missing");
  }
  SUBCASE("a state, put under another person") {
    const StoredShop shop;
    shop.tamper([](Store& store, Batch& batch) {
      const auto [key, value] = StoredShop::first(store, Space::state);
      batch.put(Space::state, std::string(15, 'x') + "y", value);
    });
    finds(shop, "a person has a state and no key");
  }
  SUBCASE("a decision's record") {
    const StoredShop shop;
    shop.tamper([](Store& store, Batch& batch) {
      auto [key, value] = StoredShop::first(store, Space::record);
      value.back() = static_cast<char>(value.back() ^ 1);
      batch.put(Space::record, key, value);
    });
    finds(shop, "record: ");
  }
  SUBCASE("the owner of a decision's record") {
    const StoredShop shop;
    shop.tamper([](Store& store, Batch& batch) {
      auto [key, value] = StoredShop::first(store, Space::record);
      value[3] = static_cast<char>(value[3] ^ 1);
      batch.put(Space::record, key, value);
    });
    finds(shop, "is of nobody who is known or was erased");
  }
  SUBCASE("an identifier that leads to nobody") {
    const StoredShop shop;
    shop.tamper([](Store& store, Batch& batch) {
      batch.put(Space::identity, StoredShop::first(store, Space::identity).first,
                std::string(16, 'n'));
    });
    finds(shop, "identity: an entry names nobody");
  }
  SUBCASE("a wrapped key") {
    const StoredShop shop;
    shop.tamper([](Store& store, Batch& batch) {
      auto [key, value] = StoredShop::first(store, Space::keyring);
      value.back() = static_cast<char>(value.back() ^ 1);
      batch.put(Space::keyring, key, value);
    });
    finds(shop, "a person's key in the keyring does not check");
  }
  SUBCASE("the time of a de-duplication key") {
    const StoredShop shop;
    shop.tamper([](Store& store, Batch& batch) {
      batch.put(Space::seen, StoredShop::first(store, Space::seen).first, "soon");
    });
    finds(shop, "seen: an entry is not a time");
  }
}

namespace {

Partition::Examined line_of(Partition& partition, std::string_view check) {
  const auto lines = partition.examine();
  const auto found = std::ranges::find(lines, check, &Partition::Examined::check);
  REQUIRE(found != lines.end());
  return *found;
}

}  // namespace

TEST_CASE("an examination finds nothing in what is sound, and names what is not") {
  const StoredShop shop;
  for (const auto& line : shop.open()->examine()) CHECK_MESSAGE(!line.wrong, line.says);
  SUBCASE("a clock that was set back, or ran ahead when an event came") {
    ground::ManualClock clock(ground::Instant{1'700'000'000'000});
    const auto partition = Partition::open({.data_directory = shop.data(),
                                            .keyring_directory = shop.keys(),
                                            .sync = false,
                                            .clock = &clock});
    const auto line = line_of(**partition, "clock");
    CHECK(line.wrong);
    CHECK(line.says.find("2023-11-14") != std::string::npos);
  }
  SUBCASE("a record near the head of the log") {
    shop.tamper([](Store& store, Batch& batch) {
      batch.erase(Space::log, StoredShop::first(store, Space::log).first);
    });
    CHECK(line_of(*shop.open(), "log").wrong);
  }
  SUBCASE("a person who cannot be read") {
    shop.tamper([](Store& store, Batch& batch) {
      auto [key, value] = StoredShop::first(store, Space::state);
      value.back() = static_cast<char>(value.back() ^ 1);
      batch.put(Space::state, key, value);
    });
    CHECK(line_of(*shop.open(), "people").wrong);
  }
}

namespace {

class FakeFreeSpace final : public ground::FreeSpace {
 public:
  uint64_t free_bytes(const std::string&) override { return bytes; }
  std::atomic<uint64_t> bytes = 1ULL << 40;
};

}  // namespace

TEST_CASE("below the disk watermark events are refused, decisions go on, and nothing is lost") {
  const StoredShop shop;
  FakeFreeSpace disk;
  Options options{.data_directory = shop.data(), .keyring_directory = shop.keys(), .sync = false};
  options.open_store = [&](ground::StoreOptions store) {
    store.free_space = &disk;
    store.free_check_every_ms = 0;
    return ground::open_rocks_store(std::move(store));
  };
  const auto partition = std::move(Partition::open(std::move(options)).value());
  const std::string_view event =
      R"({"type":"track","event":"Product Viewed","userId":"u-1","messageId":"full"})";
  disk.bytes = 0;
  CHECK(partition->ingest_and_wait(event, shop.key).error().code ==
        ground::ErrorCode::storage_full);
  CHECK(partition->healthy().error().code == ground::ErrorCode::storage_full);
  CHECK_FALSE(partition->decide({.person = {.user_id = "u-1"}, .slots = {"home.hero"}}, shop.key)
                  .draft.slots.front()
                  .picks.empty());
  CHECK(partition->history({.user_id = "u-1"}, 100)->size() == 8);
  disk.bytes = 1ULL << 40;
  CHECK(partition->ingest_and_wait(event, shop.key)->accepted == 1);
  const Partition::Verified verified = partition->verify().value();
  CHECK(verified.wrong.empty());
  CHECK(verified.last_sequence == 31);
}

}  // namespace aizuchi::serve
