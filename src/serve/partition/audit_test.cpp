// The audit log: who changed what is there, and nobody can take it back unseen.
#include "serve/partition/audit.h"

#include <filesystem>
#include <fstream>

#include "ground/base/test_folder.h"
#include "ground/store/store.h"
#include "serve/partition/partition_probe.h"

using namespace aizuchi;
using namespace aizuchi::serve;

namespace {

namespace fs = std::filesystem;

// A house whose changes were made by several hands, closed.
class Changed {
 public:
  Changed() {
    World world(data());
    world.publish(brand(), {.by = "cli"});
    page_ = world.partition->create_key(false, "web", {}, "1a2b3c4d")->key.id;
    const Stop stop{
        .kind = StopKind::channel, .name = "email", .by = "1a2b3c4d", .why = "wrong price"};
    REQUIRE(world.partition->stop(stop).has_value());
    REQUIRE(world.partition->start(StopKind::channel, "email", "cli").has_value());
    REQUIRE(world.partition->revoke_key(page_, "cli").has_value());
    world.partition.reset();
  }

  std::string data() const { return folder_ / "data"; }
  fs::path head() const { return folder_ / "data-keys/audit-head"; }
  const std::string& page() const { return page_; }

  static std::string name(uint64_t sequence) {
    ground::ByteWriter out;
    out.be64(sequence);
    return "audit/" + out.take();
  }
  // The store itself, as somebody has it who took the directory.
  template <typename Change>
  void tamper(const Change& change) {
    const auto store = ground::open_rocks_store({.directory = data(), .sync = false}).value();
    ground::Batch batch;
    change(*store, batch);
    REQUIRE(store->commit_and_wait(std::move(batch), ground::Durability::synced));
  }
  std::vector<std::string> problems() {
    World world(data());
    return world.partition->audit().verify().value().problems;
  }
  bool told(std::string_view words) {
    for (const std::string& problem : problems())
      if (problem.find(words) != std::string::npos) return true;
    return false;
  }

 private:
  ground::test::TestFolder folder_;
  std::string page_;
};

}  // namespace

TEST_CASE("Every change is told with who made it, and stands there again after a restart") {
  Changed house;
  World world(house.data());
  const auto entries = world.partition->audit().page(0, 100).value();
  REQUIRE(entries.size() == 5);
  const auto is = [&](size_t i, std::string_view by, std::string_view action, std::string_view on) {
    CHECK(entries[i].sequence == 5 - i);
    CHECK(entries[i].by == by);
    CHECK(entries[i].action == action);
    CHECK(entries[i].on == on);
  };
  is(0, "cli", "key.revoke", house.page());
  is(1, "cli", "start", "channel email");
  is(2, "1a2b3c4d", "stop", "channel email");
  CHECK(entries[2].detail == "wrong price");
  is(3, "1a2b3c4d", "key.create", house.page());
  CHECK(entries[3].detail == "public, source web, may ingest, decide");
  is(4, "cli", "publish", "version 1");
  CHECK(world.partition->audit().page(4, 2).value().front().sequence == 3);
  CHECK(world.partition->audit().page(1, 2).value().empty());
  const AuditReport report = world.partition->audit().verify().value();
  CHECK(report.problems.empty());
  CHECK(report.entries == 5);
  CHECK(report.link == ground::hex(entries[0].link));
}

TEST_CASE("[P4] An erasure is told without who it was") {
  World world;
  world.begin();
  world.view("anna-device", "light-roast", 1);
  const auto before = world.partition->audit().verify().value().entries;
  Key privacy = world.server;
  privacy.scopes.push_back(Scope::privacy);
  REQUIRE(world.partition->erase_and_wait({.anonymous_id = "anna-device"}, privacy).has_value());
  const auto entries = world.partition->audit().page(0, 1).value();
  CHECK(entries.front().sequence == before + 1);
  CHECK(entries.front().action == "person.erase");
  CHECK(entries.front().by == privacy.id);
  CHECK((entries.front().on + entries.front().detail).find("anna") == std::string::npos);
}

