// Audiences at size: live counts against counting from scratch, across crashes and publishes.
#include <doctest/doctest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "ground/base/json.h"
#include "serve/partition/answer.h"
#include "serve/partition/partition.h"

using namespace aizuchi;
using namespace aizuchi::serve;
using ground::Value;

namespace {

using Rules = std::map<std::string, std::string>;

ground::BrandFiles brand(const Rules& rules, const std::string& more_facts = "") {
  ground::BrandFiles out;
  out.files["brand.yaml"] = "brand: small\nname: Small\nlocales: [en]\ntimezone: UTC\n";
  out.files["purposes.yaml"] =
      "purposes:\n  layout: {basis: notice, says: order}\n  mail: {basis: consent, says: mail}\n"
      "  improve: {basis: consent, says: to learn}\n";
  out.files["contexts.yaml"] =
      "contexts: {browsing: {}, shop-page: {shows: true, continues: [browsing]}}\n";
  out.files["sources.yaml"] =
      "sources:\n"
      "  web: {context: browsing, purposes: [layout, mail, improve], notice: n, says: site}\n"
      "  quiet: {context: browsing, purposes: [layout], notice: n, says: quiet}\n";
  out.files["facts.yaml"] =
      "facts:\n  job: {type: string, label: job, purposes: [layout, improve], keep: 2d}\n" +
      more_facts;
  std::string& text = out.files["audiences.yaml"];
  text = "audiences:\n";
  for (const auto& [name, rule] : rules)
    text += "  " + name + ": {title: \"about " + name + "\", rule: \"" + rule + "\"}\n";
  return out;
}

const Rules several = {
    {"lookers", "count('Product Viewed', duration('6h')) >= 1"},
    {"cooks", "facts.job == 'cook'"},
    {"quiet-lookers", "count('Product Viewed', duration('96h')) == 0"},
    {"buyers", "sum('Order Completed', 'total', duration('48h')) >= 10.0"},
    {"resting", "now - last('Product Viewed') > duration('7h')"},
};

// Names and sizes.
std::map<std::string, uintmax_t> files_of(const std::string& directory) {
  std::map<std::string, uintmax_t> out;
  std::error_code gone;
  for (const auto& file : std::filesystem::directory_iterator(directory, gone))
    out[file.path().filename()] = file.file_size(gone);
  return out;
}

struct World {
  ground::ManualClock clock{*ground::parse_instant("2026-06-01T10:00:00Z")};
  ground::SeededDice dice{7};
  std::string directory;
  std::unique_ptr<Partition> partition;
  Key web, quiet;
  int serial = 0;

