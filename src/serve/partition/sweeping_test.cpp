// After an erasure the bytes go from the files too, and the search would have found them.
#include "serve/partition/sweeping.h"

#include <thread>

#include "serve/partition/data_test.h"

namespace aizuchi::serve {

using ground::Space;
using test::StoredShop;

namespace {

const Key asker{.id = "test", .secret = true, .source = "web", .scopes = {Scope::privacy}};

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
