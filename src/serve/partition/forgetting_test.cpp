// Single values, put right or forgotten: in the state, in the log, in what rests on them, and for
// good.
#include <filesystem>

#include "ground/base/json.h"
#include "ground/store/erasures.h"
#include "ground/store/signature.h"
#include "serve/partition/backup.h"
#include "serve/partition/partition_probe.h"
#include "serve/partition/sweeping.h"

namespace aizuchi::serve {

using ground::Value;

namespace {

// The small brand, with a fact that orders tell and one that is computed.
ground::BrandFiles told_brand() {
  ground::BrandFiles files = brand();
  files.files["facts.yaml"] = R"(
facts:
  job:
    type: enum
    of: [sales, other]
    label: {ja: 職種, en: your role}
    purposes: [layout, mail]
  size: {type: string, label: {ja: サイズ, en: your size}, purposes: [layout]}
  phone: {type: string, pii: true, label: {ja: 電話, en: your phone}, purposes: [layout]}
  keen:
    type: bool
    label: {ja: ご関心, en: your interest}
    purposes: [layout]
    derived: >-
      facts.job == 'sales' &&
      count('Product Viewed', duration('168h'), {'category': 'dark'}) >= 2
)";
  files.files["events.yaml"] = R"(
events:
  Product Viewed: {facts: {size: size}}
)";
  return files;
}

struct Told : World {
  explicit Told(const std::string& directory = "") : World(directory) {
    if (partition->snapshot() == nullptr) {
      begin();
      publish(told_brand());
    }
  }
  void identify(const Key& key, const std::string& id, const std::string& traits,
                const std::string& message) {
    send(key, R"({"type":"identify","userId":")" + id + R"(","messageId":")" + message +
                  R"(","traits":)" + traits + "}");
  }
  void viewed(const std::string& id, const std::string& category, const std::string& message,
              const std::string& more = "", const std::string& at = "") {
    send(server,
         R"({"type":"track","event":"Product Viewed","userId":")" + id + R"(","messageId":")" +
             message + R"(",)" + (at.empty() ? "" : R"("timestamp":")" + at + R"(",)") +
             R"("properties":{"product_id":"p1","category":")" + category + "\"" + more + "}}");
  }
  Key privacy() const {
    return {.id = "privacy", .secret = true, .source = "web", .scopes = {Scope::privacy}};
  }
  Value forget(const std::string& id, const std::string& name) {
    const auto receipt = partition->forget_value_and_wait({.user_id = id}, name, privacy());
    REQUIRE_MESSAGE(receipt.has_value(), receipt.error().message);
    CHECK(ground::open_jws(partition->receipt_key(), receipt->jws).has_value());
    return ground::parse_json(receipt->json).value();
  }
  std::string known(const std::string& id) {
    return partition->person_json({.user_id = id}).value_or("");
  }
  std::string events(const std::string& id) {
    std::string out;
    const auto history = partition->history({.user_id = id}, 100);
    REQUIRE(history.has_value());
    for (const auto& event : *history) out += event.body + "\n";
    return out;
  }
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

uint64_t entries(const Value& receipt, size_t store) {
  const Value& entry = receipt.find("stores")->as_list().at(store);
  return static_cast<uint64_t>(entry.find("entries")->number_or(-1));
}

// As me_json counts it.
double counted(Partition& partition, const std::string& id, std::string_view what) {
  const Key all{.id = "t", .secret = true, .source = "web", .scopes = {Scope::privacy}};
  const auto me = partition.me_json({.user_id = id}, all, ground::LocaleId{0});
  REQUIRE(me.has_value());
  const Value json = ground::parse_json(*me).value();
  for (const Value& one : json.find("counted")->as_list())
    if (has(one.find("what")->as_string(), what)) return one.find("count")->number_or(-1);
  return -1;
}

constexpr std::string_view dark = R"(count("Product Viewed",{"category":"dark"}))";

}  // namespace

TEST_CASE("[P1] What a person puts right takes the wrong value's place wherever that stood") {
  Told shop;
  shop.identify(shop.form, "u-1", R"({"job":"sales"})", "i-1");
  shop.identify(shop.server, "u-1", R"({"job":"sales"})", "i-2");
  const auto corrected =
      shop.partition->correct_and_wait({.user_id = "u-1"}, "job", Value("other"), shop.privacy());
  REQUIRE(corrected.has_value());
  CHECK(corrected->places == 2);
  CHECK((corrected->recomputed == std::vector<std::string>{"facts.keen"}));
  const Value person = ground::parse_json(shop.known("u-1")).value();
  const auto& facts = person.find("facts")->as_list();
  REQUIRE(facts.size() == 2);
  for (const Value& fact : facts) {
    CHECK(fact.find("value")->as_string() == "other");
    CHECK(fact.find("method")->as_string() == "stated");
  }
  // Told at sign-up for mail and layout, while browsing for the layout only: as it was.
  CHECK(facts[0].find("context")->as_string() != facts[1].find("context")->as_string());
  CHECK(facts[0].find("purposes")->as_list().size() + facts[1].find("purposes")->as_list().size() ==
        3);
}

