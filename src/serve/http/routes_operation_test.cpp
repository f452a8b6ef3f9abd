#include "serve/http/exchange.h"
#include "serve/http/routes_probe.h"

using namespace aizuchi;
using namespace aizuchi::serve;

namespace {

ground::BrandFiles with_products() {
  ground::BrandFiles out = probe_brand();
  out.files["products.csv"] = "id,name.ja,name.en,category,price,url\np1,一,One,tea,100,/1\n";
  out.files["slots/shelf.yaml"] =
      "slots:\n  home.shelf: {channel: web, context: shop-page, purpose: layout, shape: list, "
      "size: {at_least: 1, at_most: 4}, from: products, rankers: [for-you, popular], "
      "fallback: popular}\n";
  return out;
}

std::string title(House& house) {
  const auto answer = house.post(
      "/v1/decide",
      R"({"person":{"anonymousId":"a-1"},"slots":["home.hero"],"context":{"locale":"en"}})",
      House::page);
  return text_at(parsed(answer), "slots/home.hero/items/0/content/title");
}

}  // namespace

TEST_CASE("A stop over HTTP acts on the next decision and says who, when and why") {
  House house;
  REQUIRE(
      status_of(house.post("/v1/batch", "{\"batch\":[" + viewed("m1") + "," + viewed("m2") + "]}",
                           House::page)) == 200);
  CHECK(title(house) == "Light roast first");
  const auto stopped =
      house.post("/admin/api/stops", R"({"item":"hero-light","why":"recalled"})", House::every);
  CHECK(status_of(stopped) == 200);
  CHECK(text_at(parsed(stopped), "by").size() == 8);
  CHECK(title(house) == "Welcome <in>");
  const auto listed = parsed(house.get("/admin/api/stops", House::every));
  CHECK(text_at(listed, "stops/0/name") == "hero-light");
  CHECK(text_at(listed, "stops/0/why") == "recalled");
  CHECK(text_at(listed, "stops/0/at") == "2026-06-01T10:00:00.000Z");
  CHECK(text_at(parsed(house.get("/admin/api/versions", House::every)), "stops/0/name") ==
        "hero-light");
  const auto lifted = house.post("/admin/api/starts", R"({"item":"hero-light"})", House::every);
  CHECK(text_at(parsed(lifted), "liftedBy").size() == 8);
  CHECK(title(house) == "Light roast first");
  REQUIRE(status_of(house.post("/admin/api/stops", R"({"channel":"web"})", House::every)) == 200);
  CHECK(title(house) == "Welcome <in>");
}

TEST_CASE("A stop that does not say what it means is refused") {
  House house;
  const auto status = [&](std::string_view path, std::string_view body) {
    return status_of(house.post(path, body, House::every));
  };
  CHECK(status("/admin/api/stops", "{}") == 400);
  CHECK(status("/admin/api/stops", R"({"item":"hero-light","channel":"web"})") == 400);
  CHECK(status("/admin/api/stops", R"({"itm":"hero-light"})") == 400);
  CHECK(status("/admin/api/stops", R"({"item":"hero-dark"})") == 404);
  CHECK(status("/admin/api/starts", R"({"item":"hero-light"})") == 404);
  CHECK(status("/admin/api/starts", R"({"item":"hero-light","why":"x"})") == 400);
}

TEST_CASE("The product feed answers after it is durable, a row at a time, to secret keys only") {
  House house(Door::both, with_products());
  const auto put = [&](std::string_view body, std::string_view key) {
    return house.ask("PUT", "/v1/products:batch", body, House::bearer(key));
  };
  const auto fed =
      put(R"({"products":[{"id":"p1","price":80},{"id":"p7","stock":1}]})", House::ingest);
  CHECK(status_of(fed) == 200);
  CHECK(text_at(parsed(fed), "accepted") == "1");
  CHECK(text_at(parsed(fed), "refused/0/id") == "p7");
  CHECK(text_at(parsed(fed), "refused/0/index") == "1");
  const auto shelf = parsed(house.post(
      "/v1/decide", R"({"person":{"anonymousId":"a-1"},"slots":["home.shelf"]})", House::page));
  CHECK(text_at(shelf, "slots/home.shelf/items/0/content/price") == "80");
  const auto none = put(R"({"products":[{"id":"p7","stock":1}]})", House::ingest);
  CHECK(status_of(none) == 422);
  CHECK(text_at(parsed(none), "refused/0/index") == "0");
  CHECK(text_at(parsed(none), "error/code") == "invalid");
  CHECK(status_of(put(R"({"products":[]})", House::ingest)) == 400);
  CHECK(status_of(put("{}", House::ingest)) == 400);
  CHECK(status_of(put(R"({"products":[{"id":"p1","price":80}]})", House::page)) == 403);
}