  explicit World(std::string where = "") : directory(std::move(where)) { open(); }
  void open() {
    partition.reset();
    auto opened = Partition::open(
        {.data_directory = directory, .sync = false, .clock = &clock, .dice = &dice});
    REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
    partition = *std::move(opened);
  }
  // As after a kill: the files as they are now, nothing flushed and nothing kept at a close.
  void crash() {
    namespace fs = std::filesystem;
    (void)partition->find_events({"none"}, 1);  // waits for what is queued
    const std::string copy = directory + "-copy";
    // The database puts its own files in order meanwhile: until a copy met nothing of that.
    for (bool still = false; !still;) {
      fs::remove_all(copy);
      const auto before = files_of(directory);
      std::error_code failed;
      fs::copy(directory, copy, fs::copy_options::recursive, failed);
      still = !failed && files_of(directory) == before && files_of(copy) == before;
      if (!still) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    partition.reset();
    fs::remove_all(directory);
    fs::rename(copy, directory);
    open();
  }
  void publish(const ground::BrandFiles& files) {
    const auto published = partition->publish(files);
    REQUIRE(published.has_value());
    for (const auto& finding : published->findings)
      if (finding.severity == ground::Severity::error) FAIL_CHECK(ground::format_finding(finding));
    wait_filled();
    if (!web.id.empty()) return;
    web = partition->create_key(false, "web", {})->key;
    quiet = partition->create_key(false, "quiet", {})->key;
  }
  void send(const std::string& who, const std::string& event, const std::string& properties = "{}",
            bool quietly = false) {
    const auto sent =
        partition->ingest_and_wait(R"({"type":"track","event":")" + event + R"(","anonymousId":")" +
                                       who + R"(","messageId":"m)" + std::to_string(++serial) +
                                       R"(","properties":)" + properties + "}",
                                   quietly ? quiet : web);
    REQUIRE(sent.has_value());
    REQUIRE(sent->accepted == 1);
  }
  void agree(const std::string& who, bool yes = true, const std::string& purpose = "improve") {
    send(who, "Consent Updated",
         R"({"purposes":{")" + purpose + "\":" + (yes ? "true" : "false") + "}}");
  }
  void tick(int times = 3) {
    for (int i = 0; i < times; ++i) {
      partition->tick();
      clock.advance(ground::Duration{10});
    }
  }
  // Until nothing is being filled; the filling of a directory is on a thread of its own. Time
  // stands still meanwhile, but for what new aggregates need to be filled from history.
  void wait_filled() {
    for (int i = 0; i < 10'000; ++i) {
      partition->tick();
      if (partition->backfilling()) clock.advance(ground::Duration{10});
      if (partition->audiences().progress == 1) return;
      if (!directory.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    FAIL("the audiences are not filled");
  }
  AudienceCount of(const std::string& name) {
    for (const AudienceEntry& entry : partition->audiences().audiences)
      if (entry.name == name) return entry.count;
    FAIL("no audience " << name);
    return {};
  }
  std::optional<uint64_t> count(const std::string& json) {
    const auto counted = partition->count_audiences(*ground::parse_json(json));
    REQUIRE_MESSAGE(counted.has_value(), counted.error().message);
    CHECK(counted->settling == 0);
    return counted->people;
  }
  // Members by device, past the rule that few are not exported: 20 more are in every audience.
  std::set<std::string> members(const std::string& audience,
                                const std::string& purpose = "improve") {
    std::set<std::string> out;
    uint32_t from = 0;
    while (true) {
      const auto page = partition->members(audience, purpose, from, 7);
      REQUIRE_MESSAGE(page.has_value(), page.error().message);
      for (const AudienceMember& member : page->members)
        out.insert(member.anonymous_ids.begin(), member.anonymous_ids.end());
      if (!page->more) return out;
      from = page->next;
    }
  }
};

std::string person(size_t i) {
  return "p" + std::to_string(i);
}

std::string temp_directory() {
  std::string path = std::filesystem::temp_directory_path() / "aizuchi-audiences-XXXXXX";
  REQUIRE(mkdtemp(path.data()) != nullptr);
  return path;
}

// Anything that may happen to one of `people` people.
void something_happens(World& world, size_t people) {
  const std::string who = person(world.dice.next_u64() % people);
  switch (world.dice.next_u64() % 8) {
    case 0:
    case 1:
      return world.send(who, "Product Viewed");
    case 2:
      return world.send(who, "Product Viewed", "{}", true);
    case 3:
      return world.send(who, "Order Completed", R"({"total":6})");
    case 4: {
      const auto sent = world.partition->ingest_and_wait(
          R"({"type":"identify","anonymousId":")" + who + R"(","messageId":"i)" +
              std::to_string(++world.serial) + R"(","traits":{"job":"cook"}})",
          world.web);
      REQUIRE(sent.has_value());
      return;
    }
    case 5:
      return world.agree(who, world.dice.next_u64() % 4 != 0);
    case 6:
      return world.clock.advance(
          ground::Duration::minutes(static_cast<int64_t>(world.dice.next_u64() % 90)));
    default:
      return world.tick(1);
  }
}

// The same people counted from scratch: the same audiences under another rule text, so that they
// are new to it and everyone is looked at.
std::map<std::string, std::set<std::string>> from_scratch(World& world, const Rules& rules,
                                                          int round) {
  Rules other;
  for (const auto& [name, rule] : rules) other[name] = rule + std::string(round % 2 + 1, ' ');
  world.publish(brand(other));
  std::map<std::string, std::set<std::string>> out;
  for (const auto& [name, rule] : rules) out[name] = world.members(name);
  return out;
}

// Twenty people who are in every audience of `several` but the resting, and twenty who rest: an
// audience is never so small that it cannot be looked at. Sent anew, so that windows do not close.
void hold_up(World& world, size_t people) {
  for (size_t i = 0; i < 20; ++i) {
    world.agree(person(people + i));
    world.send(person(people + i), "Product Viewed");
    world.send(person(people + i), "Order Completed", R"({"total":60})");
    (void)world.partition->ingest_and_wait(
        R"({"type":"identify","anonymousId":")" + person(people + i) + R"(","messageId":"h)" +
            std::to_string(++world.serial) + R"(","traits":{"job":"cook"}})",
        world.web);
  }
}