TEST_CASE("A correction is refused where it says nothing, and alike for somebody unknown") {
  Told shop;
  shop.identify(shop.form, "u-1", R"({"job":"sales"})", "i-1");
  const auto code = [&](const std::string& who, const std::string& fact, const Value& value,
                        const Key& key) {
    return shop.partition->correct_and_wait({.user_id = who}, fact, value, key).error().code;
  };
  CHECK(code("u-1", "job", Value("king"), shop.privacy()) == ground::ErrorCode::invalid);
  CHECK(code("u-1", "job", Value(3), shop.privacy()) == ground::ErrorCode::invalid);
  CHECK(code("u-1", "keen", Value(true), shop.privacy()) == ground::ErrorCode::invalid);
  CHECK(code("u-1", "shoes", Value("L"), shop.privacy()) == ground::ErrorCode::not_found);
  CHECK(code("u-1", "size", Value("L"), shop.privacy()) == ground::ErrorCode::not_found);
  CHECK(code("nobody", "size", Value("L"), shop.privacy()) == ground::ErrorCode::not_found);
  CHECK(code("u-1", "phone", Value("1"), shop.web) == ground::ErrorCode::forbidden);
  CHECK(has(shop.known("u-1"), "\"sales\""));
}

TEST_CASE("A device puts right what it told, and nothing that its person proved") {
  Told shop;
  shop.send(shop.web, R"({"type":"identify","anonymousId":"a-1","messageId":"d-1",)"
                      R"("traits":{"size":"S"}})");
  shop.send(shop.server, R"({"type":"identify","userId":"u-1","anonymousId":"a-1",)"
                         R"("messageId":"s-1","traits":{"job":"sales"}})");
  const Asking device{.anonymous_id = "a-1"};
  const auto size = shop.partition->correct_and_wait(device, "size", Value("M"), shop.web);
  REQUIRE(size.has_value());
  CHECK(size->places == 1);
  CHECK(has(shop.known("u-1"), "\"M\""));
  CHECK(shop.partition->correct_and_wait(device, "job", Value("other"), shop.web).error().code ==
        ground::ErrorCode::not_found);
  const auto job = shop.partition->forget_value_and_wait(device, "job", shop.web);
  REQUIRE_MESSAGE(job.has_value(), job.error().message);
  CHECK(has(shop.known("u-1"), "\"sales\""));
}

TEST_CASE("Nobody but the engine writes that something was corrected") {
  Told shop;
  const Ingested sent = shop.send(
      shop.server, R"({"type":"track","event":"Fact Corrected","userId":"u-1","messageId":"m",)"
                   R"("properties":{"fact":"job","value":"other"}})");
  CHECK(sent.refused.size() == 1);
}

TEST_CASE("A forgotten fact is in no state and no event, and what came with it is kept") {
  Told shop;
  shop.identify(shop.form, "u-1", R"({"job":"sales","size":"XL"})", "i-1");
  shop.viewed("u-1", "dark", "v-1", R"(,"size":"XXL")");
  const Value receipt = shop.forget("u-1", "size");
  CHECK(entries(receipt, 0) == 0);
  CHECK(entries(receipt, 1) == 2);
  CHECK_FALSE(has(shop.known("u-1"), "XL"));
  CHECK(has(shop.known("u-1"), "\"sales\""));
  const std::string events = shop.events("u-1");
  CHECK_FALSE(has(events, "XL"));
  CHECK(has(events, "i-1"));
  CHECK(has(events, "dark"));
  CHECK(counted(*shop.partition, "u-1", dark) == 1);
  CHECK(shop.partition->verify()->wrong.empty());
  // Again there is nothing to do, and nothing is noted.
  CHECK(entries(shop.forget("u-1", "size"), 1) == 0);
}