TEST_CASE("[P7] Where a thread stands is told with the people scope, seen, and owed when overdue") {
  House house;
  const std::string row =
      R"({"userId":"u-1","kind":"promise","id":"q-1","due":"2026-01-01T00:00:00Z"})";
  CHECK(status_of(house.post("/v1/threads", row, House::page)) == 403);
  CHECK(status_of(house.post("/v1/threads", row, House::ingest)) == 403);
  CHECK(status_of(house.post("/v1/threads", row, House::people)) == 200);
  const std::string resolved =
      R"({"threads":[{"userId":"u-1","kind":"inquiry","id":"7","state":"resolved"},{"kind":"x"}]})";
  const auto told = house.post("/v1/threads", resolved, House::people);
  CHECK(text_at(parsed(told), "accepted") == "1");
  CHECK(text_at(parsed(told), "refused/0/index") == "1");
  const auto person = parsed(house.get("/v1/people/u-1", House::people));
  CHECK(text_at(person, "threads/0/kind") == "promise");
  CHECK(text_at(person, "threads/0/overdue") == "true");
  CHECK(text_at(person, "threads/1/state") == "resolved");
  CHECK(status_of(house.post("/v1/threads", R"({"userId":"u-1"})", House::people)) == 400);
  CHECK(status_of(house.post("/v1/threads", R"({"userid":"u-1"})", House::people)) == 400);
}

TEST_CASE("What was said elsewhere needs the people scope and is shown with the person") {
  House house;
  const std::string_view row =
      R"({"userId":"u-1","item":"hero-light","channel":"phone","by":"desk-2","messageId":"s1"})";
  CHECK(status_of(house.post("/v1/said", row, House::page)) == 403);
  CHECK(status_of(house.post("/v1/said", row, House::ingest)) == 403);
  const auto told = house.post("/v1/said", row, House::people);
  CHECK(status_of(told) == 200);
  CHECK(text_at(parsed(told), "accepted") == "1");
  CHECK(text_at(parsed(house.post("/v1/said", row, House::people)), "duplicates") == "1");
  const auto person = parsed(house.get("/v1/people/u-1", House::people));
  CHECK(text_at(person, "saidElsewhere/0/item") == "hero-light");
  CHECK(status_of(house.post("/v1/said", R"({"userId":"u-1"})", House::people)) == 400);
}

TEST_CASE("A persona and another moment are previews of those who edit the brand") {
  House house;
  const auto ask = [&](std::string_view more, std::string_view key) {
    return house.post("/v1/decide", R"({"slots":["home.note"],)" + std::string(more) + "}", key);
  };
  const std::string_view persona = R"("mode":"preview","persona":{"facts":{"size":"L"}})";
  const auto answer = ask(persona, House::every);
  CHECK(status_of(answer) == 200);
  CHECK(text_at(parsed(answer), "slots/home.note/items/0/id") == "note-size");
  CHECK(house.partition->counters().decisions == 0);
  CHECK(status_of(ask(persona, House::people)) == 403);
  CHECK(status_of(ask(persona, House::page)) == 403);
  CHECK(status_of(ask(R"("persona":{})", House::every)) == 400);
  CHECK(status_of(ask(R"("mode":"preview","persona":{"fact":{}})", House::every)) == 400);
  CHECK(status_of(ask(R"("mode":"preview","now":"soon")", House::every)) == 400);
  CHECK(status_of(ask(R"("mode":"preview","now":"2026-12-24T18:00:00Z")", House::every)) == 200);
}

TEST_CASE("A full disk and a failed one have answers of their own") {
  CHECK(status_of(ground::ErrorCode::storage_full) == 507);
  CHECK(status_of(ground::ErrorCode::unavailable) == 503);
}

TEST_CASE("A backup is refused without a folder for it, without the right, and by a bad name") {
  House house;
  const auto status = [&](std::string_view body, const auto& key) {
    return status_of(house.post("/admin/api/backups", body, key));
  };
  CHECK(status("{}", House::page) == 403);
  CHECK(status(R"({"name":"../up"})", House::every) == 400);
  CHECK(status(R"({"name":".hidden"})", House::every) == 400);
  CHECK(status(R"({"folder":"x"})", House::every) == 400);
  CHECK(status("{}", House::every) == 409);
  CHECK(house.get("/admin/api/backups", House::every).ends_with(R"({"backup":null})"));
  CHECK(status_of(house.get("/admin/api/backups", House::page)) == 403);
}