TEST_CASE("A changed entry, one that is gone and one of another hand are told by their numbers") {
  SUBCASE("changed") {
    Changed house;
    house.tamper([&](ground::Store& store, ground::Batch& batch) {
      std::string entry = store.get(ground::Space::meta, Changed::name(3)).value().value();
      entry[entry.find("wrong price")] = 'W';
      batch.put(ground::Space::meta, Changed::name(3), entry);
    });
    CHECK(house.told("entry 3 is not what followed"));
  }
  SUBCASE("gone from the middle") {
    Changed house;
    house.tamper([&](ground::Store&, ground::Batch& batch) {
      batch.erase(ground::Space::meta, Changed::name(2));
      batch.erase(ground::Space::meta, Changed::name(3));
    });
    CHECK(house.told("entries 2 to 3 are missing"));
  }
  SUBCASE("chained anew without the key") {
    Changed house;
    house.tamper([&](ground::Store& store, ground::Batch& batch) {
      std::string entry = store.get(ground::Space::meta, Changed::name(5)).value().value();
      entry[entry.size() - 96] ^= 1;  // its link
      batch.put(ground::Space::meta, Changed::name(5), entry);
    });
    CHECK(house.told("entry 5 is not signed by this keyring"));
    CHECK(house.told("entry 5 is not the one that the keyring remembers"));
  }
  SUBCASE("cut short") {
    Changed house;
    house.tamper([&](ground::Store& store, ground::Batch& batch) {
      const std::string entry = store.get(ground::Space::meta, Changed::name(4)).value().value();
      batch.put(ground::Space::meta, Changed::name(4), entry.substr(0, entry.size() - 1));
    });
    CHECK(house.told("entry 4: an audit entry does not check"));
  }
}

TEST_CASE("Entries taken off the end are missed at the next start, and told for ever") {
  Changed house;
  house.tamper([&](ground::Store&, ground::Batch& batch) {
    batch.erase(ground::Space::meta, Changed::name(4));
    batch.erase(ground::Space::meta, Changed::name(5));
  });
  CHECK(house.told("entries 4 to 5 are not in this store any more"));
  CHECK(house.problems().size() == 1);  // once, however often it is started
  World world(house.data());
  CHECK(world.partition->audit().page(0, 1).value().front().action == "audit.missing");
}

TEST_CASE("What the keyring remembers cannot be written without its key, nor taken away unseen") {
  SUBCASE("cut off") {
    Changed house;
    fs::resize_file(house.head(), fs::file_size(house.head()) - 1);
    CHECK(house.told("audit-head of the keyring does not check"));
  }
  SUBCASE("set back") {
    for (const uint64_t sequence : {0, 2, 4}) {
      Changed house;
      std::fstream file(house.head(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(1);
      ground::ByteWriter number;
      number.be64(sequence);
      file << number.take();
      file.close();
      CHECK(house.told(sequence == 0 ? "audit-head of the keyring does not check"
                                     : "is not the one that the keyring remembers"));
    }
  }
  SUBCASE("taken away, with the last entries") {
    Changed house;
    house.tamper([&](ground::Store&, ground::Batch& batch) {
      batch.erase(ground::Space::meta, Changed::name(5));
    });
    fs::remove(house.head());
    CHECK(house.told("audit-head is gone from the keyring: entries after 4 may be missing"));
    CHECK(house.problems().size() == 1);  // and for ever
  }
  SUBCASE("taken away while it runs") {
    Changed house;
    World world(house.data());
    fs::remove(house.head());
    CHECK(world.partition->audit().verify().value().problems.size() == 1);
  }
}

TEST_CASE("A change that is refused leaves no entry, and the next one follows the last") {
  World world;
  world.begin();
  const auto before = world.partition->audit().verify().value().entries;
  CHECK_FALSE(world.partition->create_key(false, "nowhere", {}).has_value());
  CHECK_FALSE(world.partition->revoke_key("00000000").has_value());
  CHECK_FALSE(world.partition->start(StopKind::channel, "email", "cli").has_value());
  CHECK(world.partition->audit().verify().value().entries == before);
  REQUIRE(world.partition->create_key(false, "web", {}).has_value());
  const AuditReport report = world.partition->audit().verify().value();
  CHECK(report.entries == before + 1);
  CHECK(report.problems.empty());
}
