#include <doctest/doctest.h>

#include "serve/http/routes_probe.h"

using namespace aizuchi;
using namespace aizuchi::serve;

namespace {

// 30 people who looked, 25 of whom ordered; all agreed to be counted.
struct Shop {
  explicit Shop(const ground::BrandFiles& brand = files()) : house(Door::both, brand) {
    bool counted = false;
    for (int i = 0; i < 100 && !counted; ++i)
      house.there([&] {
        house.partition->tick();
        counted = house.partition->audiences().progress == 1;
        if (!counted) house.clock.advance(ground::Duration{10});
      });
    for (int i = 0; i < 30; ++i) {
      const std::string who = "a-" + std::to_string(i);
      send("consent-" + who, "Consent Updated", who, R"({"purposes":{"improve":true}})");
      send("view-" + who, "Product Viewed", who, "{}");
      if (i < 25) send("order-" + who, "Order Completed", who, "{}");
    }
  }
  static ground::BrandFiles files() {
    auto out = probe_brand();
    out.files["purposes.yaml"] += "  improve: {basis: consent, says: {ja: 改善, en: to improve}}\n";
    std::string& sources = out.files["sources.yaml"];
    sources.replace(sources.find("recommend]"), 10, "recommend, improve]");
    out.files["audiences.yaml"] =
        "audiences:\n"
        "  lookers: {title: Lookers, rule: \"count('Product Viewed') >= 1\"}\n"
        "  buyers: {title: Buyers, rule: \"count('Order Completed') >= 1\"}\n"
        "  big: {title: Big, rule: \"count('Order Completed') >= 9\"}\n"
        "  here: {title: Here, rule: \"context.page == '/'\"}\n";
    return out;
  }
  void send(const std::string& id, const std::string& event, const std::string& who,
            const std::string& properties) {
    const std::string body = R"({"type":"track","event":")" + event + R"(","messageId":")" + id +
                             R"(","anonymousId":")" + who + R"(","properties":)" + properties + "}";
    const auto answer = house.post("/v1/track", body, House::page);
    REQUIRE_MESSAGE(status_of(answer) == 200, answer);
  }
  House house;
};

}  // namespace

TEST_CASE("Audiences are listed with live counts, and with why there is none") {
  Shop shop;
  const auto answer = shop.house.get("/admin/api/audiences", House::every);
  REQUIRE(status_of(answer) == 200);
  const auto json = parsed(answer);
  CHECK(text_at(json, "audiences/0/name") == "lookers");
  CHECK(text_at(json, "audiences/0/people") == "30");
  CHECK(text_at(json, "audiences/1/people") == "25");
  CHECK(text_at(json, "audiences/2/people") == "(nothing)");
  CHECK(text_at(json, "audiences/2/fewerThan") == "20");
  CHECK(text_at(json, "audiences/3/state") == "of_the_question");
  CHECK(text_at(json, "settling") == "0");
}

TEST_CASE("[P1] Counts of audiences together stop where a part would be of few people") {
  Shop shop;
  const auto count = [&](const std::string& of) {
    return parsed(
        shop.house.post("/admin/api/audiences:count", "{\"of\":" + of + "}", House::every));
  };
  CHECK(text_at(count(R"("lookers")"), "people") == "30");
  CHECK(text_at(count(R"({"minus":["lookers","buyers"]})"), "fewerThan") == "20");
  CHECK(text_at(count(R"({"any":["lookers","buyers"]})"), "fewerThan") == "20");
  CHECK(text_at(count(R"("loookers")"), "error/hint") == "did you mean 'lookers'?");
  CHECK(text_at(count(R"("here")"), "error/code") == "invalid");
  CHECK(text_at(count("[]"), "error/code") == "invalid");
}

TEST_CASE("Members go out to who may see people, for a purpose that is named") {
  Shop shop;
  const auto members = [&](const std::string& rest, std::string_view key = House::every) {
    return shop.house.get("/admin/api/audiences/" + rest, key);
  };
  const auto answer = members("buyers/members?purpose=improve");
  REQUIRE(status_of(answer) == 200);
  CHECK(answer.find("application/x-ndjson") != std::string::npos);
  CHECK(answer.find(R"("anonymousIds":["a-24"])") != std::string::npos);
  CHECK(answer.find("a-25") == std::string::npos);
  CHECK(answer.find("\"next\"") == std::string::npos);
  CHECK(status_of(members("buyers/members?purpose=recommend")) == 200);
  CHECK(members("buyers/members?purpose=recommend").find("a-1") == std::string::npos);
  CHECK(status_of(members("buyers/members")) == 400);
  CHECK(status_of(members("buyers/members?purpose=improve&from=x")) == 400);
  CHECK(status_of(members("nobody/members?purpose=improve")) == 404);
  CHECK(status_of(members("big/members?purpose=improve")) == 403);
  CHECK(status_of(members("buyers/members?purpose=improve", House::ingest)) == 403);
  CHECK(status_of(members("buyers/members?purpose=improve", House::page)) == 403);
}

TEST_CASE("Everyone is counted at the admin's word, and the answer tells no cut points of few") {
  auto files = Shop::files();
  files.files["population.yaml"] =
      "deciles: {views: {title: v, of: \"count('Product Viewed')\"}}\n";
  Shop shop(files);
  shop.house.there([&] { shop.house.clock.advance(ground::Duration{10}); });  // after the first one
  CHECK(status_of(shop.house.get("/admin/api/population", House::ingest)) == 403);
  CHECK(status_of(shop.house.post("/admin/api/population:count", "{}", House::ingest)) == 403);
  const auto begun = parsed(shop.house.post("/admin/api/population:count", "{}", House::every));
  CHECK(text_at(begun, "counting") == "true");
  for (int i = 0; i < 50; ++i) shop.house.there([&] { shop.house.partition->tick(); });
  const auto json = parsed(shop.house.get("/admin/api/population", House::every));
  CHECK(text_at(json, "counting") == "false");
  CHECK(text_at(json, "scales/0/name") == "deciles.views");
  CHECK(text_at(json, "scales/0/state") == "counted");
  CHECK(text_at(json, "scales/0/people") == "30");
  CHECK(text_at(json, "scales/0/cutPoints") == "(nothing)");
  CHECK(text_at(json, "at") == "2026-06-01T10:00:00.010Z");
}

TEST_CASE("A folder without scales has no population to count, and is told where they go") {
  Shop shop;
  const auto answer = shop.house.post("/admin/api/population:count", "{}", House::every);
  CHECK(status_of(answer) == 404);
  CHECK(answer.find("population.yaml") != std::string::npos);
  CHECK(shop.house.get("/admin/api/population", House::every).find(R"("scales":[])") !=
        std::string::npos);
}