void events_clock_and_scratch(World& world, int rounds, bool reopen) {
  constexpr size_t people = 40;
  for (size_t i = 0; i < 20; ++i) {  // once, then at rest
    world.agree(person(1000 + i));
    world.send(person(1000 + i), "Product Viewed");
  }
  world.clock.advance(ground::Duration::hours(100));
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < 60; ++i) something_happens(world, people);
    hold_up(world, people);
    if (reopen && round % 2 == 1) {
      // Half of the times something was kept since the last events, half of the times not.
      if (round % 4 == 1) world.clock.advance(ground::Duration::seconds(5)), world.tick(2);
      round % 8 < 6 ? world.crash() : world.open();
    }
    std::map<std::string, std::set<std::string>> live;
    for (const auto& [name, rule] : several) live[name] = world.members(name);
    for (const auto& [name, rule] : several)
      CHECK(world.of(name).people == std::optional<uint64_t>(live[name].size()));
    CHECK(from_scratch(world, several, round) == live);
  }
}

}  // namespace

TEST_CASE("Live counts are those of counting from scratch, after any events and any time") {
  World world;
  world.publish(brand(several));
  events_clock_and_scratch(world, 25, false);
}

TEST_CASE("Counts are right after a restart, and a new audience is filled beside the serving") {
  const std::string directory = temp_directory();
  {
    World world(directory);
    world.publish(brand(several));
    events_clock_and_scratch(world, 16, true);
  }
  std::filesystem::remove_all(directory);
  std::filesystem::remove_all(directory + "-keys");
}

