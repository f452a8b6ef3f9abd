#include "serve/partition/partition_probe.h"

using namespace aizuchi;
using namespace aizuchi::serve;
using ground::Value;

namespace {

// The brand with a shelf of three products.
ground::BrandFiles with_shelf() {
  ground::BrandFiles out = brand();
  out.files["products.csv"] =
      "id,name.ja,name.en,category,price,url,stock\n"
      "p1,一,One,tea,100,/1,5\np2,二,Two,tea,200,/2,\np3,三,Three,tea,300,/3,0\n";
  out.files["slots/shelf.yaml"] =
      "slots:\n  home.shelf: {channel: web, context: shop-page, purpose: layout, shape: list, "
      "size: {at_least: 1, at_most: 8}, from: products, rankers: [for-you, popular], "
      "fallback: popular}\n";
  return out;
}

struct Shop : World {
  explicit Shop(const std::string& directory = "") : World(directory) {
    begin();
    publish(with_shelf());
  }
  Fed feed(const std::string& rows) {
    auto fed = partition->feed_products_and_wait(*ground::parse_json(rows));
    REQUIRE_MESSAGE(fed.has_value(), fed.error().message);
    return *fed;
  }
  Answer shelf() { return ask(web, {.anonymous_id = "a"}, {"home.shelf"}); }
  // "p1 100,p2 200"
  std::string shown() { return shown(shelf()); }
  static std::string shown(const Answer& answer) {
    std::string out;
    for (const decide::Pick& pick : answer.draft.slots[0].picks) {
      out += (out.empty() ? "" : ",") + pick.content[0].second;
      for (const auto& [field, text] : pick.content)
        if (field == "price") out += " " + text;
    }
    return out;
  }
  std::string replayed(const Answer& answer) {
    const auto explained = partition->explain(answer.id, {}, server);
    REQUIRE(explained.has_value());
    CHECK(explained->differences.at(0) == "");
    return explained_json(*explained, answer.id, Explain::none);
  }
};

}  // namespace

TEST_CASE("Stock, price and validity act on the next decision, without a publish") {
  Shop shop;
  CHECK(shop.shown() == "p1 100,p2 200");
  CHECK(shop.feed(R"([{"id":"p1","stock":0},{"id":"p3","stock":2,"price":250}])").accepted == 2);
  CHECK(shop.shown() == "p2 200,p3 250");
  shop.feed(R"([{"id":"p2","from":"2026-06-02T00:00:00Z"}])");
  CHECK(shop.shown() == "p3 250");
  shop.feed(R"([{"id":"p3","until":"2026-06-01T09:00:00Z"}])");
  CHECK(shop.shown() == "");
  // What a row does not name stays; null takes the folder's word again.
  shop.feed(R"([{"id":"p3","until":null,"stock":null},{"id":"p1","stock":null}])");
  CHECK(shop.shown() == "p1 100");
  shop.feed(R"([{"id":"p3","stock":1},{"id":"p2","from":null}])");
  CHECK(shop.shown() == "p1 100,p2 200,p3 250");
}

TEST_CASE("An old decision is made again as it was, whatever the feed has said since") {
  Shop shop;
  shop.feed(R"([{"id":"p1","stock":0},{"id":"p2","price":150}])");
  const Answer old = shop.shelf();
  CHECK(Shop::shown(old) == "p2 150");
  shop.feed(R"([{"id":"p1","stock":9},{"id":"p2","price":175,"stock":0}])");
  CHECK(shop.shown() == "p1 100");
  CHECK(shop.replayed(old).find(R"("price":"150")") != std::string::npos);
  shop.publish(brand(), {.prune = true});
  CHECK(shop.replayed(old).find(R"("price":"150")") != std::string::npos);
}

TEST_CASE("A row that cannot be taken is named and stops no other") {
  Shop shop;
  const Fed fed = shop.feed(
      R"([{"id":"p1","stock":1},{"id":"p9","stock":1},{"id":"p2","stock":-1},
          {"id":"p2","price":"1"},{"id":"p2"},{"stock":1},7,
          {"id":"p2","stok":1},{"id":"p2","from":"soon"},
          {"id":"p2","from":"2026-06-02T00:00:00Z","until":"2026-06-01T00:00:00Z"},
          {"id":"p2","stock":1.5}])");
  CHECK(fed.accepted == 1);
  REQUIRE(fed.refused.size() == 10);
  CHECK(fed.refused[0].id == "p9");
  CHECK(fed.refused[0].index == 1);
  CHECK(fed.refused[0].message == "the live brand folder has no product of this id");
  CHECK(fed.refused[6].message.ends_with("did you mean stock?"));
  CHECK(shop.shown() == "p1 100,p2 200");
  CHECK_FALSE(shop.partition->feed_products_and_wait(Value("x")).has_value());
  CHECK_FALSE(shop.partition->feed_products_and_wait(Value::list({})).has_value());
  CHECK(shop.partition->feed_products_and_wait(Value::list(std::vector<Value>(feed_rows_max + 1)))
            .error()
            .code == ground::ErrorCode::too_large);
}

TEST_CASE("What the feed said is there after a restart and outlives a publish") {
  const std::string directory = temp_directory();
  Shop shop(directory);
  shop.feed(R"([{"id":"p1","stock":0},{"id":"p2","price":150}])");
  shop.open(directory);
  CHECK(shop.shown() == "p2 150");
  ground::BrandFiles files = with_shelf();
  files.files["products.csv"] += "p0,零,Zero,tea,50,/0,\n";
  shop.publish(files);
  CHECK(shop.shown() == "p2 150,p0 50");
  shop.feed(R"([{"id":"p1","stock":null},{"id":"p2","price":null}])");
  CHECK(shop.shown() == "p1 100,p2 200,p0 50");
  std::filesystem::remove_all(directory);
  std::filesystem::remove_all(directory + "-keys");
}

TEST_CASE("A stopped product leaves the shelf, as a stopped item does its slot") {
  Shop shop;
  REQUIRE(shop.partition->stop({.name = "p1", .by = "cli"}).has_value());
  const Answer answer = shop.shelf();
  CHECK(Shop::shown(answer) == "p2 200");
  shop.replayed(answer);
}
