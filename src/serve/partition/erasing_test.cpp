// The right to be forgotten: whoever asks is gone, at once, in every place, and stays gone.
#include <fstream>
#include <set>
#include <thread>

#include "ground/base/json.h"
#include "ground/store/erasures.h"
#include "ground/store/signature.h"
#include "serve/partition/data_test.h"

namespace aizuchi::serve {

using ground::Space;
using ground::Value;
using test::StoredShop;

namespace {

Asking user(const std::string& id) {
  return {.anonymous_id = {}, .user_id = id, .assurance = std::nullopt};
}

Key asker() {
  return {.id = "test", .secret = true, .source = "web", .scopes = {Scope::privacy}};
}

Partition::Receipt forget(Partition& partition, const Asking& who) {
  auto receipt = partition.erase_and_wait(who, asker());
  REQUIRE_MESSAGE(receipt.has_value(), receipt.error().message);
  return *receipt;
}

uint64_t entries_of(const Partition::Receipt& receipt, std::string_view list,
                    std::string_view name) {
  const Value json = ground::parse_json(receipt.json).value();
  for (const Value& one : json.find(list)->as_list())
    if (one.find(list == "stores" ? "store" : "model")->as_string() == name)
      return static_cast<uint64_t>(one.find("entries")->as_int());
  FAIL("the receipt does not name ", name);
  return 0;
}

// Events sent with the shop's key, at a moment of our choosing.
ground::Result<Ingested> send_at(Partition& partition, const Key& key, const std::string& person,
                                 const std::string& message, const std::string& at) {
  return partition.ingest_and_wait(
      R"({"type":"track","event":"Product Viewed","userId":")" + person + R"(","messageId":")" +
          message + R"(","timestamp":")" + at + R"(","properties":{"product_id":"p1"}})",
      key);
}

size_t entries(const StoredShop& shop, Space space) {
  size_t n = 0;
  shop.tamper([&](ground::Store& store, ground::Batch&) {
    REQUIRE(store.scan(space, "", "", ground::Direction::forward,
                       [&](std::string_view, std::string_view) { return ++n > 0; }));
  });
  return n;
}

}  // namespace

TEST_CASE("whoever asks to be forgotten is unknown at once, and others are as they were") {
  const StoredShop shop;
  const auto partition = shop.open();
  const std::string other = partition->person_json(user("u-2")).value();
  const auto receipt = forget(*partition, user("u-1"));
  CHECK_FALSE(partition->person_json(user("u-1")).has_value());
  CHECK_FALSE(partition->history(user("u-1"), 10).has_value());
  CHECK(partition->person_json(user("u-2")).value() == other);
  CHECK(partition->counters().people_erased == 1);
  CHECK(entries_of(receipt, "stores", "keyring") == 1);
  CHECK(entries_of(receipt, "stores", "log") == 8);
  CHECK(entries_of(receipt, "stores", "history") == 8);
  CHECK(entries_of(receipt, "stores", "seen") == 8);
  CHECK(entries_of(receipt, "stores", "state") == 1);
  CHECK(entries_of(receipt, "stores", "identity") == 1);
}

TEST_CASE("in the store nothing leads to an erased person, and the log's chain is whole") {
  const StoredShop shop;
  {
    const auto partition = shop.open();
    forget(*partition, user("u-1"));
    const Partition::Verified verified = partition->verify().value();
    CHECK((verified.wrong == std::vector<std::string>{}));
    CHECK(verified.last_sequence == 30);
    const std::set<std::pair<std::string, uint64_t>> counts(verified.counts.begin(),
                                                            verified.counts.end());
    CHECK(counts.contains({"log", 22}));
    CHECK(counts.contains({"erased", 8}));
    CHECK(counts.contains({"history", 22}));
  }
  CHECK(entries(shop, Space::log) == 30);
  CHECK(entries(shop, Space::seen) == 22);
  CHECK(entries(shop, Space::keyring) == 3);
  CHECK(entries(shop, Space::identity) == 3);
  CHECK(entries(shop, Space::state) == 3);
  const auto again = shop.open();
  CHECK(again->verify()->wrong.empty());
  CHECK_FALSE(again->person_json(user("u-1")).has_value());
}

TEST_CASE("a crash before the states were written brings nobody back") {
  const StoredShop shop;
  {
    const auto partition = shop.open();
    shop.add(*partition, 33);  // u-1
    forget(*partition, user("u-1"));
  }
  shop.tamper([](ground::Store&, ground::Batch& batch) {  // all states are made again from the log
    batch.put(Space::meta, "applied", std::string(8, '\0'));
  });
  const auto again = shop.open();
  CHECK_FALSE(again->person_json(user("u-1")).has_value());
  CHECK(again->person_json(user("u-2")).has_value());
  CHECK(again->verify()->wrong.empty());
}

TEST_CASE("a decision that was made for an erased person answers that they were erased") {
  const StoredShop shop;
  const auto partition = shop.open();
  const auto answer = partition->decide({.person = user("u-1"), .slots = {"home.hero"}}, shop.key);
  REQUIRE_FALSE(partition->explain(answer.id, {}, shop.key)->erased);
  forget(*partition, user("u-1"));
  const auto explained = partition->explain(answer.id, {}, shop.key);
  REQUIRE(explained.has_value());
  CHECK(explained->erased);
  CHECK(explained->again.empty());
}