TEST_CASE("[P1] A forgotten conclusion takes the events along that it was drawn from") {
  Told shop;
  shop.identify(shop.form, "u-1", R"({"job":"sales"})", "i-1");
  shop.viewed("u-1", "dark", "v-1");
  shop.viewed("u-1", "dark", "v-2");
  shop.viewed("u-1", "light-roast", "v-3");
  shop.viewed("u-2", "dark", "v-4");
  const Value receipt = shop.forget("u-1", "keen");
  CHECK(entries(receipt, 0) == 2);
  CHECK(counted(*shop.partition, "u-1", dark) == 0);
  CHECK(counted(*shop.partition, "u-1", "light-roast") == 1);
  CHECK(counted(*shop.partition, "u-2", dark) == 1);
  CHECK_FALSE(has(shop.events("u-1"), "dark"));
  CHECK(has(shop.events("u-1"), "light-roast"));
  CHECK_FALSE(has(shop.known("u-1"), "\"sales\""));
  CHECK(shop.partition->forget_value_and_wait({.user_id = "u-1"}, "sizes", shop.privacy())
            .error()
            .code == ground::ErrorCode::not_found);
}

TEST_CASE("What was forgotten does not come back with an event that is late") {
  Told shop;
  shop.identify(shop.form, "u-1", R"({"job":"sales"})", "i-1");
  shop.viewed("u-1", "dark", "v-1");
  shop.forget("u-1", "job");
  shop.forget("u-1", std::string(dark));
  shop.clock.advance(ground::Duration::minutes(1));
  shop.viewed("u-1", "dark", "v-2", "", "2026-06-01T09:00:00Z");
  CHECK(counted(*shop.partition, "u-1", dark) == 0);
  shop.send(shop.form,
            R"({"type":"identify","userId":"u-1","messageId":"i-2",)"
            R"("timestamp":"2026-06-01T09:00:00Z","traits":{"job":"sales","size":"S"}})");
  CHECK_FALSE(has(shop.known("u-1"), "\"sales\""));
  // What they say and do from then on is new.
  shop.identify(shop.form, "u-1", R"({"job":"other"})", "i-3");
  shop.viewed("u-1", "dark", "v-3");
  CHECK(has(shop.known("u-1"), "\"other\""));
  CHECK(counted(*shop.partition, "u-1", dark) == 1);
}

TEST_CASE("What was forgotten stays so over a restart, and its bytes go from the files") {
  const std::string directory = temp_directory();
  {
    Told shop(directory);
    shop.identify(shop.form, "u-1", R"({"job":"sales","size":"XL"})", "i-1");
    shop.viewed("u-1", "dark", "v-1");
    const Answer asked = shop.ask(shop.server, {.user_id = "u-1"}, {"home.hero"});
    REQUIRE(shop.partition->flush());
    shop.forget("u-1", "size");
    shop.forget("u-1", std::string(dark));
    const auto swept = shop.partition->sweep_and_wait();
    REQUIRE(swept.has_value());
    CHECK(swept->found.empty());
    CHECK(swept->records == 1);
    CHECK(swept->searched_for > 0);
    CHECK(shop.partition->explain(asked.id, {}, shop.privacy())->erased);
  }
  Told shop(directory);
  CHECK_FALSE(has(shop.known("u-1"), "XL"));
  CHECK(has(shop.known("u-1"), "\"sales\""));
  CHECK(counted(*shop.partition, "u-1", dark) == 0);
  CHECK(shop.partition->verify()->wrong.empty());
  CHECK(ground::read_erasures(directory + "-keys")->size() == 2);
  shop.partition.reset();
  std::filesystem::remove_all(directory);
  std::filesystem::remove_all(directory + "-keys");
}

TEST_CASE("A backup from before, restored, has it forgotten again at the start") {
  const std::string folder = temp_directory();
  const std::string directory = folder + "/data", restored = folder + "/restored";
  {
    Told shop(directory);
    shop.identify(shop.form, "u-1", R"({"job":"sales","size":"XL"})", "i-1");
    shop.viewed("u-1", "dark", "v-1");
    REQUIRE(shop.partition->begin_backup(folder + "/backup").run().has_value());
    shop.forget("u-1", "size");
    shop.forget("u-1", std::string(dark));
  }
  const auto back = restore_backup({.backup = folder + "/backup",
                                    .data_directory = restored,
                                    .keyring_directory = directory + "-keys"});
  REQUIRE_MESSAGE(back.has_value(), back.error().message);
  auto opened = Partition::open(
      {.data_directory = restored, .keyring_directory = directory + "-keys", .sync = false});
  REQUIRE(opened.has_value());
  CHECK_FALSE(has((*opened)->person_json({.user_id = "u-1"}).value(), "XL"));
  CHECK(has((*opened)->person_json({.user_id = "u-1"}).value(), "\"sales\""));
  CHECK(counted(**opened, "u-1", dark) == 0);
  CHECK((*opened)->verify()->wrong.empty());
  CHECK(ground::read_erasures(directory + "-keys")->size() == 2);
  opened->reset();
  std::filesystem::remove_all(folder);
}

}  // namespace aizuchi::serve
