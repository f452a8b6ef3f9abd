// What is kept for a time: over at its moment, and gone within a day.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "ground/base/json.h"
#include "serve/partition/partition_probe.h"
#include "serve/partition/sweeping.h"

namespace aizuchi::serve {

using ground::Duration;
using ground::Value;

namespace {

ground::BrandFiles short_brand() {
  ground::BrandFiles files = brand();
  files.files["facts.yaml"] = R"(
facts:
  job:
    type: enum
    of: [sales, other]
    label: {ja: 職種, en: your role}
    purposes: [layout, mail]
  mood: {type: string, label: {ja: 気分, en: your mood}, purposes: [layout], keep: 3d}
)";
  files.files["events.yaml"] = "events:\n  Product Viewed: {keep: 5d}\n  Page Viewed: {keep: 9d}\n";
  return files;
}

struct Short : World {
  explicit Short(const std::string& directory = "") : World(directory) {
    if (partition->snapshot() != nullptr) return;
    begin();
    publish(short_brand());
  }
  void tell(const std::string& message, const std::string& traits) {
    send(form, R"({"type":"identify","userId":"u-1","messageId":")" + message + R"(","traits":)" +
                   traits + "}");
  }
  void viewed(const std::string& message) {
    send(server, R"({"type":"track","event":"Product Viewed","userId":"u-1","messageId":")" +
                     message + R"(","properties":{"product_id":"p1","category":"dark"}})");
  }
  // As a server does, from the next round on.
  void live(Duration time) {
    clock.advance(time);
    for (int i = 0; i < 20; ++i) partition->tick();
  }
  Value me() {
    const Key all{.id = "t", .secret = true, .source = "web", .scopes = {Scope::privacy}};
    const auto json = partition->me_json({.user_id = "u-1"}, all, ground::LocaleId{0});
    REQUIRE(json.has_value());
    return ground::parse_json(*json).value();
  }
  std::string events() {
    std::string out;
    const auto history = partition->history({.user_id = "u-1"}, 100);
    REQUIRE(history.has_value());
    for (const auto& event : *history) out += event.body + "\n";
    return out;
  }
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

double viewed_in(const Value& me) {
  double out = 0;
  for (const Value& one : me.find("counted")->as_list())
    if (has(one.find("what")->as_string(), "Product Viewed"))
      out = std::max(out, one.find("count")->number_or(0));
  return out;
}

}  // namespace

TEST_CASE(
    "[P1] A fact whose time is over is used nowhere at once, and its bytes are gone within a day") {
  const std::string directory = temp_directory();
  {
    Short shop(directory);
    shop.tell("m-1", R"({"job":"sales","mood":"canary"})");
    REQUIRE(shop.partition->flush());
    shop.clock.advance(Duration{Duration::days(3).ms - 1});
    CHECK(shop.me().find("facts")->as_list().size() == 2);
    shop.clock.advance(Duration{1});
    for (const Value& fact : shop.me().find("facts")->as_list())
      if (fact.find("fact")->as_string() == "mood") {
        CHECK_FALSE(fact.find("used")->as_bool());
        CHECK(fact.find("notUsedBecause")->as_string() == "expired");
      }
    CHECK(has(shop.events(), "canary"));
    shop.live(Duration::hours(12));
    CHECK(shop.me().find("facts")->as_list().size() == 1);
    CHECK_FALSE(has(shop.events(), "canary"));
    CHECK(has(shop.events(), "sales"));  // what came with it has its own time
    CHECK(shop.partition->counters().events_expired == 1);
    const auto swept = shop.partition->sweep_and_wait();
    REQUIRE(swept.has_value());
    CHECK(swept->found.empty());
    CHECK(shop.partition->verify()->wrong.empty());
  }
  Short again(directory);
  CHECK_FALSE(has(again.events(), "canary"));
  CHECK(has(again.events(), "sales"));
  CHECK(again.me().find("facts")->as_list().size() == 1);
  CHECK(again.partition->verify()->wrong.empty());
  again.partition.reset();
  std::filesystem::remove_all(directory);
  std::filesystem::remove_all(directory + "-keys");
}