TEST_CASE("events from before an erasure are refused when they arrive late") {
  const StoredShop shop;
  const auto partition = shop.open();
  const auto late = send_at(*partition, shop.key, "u-1", "early", "2020-01-01T00:00:00Z");
  CHECK(late->accepted == 1);  // nothing was erased yet
  forget(*partition, user("u-1"));
  const auto refused = send_at(*partition, shop.key, "u-1", "late", "2020-01-02T00:00:00Z");
  CHECK(refused->accepted == 0);
  REQUIRE(refused->refused.size() == 1);
  CHECK(refused->refused.front().message.find("erased") != std::string::npos);
  CHECK_FALSE(partition->person_json(user("u-1")).has_value());
  CHECK(send_at(*partition, shop.key, "u-2", "late2", "2020-01-02T00:00:00Z")->accepted == 1);
  CHECK(partition->counters().events_late == 1);
}

TEST_CASE("whoever comes back after an erasure is someone new, and stays through restarts") {
  const StoredShop shop;
  {
    const auto partition = shop.open();
    forget(*partition, user("u-1"));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    shop.add(*partition, 33);  // u-1 again
    CHECK(partition->history(user("u-1"), 10)->size() == 1);
  }
  const auto again = shop.open();
  CHECK(again->history(user("u-1"), 10)->size() == 1);
  CHECK(again->verify()->wrong.empty());
}

TEST_CASE("a page is not told of an erasure: its late event goes like one without a basis") {
  const StoredShop shop;
  const auto partition = shop.open();
  const Key page = partition->create_key(false, "web", {})->key;
  const std::string event = R"({"type":"page","anonymousId":"device-1","messageId":"a",)"
                            R"("timestamp":"2020-01-01T00:00:00Z"})";
  REQUIRE(partition->ingest_and_wait(event, page)->accepted == 1);
  forget(*partition, {.anonymous_id = "device-1", .user_id = {}, .assurance = std::nullopt});
  const auto again = partition->ingest_and_wait(event, page);
  CHECK(again->accepted == 0);
  CHECK(again->refused.empty());
  CHECK(again->no_basis == 1);
}

TEST_CASE("a backup from before an erasure, restored, is erased again at the start") {
  const StoredShop shop;
  const std::string copy = shop / "restored";
  {
    const auto partition = shop.open();
    REQUIRE(partition->flush());
  }
  std::filesystem::copy(shop.data(), copy, std::filesystem::copy_options::recursive);
  forget(*shop.open(), user("u-1"));
  const auto restored = shop.open(copy);
  CHECK_FALSE(restored->person_json(user("u-1")).has_value());
  CHECK(restored->person_json(user("u-2")).has_value());
  CHECK(restored->verify()->wrong.empty());
  CHECK(ground::read_erasures(shop.keys())->size() == 2);
}

TEST_CASE("an erasure that a crash kept from the ledger is noted by the next start") {
  const StoredShop shop;
  forget(*shop.open(), user("u-1"));
  std::filesystem::remove(shop.keys() + "/erased");
  const auto again = shop.open();
  CHECK(ground::read_erasures(shop.keys())->size() == 1);
  const auto late = send_at(*again, shop.key, "u-1", "late", "2020-01-02T00:00:00Z");
  CHECK(late->accepted == 0);
}

TEST_CASE("the receipt is signed, and says nothing about whom it is of") {
  const StoredShop shop;
  const auto partition = shop.open();
  const auto receipt = forget(*partition, user("u-1"));
  CHECK(ground::open_jws(partition->receipt_key(), receipt.jws) == receipt.json);
  CHECK(receipt.json.find("u-1") == std::string::npos);
  CHECK(entries_of(receipt, "models", "resonance") == 1);
}

TEST_CASE("a page forgets what only its device is known by, and nobody who is signed in on it") {
  const StoredShop shop;
  const auto partition = shop.open();
  const Key page = partition->create_key(false, "web", {})->key;
  const auto device = [](const std::string& id) {
    return Asking{.anonymous_id = id, .user_id = "u-1", .assurance = std::nullopt};
  };
  const auto sent = [&](const std::string& who) {
    return R"({"type":"page","messageId":")" + ground::to_hex(ground::SystemDice().next_128()) +
           R"(",)" + who + "}";
  };
  REQUIRE(partition->ingest_and_wait(sent(R"("anonymousId":"d-1")"), page));
  REQUIRE(partition->ingest_and_wait(sent(R"("anonymousId":"d-2","userId":"u-2")"), shop.key));
  CHECK(entries_of(*partition->erase_and_wait(device("d-1"), page), "stores", "state") == 1);
  CHECK(partition->person_json(user("u-1")).has_value());  // a claim erases nobody
  const auto refused = partition->erase_and_wait(device("d-2"), page);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ground::ErrorCode::forbidden);
  CHECK(partition->person_json(user("u-2")).has_value());
}

TEST_CASE("someone unknown has a receipt of nothing, and asking twice changes nothing") {
  const StoredShop shop;
  const auto partition = shop.open();
  CHECK(entries_of(forget(*partition, user("nobody")), "stores", "state") == 0);
  CHECK(entries_of(forget(*partition, user("u-1")), "stores", "state") == 1);
  CHECK(entries_of(forget(*partition, user("u-1")), "stores", "state") == 0);
  CHECK(ground::read_erasures(shop.keys())->size() == 1);
}

}  // namespace aizuchi::serve
