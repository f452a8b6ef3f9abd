// After an erasure the bytes go from the files too, and the search would have found them.
#include "serve/partition/sweeping.h"

#include <thread>

#include "serve/partition/data_test.h"

namespace aizuchi::serve {

using ground::Space;
using test::StoredShop;

namespace {

const Key asker{.id = "test", .secret = true, .source = "web", .scopes = {Scope::privacy}};

// Flushes and rewrites nothing.
class Uncompacted final : public ground::Store {
 public:
  explicit Uncompacted(ground::Store& inner) : inner_(inner) {}
  ground::Result<std::optional<std::string>> get(Space space, std::string_view key) override {
    return inner_.get(space, key);
  }
  ground::Result<bool> contains(Space space, std::string_view key) override {
    return inner_.contains(space, key);
  }
  ground::Result<void> scan(Space space, std::string_view prefix, std::string_view from,
                            ground::Direction direction, const Take& take) override {
    return inner_.scan(space, prefix, from, direction, take);
  }
  ground::Result<void> scan_stored(Space space, const Take& take) override {
    return inner_.scan_stored(space, take);
  }
  void commit(ground::Batch batch, ground::Durability durability, Done done) override {
    inner_.commit(std::move(batch), durability, std::move(done));
  }
  ground::Result<void> writable() const override { return inner_.writable(); }
  ground::StoreStats stats() const override { return inner_.stats(); }
  std::vector<std::string> engine_notes() const override { return {}; }
  ground::Result<void> compact(Space) override { return inner_.flush(); }
  ground::Result<void> flush() override { return inner_.flush(); }
  ground::Result<void> verify() override { return inner_.verify(); }
  ground::Result<void> checkpoint(const std::string& to) override { return inner_.checkpoint(to); }

 private:
  ground::Store& inner_;
};

Asking user(const std::string& id) {
  return {.anonymous_id = {}, .user_id = id};
}

}  // namespace

TEST_CASE("bytes that were somebody's are found before they are erased, and not after") {
  const StoredShop shop;
  std::vector<std::string> theirs;
  ground::PersonId someone;
  shop.tamper([&](ground::Store& store, ground::Batch&) {
    const auto [person, key] = StoredShop::first(store, Space::keyring);
    someone = *ground::PersonId::from_bytes(person);
    theirs = {key.substr(10, 24)};
    SweepTask task{.store = store, .directory = shop.data(), .people = {someone}, .mark = "\x01"};
    task.traces = theirs;
    const auto before = task.run();
    REQUIRE(before.has_value());
    CHECK(before->found.size() >= 4);  // keyring, state and history by the engine, files
    CHECK(before->searched_for == 1);
  });
  std::string name;
  {
    const auto partition = shop.open();
    for (const char* id : {"u-0", "u-1", "u-2", "u-3"})
      if (partition->person_json(user(id))->find(ground::to_hex(someone.raw)) != std::string::npos)
        name = id;
    REQUIRE(partition->erase_and_wait(user(name), asker));
    const auto swept = partition->sweep_and_wait();
    REQUIRE_MESSAGE(swept.has_value(), swept.error().message);
    CHECK((swept->found == std::vector<std::string>{}));
    CHECK(swept->searched_for > 3);
    CHECK(swept->searched_files > 3);
    CHECK(partition->verify()->wrong.empty());
  }
  shop.tamper([&](ground::Store& store, ground::Batch&) {
    SweepTask task{.store = store, .directory = shop.data(), .people = {someone}, .mark = "\x01"};
    task.traces = theirs;
    CHECK((task.run()->found == std::vector<std::string>{}));
  });
}

TEST_CASE("what a file hides by compressing it is found, and searched for until it is gone") {
  const StoredShop shop;
  const std::string canary = "canary-of-somebody";
  shop.tamper([&](ground::Store& store, ground::Batch&) {
    std::string value = "canary-of-some" + canary;
    for (int i = 0; i < 4'000; ++i) value += "canary-of-some" + std::to_string(i % 10);
    ground::Batch planted;
    planted.put(Space::meta, "planted", value);
    REQUIRE(store.commit_and_wait(std::move(planted), ground::Durability::synced));
    REQUIRE(store.flush());
    ground::Batch erased;
    erased.erase(Space::meta, "planted");
    REQUIRE(store.commit_and_wait(std::move(erased), ground::Durability::synced));
    Uncompacted held(store);  // as a reader that does not let go of the old files
    SweepTask task{.store = held, .directory = shop.data(), .people = {}, .mark = "\x01"};
    task.traces = {canary};
    CHECK((task.run()->found == std::vector<std::string>{"space meta"}));
    SweepTask again{.store = store, .directory = shop.data(), .people = {}, .mark = "\x01"};
    again.traces = {canary};
    CHECK((again.run()->found == std::vector<std::string>{}));
  });
}

TEST_CASE("a decision of an erased person is a mark after the sweep, and still says so") {
  const StoredShop shop;
  const auto partition = shop.open();
  const auto answer = partition->decide({.person = user("u-1"), .slots = {"home.hero"}}, shop.key);
  REQUIRE(partition->erase_and_wait(user("u-1"), asker));
  const auto swept = partition->sweep_and_wait();
  CHECK(swept->records >= 1);
  CHECK(partition->explain(answer.id, {}, shop.key)->erased);
  CHECK(partition->verify()->wrong.empty());
  CHECK(partition->export_page({.kind = ExportKind::decisions})
            ->lines.find(ground::to_hex(answer.id.raw)) == std::string::npos);
  CHECK(partition->sweep_and_wait()->records == 0);
}

TEST_CASE("a running server sweeps by itself after an erasure, also of the run before") {
  const StoredShop shop;
  REQUIRE(shop.open()->erase_and_wait(user("u-1"), asker));
  const auto partition = shop.open();
  for (int i = 0; i < 500 && partition->counters().sweeps == 0; ++i) {
    partition->tick();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  CHECK(partition->counters().sweeps == 1);
  CHECK(partition->counters().sweeps_found == 0);
  for (int i = 0; i < 5; ++i) partition->tick();
  CHECK(partition->counters().sweeps == 1);  // nothing is left to do
}

}  // namespace aizuchi::serve