TEST_CASE("[P1] A day after a fact's time is over its bytes are in no file and no block") {
  const std::string directory = temp_directory();
  {
    Short shop(directory);
    shop.tell("m-1", R"({"mood":"canary"})");
    REQUIRE(shop.partition->flush());
  }
  std::vector<std::string> pieces;  // of what is sealed: the event, and the state with the fact
  const auto pieces_left = [&] {
    const auto store = ground::open_rocks_store({.directory = directory});
    REQUIRE(store.has_value());
    std::vector<std::string> found;
    const auto search = [&](std::string_view, std::string_view value) {
      for (const std::string& piece : pieces)
        if (value.contains(piece)) found.push_back("block");
      return true;
    };
    for (const auto space : {ground::Space::log, ground::Space::state})
      REQUIRE((*store)->scan_stored(space, search));
    for (const auto& file : std::filesystem::directory_iterator(directory)) {
      std::ifstream in(file.path(), std::ios::binary);
      const std::string bytes(std::istreambuf_iterator<char>(in), {});
      for (const std::string& piece : pieces)
        if (bytes.contains(piece)) found.push_back(file.path().filename());
    }
    return found;
  };
  {
    const auto store = ground::open_rocks_store({.directory = directory});
    REQUIRE(store.has_value());
    const auto take = [&](std::string_view, std::string_view value) {
      pieces.emplace_back(value.substr(value.size() / 3, 24));
      return true;
    };
    for (const auto space : {ground::Space::log, ground::Space::state})
      REQUIRE((*store)->scan(space, "", "", ground::Direction::forward, take));
  }
  REQUIRE(pieces.size() == 2);
  CHECK(pieces_left().size() >= 2);
  {
    Short shop(directory);
    shop.live(Duration::days(3));
    for (int hour = 0; hour < 24; ++hour) {  // by itself: nobody asks for it
      shop.live(Duration::hours(1));
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    for (int i = 0; i < 1'000 && shop.partition->counters().sweep_pending > 0; ++i) {
      shop.partition->tick();
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    CHECK(shop.partition->counters().events_expired == 1);
    CHECK(shop.partition->counters().sweeps >= 1);
  }
  CHECK((pieces_left() == std::vector<std::string>{}));
  std::filesystem::remove_all(directory);
  std::filesystem::remove_all(directory + "-keys");
}

TEST_CASE("Each event goes when its own time is over, and its counts with it") {
  Short shop;
  shop.viewed("v-1");
  shop.send(shop.server, R"({"type":"page","userId":"u-1","messageId":"p-1"})");
  shop.live(Duration::days(4));
  shop.viewed("v-2");
  CHECK(viewed_in(shop.me()) == 2);
  shop.live(Duration::days(2));
  CHECK(viewed_in(shop.me()) == 1);
  CHECK_FALSE(has(shop.events(), "v-1"));
  CHECK(has(shop.events(), "v-2"));
  CHECK(has(shop.events(), "p-1"));
  shop.live(Duration::days(4));
  CHECK(viewed_in(shop.me()) == 0);
  CHECK(shop.events().empty());
  CHECK(shop.partition->verify()->wrong.empty());
}

TEST_CASE("What arrives old goes too, and a history longer than a slice to its end") {
  Short shop;
  shop.live(Duration::days(1));
  for (int i = 0; i < 600; ++i) shop.viewed("v-" + std::to_string(i));
  shop.live(Duration::days(1));
  CHECK(shop.partition->counters().events_expired == 0);
  shop.send(shop.server, R"({"type":"track","event":"Product Viewed","userId":"u-1",)"
                         R"("messageId":"old","timestamp":"2026-05-01T10:00:00Z",)"
                         R"("properties":{"product_id":"p1","category":"dark"}})");
  shop.live(Duration::days(1));
  CHECK(shop.partition->counters().events_expired == 1);
  CHECK_FALSE(has(shop.events(), "old"));
  shop.live(Duration::days(4));
  CHECK(shop.partition->counters().events_expired == 601);
  CHECK(shop.events().empty());
  // Of a folder that keeps less, all there is is looked at anew.
  shop.tell("m-1", R"({"job":"sales"})");
  shop.viewed("v-601");
  shop.live(Duration::days(2));
  CHECK(has(shop.events(), "v-601"));
  ground::BrandFiles files = short_brand();
  files.files["events.yaml"] = "events:\n  Product Viewed: {keep: 1d}\n";
  shop.publish(files, {.prune = true});
  shop.live(Duration::hours(13));
  CHECK_FALSE(has(shop.events(), "v-601"));
  CHECK(has(shop.events(), "sales"));
}

TEST_CASE("A consent is kept as long as its person is known, and nothing goes before its time") {
  Short shop;
  shop.send(shop.server, R"({"type":"track","event":"Consent Updated","userId":"u-1",)"
                         R"("messageId":"c-1","properties":{"purposes":{"recommend":true}}})");
  shop.tell("m-1", R"({"job":"sales"})");
  shop.live(Duration::days(700));
  CHECK(has(shop.events(), "sales"));
  CHECK(shop.partition->counters().events_expired == 0);
  shop.live(Duration::days(40));
  CHECK_FALSE(has(shop.events(), "sales"));
  CHECK(has(shop.events(), "c-1"));
  CHECK(shop.partition->purposes({.user_id = "u-1"}, shop.server)[2].standing == "granted");
}

}  // namespace aizuchi::serve