namespace {

// 600 people who looked three times at what is dark, one of them often, and 20 who looked once; a
// new audience of the first. Someone comes by all the time, so that the states stay behind.
void count_what_nobody_counted(World& world) {
  world.publish(brand(several));
  const auto looks = [&](const std::string& who, int times) {
    world.agree(who);
    for (int i = 0; i < times; ++i) world.send(who, "Product Viewed", R"({"category":"dark"})");
  };
  for (size_t i = 0; i < 599; ++i) looks(person(i), 3);
  looks("often", 80);
  for (size_t i = 0; i < 20; ++i) looks("seldom-" + std::to_string(i), 1);
  (void)world.members("lookers");  // everyone has been looked at
  Rules more = several;
  more["dark-lookers"] = "count('Product Viewed', duration('240h'), {'category':'dark'}) >= 2";
  REQUIRE(world.partition->publish(brand(more)).has_value());
  for (int i = 0; i < 10'000 && world.partition->audiences().progress < 1; ++i) {
    world.send("passer-by", "Product Viewed", "{}", true);
    world.partition->tick();
    if (!world.directory.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK(world.of("dark-lookers").people == std::optional<uint64_t>(600));
  CHECK(world.partition->backfilling());
  CHECK(world.partition->counters().backfilled < 500);
  // Who looks a second time now is counted, and who looked often still is, with the event.
  world.send("seldom-7", "Product Viewed", R"({"category":"dark"})");
  world.send("often", "Product Viewed", R"({"category":"dark"})");
  world.partition->tick();
  CHECK(world.members("dark-lookers").contains("seldom-7"));
  world.clock.advance(ground::Duration{100});
  world.tick(30);
  CHECK_FALSE(world.partition->backfilling());
  const auto members = world.members("dark-lookers");
  CHECK(members.size() == 601);
  CHECK(members.contains("often"));
}

}  // namespace

TEST_CASE("A new audience that asks something new is counted from histories, before all states") {
  World in_memory;
  count_what_nobody_counted(in_memory);
  const std::string directory = temp_directory();
  {
    World stored(directory);
    count_what_nobody_counted(stored);
  }
  std::filesystem::remove_all(directory);
  std::filesystem::remove_all(directory + "-keys");
}

TEST_CASE("[P1] Fewer than twenty people are no number, alone or as a part, and are not exported") {
  World world;
  world.publish(brand(several));
  for (size_t i = 0; i < 30; ++i) {
    world.agree(person(i));
    world.send(person(i), "Product Viewed");
    if (i < 25) world.send(person(i), "Order Completed", R"({"total":60})");
  }
  world.send("not-asked", "Product Viewed");
  CHECK(world.of("lookers").people == std::optional<uint64_t>(30));
  CHECK(world.of("buyers").people == std::optional<uint64_t>(25));
  CHECK_FALSE(world.of("cooks").people.has_value());
  CHECK(world.count(R"("lookers")") == std::optional<uint64_t>(30));
  CHECK_FALSE(world.count(R"({"minus":["lookers","buyers"]})").has_value());
  CHECK_FALSE(
      world.count(R"({"all":["lookers","buyers"]})").has_value());  // 30 - 25 would be known
  CHECK(world.partition->members("cooks", "improve", 0, 99).error().code ==
        ground::ErrorCode::forbidden);
  for (size_t i = 30; i < 45; ++i) world.agree(person(i)), world.send(person(i), "Product Viewed");
  CHECK(world.count(R"({"minus":["lookers","buyers"]})") == std::optional<uint64_t>(20));
  CHECK(world.count(R"({"any":["buyers",{"not":"lookers"}]})") == std::optional<uint64_t>(25));
  CHECK(world.members("lookers").size() == 45);
  CHECK(world.members("lookers").contains("not-asked") == false);
}

TEST_CASE("[P1] An export holds whom its own purpose may reach") {
  World world;
  world.publish(brand(several));
  for (size_t i = 0; i < 30; ++i) {
    world.agree(person(i));
    world.send(person(i), "Product Viewed");
    if (i < 4) world.agree(person(i), true, "mail");
  }
  world.agree(person(3), false, "mail");
  CHECK(world.members("lookers", "mail") == std::set<std::string>{"p0", "p1", "p2"});
  CHECK(world.members("lookers", "improve").size() == 30);
  CHECK(world.partition->members("lookers", "gossip", 0, 99).error().code ==
        ground::ErrorCode::invalid);
}

TEST_CASE("A withdrawal leaves every audience at once") {
  World world;
  world.publish(brand(several));
  for (size_t i = 0; i < 21; ++i) world.agree(person(i)), world.send(person(i), "Product Viewed");
  CHECK(world.of("lookers").people == std::optional<uint64_t>(21));
  world.agree(person(0), false);
  CHECK(world.of("lookers").people == std::optional<uint64_t>(20));
  world.agree(person(1), false);
  CHECK_FALSE(world.of("lookers").people.has_value());
}

TEST_CASE("An expression over audiences that is wrong says what it should be") {
  World world;
  world.publish(brand(several));
  const auto error = [&](const std::string& json) {
    const auto counted = world.partition->count_audiences(*ground::parse_json(json));
    REQUIRE_FALSE(counted.has_value());
    return counted.error();
  };
  CHECK(error(R"("lookrs")").code == ground::ErrorCode::not_found);
  CHECK(error(R"("lookrs")").hint == "did you mean 'lookers'?");
  for (const char* bad :
       {"7", "{}", R"({"all":[]})", R"({"all":"lookers"})", R"({"xor":["lookers"]})",
        R"({"not":["lookers"]})", R"({"all":["lookers"],"any":["cooks"]})"})
    CHECK_MESSAGE(error(bad).code == ground::ErrorCode::invalid, bad);
  std::string deep = R"("lookers")";
  for (int i = 0; i < 30; ++i) deep = R"({"not":)" + deep + "}";
  CHECK(error(deep).code == ground::ErrorCode::invalid);
}

TEST_CASE("Without a purpose improve the audiences are listed and have no counts, and say why") {
  World world;
  auto files = brand({{"lookers", "count('Product Viewed', duration('6h')) >= 1"}});
  files.files["purposes.yaml"] = "purposes:\n  layout: {basis: notice, says: order}\n";
  files.files["sources.yaml"] =
      "sources:\n  web: {context: browsing, purposes: [layout], notice: n, says: site}\n"
      "  quiet: {context: browsing, purposes: [layout], notice: n, says: quiet}\n";
  files.files["facts.yaml"] = "facts: {}\n";
  world.publish(files);
  CHECK(world.of("lookers").state == AudienceState::no_purpose);
  CHECK(world.partition->count_audiences(Value("lookers")).error().code ==
        ground::ErrorCode::forbidden);
}

TEST_CASE("What was kept and does not check is counted anew, and doctor says so") {
  const std::string directory = temp_directory();
  {
    World world(directory);
    world.publish(brand(several));
    for (size_t i = 0; i < 25; ++i) world.agree(person(i)), world.send(person(i), "Product Viewed");
    world.wait_filled();
    REQUIRE(world.partition->flush().has_value());
    world.partition.reset();
    {  // a page that opens and is not one
      auto store = ground::open_rocks_store({.directory = directory});
      REQUIRE(store.has_value());
      ground::Batch batch;
      batch.put(ground::Space::meta, "audience/page/00000000", "no page at all");
      REQUIRE((*store)->commit_and_wait(std::move(batch), ground::Durability::synced).has_value());
    }
    world.open();
    bool told = false;
    for (const auto& line : world.partition->examine())
      told = told || (line.check == "audiences" && line.wrong && !line.remedy.empty());
    CHECK(told);
    world.wait_filled();
    CHECK(world.of("lookers").people == std::optional<uint64_t>(25));
  }
  std::filesystem::remove_all(directory);
  std::filesystem::remove_all(directory + "-keys");
}
