// Deciles and RFM: everyone counted at night, read in decisions and audiences, kept by version.
#include "ground/catalog/population.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "ground/store/store.h"
#include "serve/partition/test_shop.h"

using namespace aizuchi;
using namespace aizuchi::serve;
using ground::Duration;

namespace {

ground::BrandFiles brand(
    const std::string& deciles = "deciles: {spend: {of: \"sum('Order Completed', 'total')\"}}\n") {
  ground::BrandFiles out;
  out.files["brand.yaml"] = "brand: small\nname: Small\nlocales: [en]\ntimezone: Asia/Tokyo\n";
  out.files["purposes.yaml"] =
      "purposes:\n  layout: {basis: notice, says: order}\n  improve: {basis: consent, says: "
      "learn}\n";
  out.files["contexts.yaml"] =
      "contexts: {ordering: {}, shop-page: {shows: true, continues: [ordering]}}\n";
  out.files["sources.yaml"] =
      "sources: {web: {context: ordering, purposes: [layout, improve], notice: n, says: site}}\n";
  out.files["population.yaml"] = deciles;
  out.files["audiences.yaml"] = "audiences: {best: {title: best, rule: deciles.spend == 10}}\n";
  out.files["slots/s.yaml"] =
      "slots: {hero: {context: shop-page, purpose: layout, fallback: anyone}}\n";
  out.files["items/i.yaml"] =
      "- {id: best, slot: hero, layer: surface, intent: thank, speaks: [], "
      "when: deciles.spend == 10, wordings: [{say: {en: {title: thanks}}}]}\n"
      "- {id: anyone, layer: surface, intent: tell, wordings: [{say: {en: {title: hello}}}]}\n";
  return out;
}

struct Shop : test::Shop {
  using test::Shop::Shop;
  void buy(int who, double total) {
    send(who, "Order Completed", R"({"order_id":"o","total":)" + std::to_string(total) + "}");
  }
  void settle() {
    test::Shop::settle([&] {
      const AudienceList audiences = partition->audiences();
      return partition->population().counting || audiences.progress != 1 || audiences.settling != 0;
    });
  }
  void count() {
    REQUIRE(partition->count_population().has_value());
    settle();
  }
  std::string shown(int who) { return answer_json(ask(who, "hero"), Explain::operator_view); }
  bool thanked(int who) { return shown(who).contains(R"("title":"thanks")"); }
};

// `people` customers, all of different totals; every `skip`th has not agreed to be counted.
std::vector<double> fill(Shop& shop, int people, int skip) {
  std::vector<double> counted;
  for (int i = 0; i < people; ++i) {
    const double total = (i * 7919) % 10'007;
    shop.buy(i, total);
    if (i % skip == 0) continue;
    shop.agree(i);
    counted.push_back(total);
  }
  return counted;
}

}  // namespace

TEST_CASE("The tenth decile is who stands above nine tenths of those who may be compared") {
  Shop shop;
  shop.publish(brand());
  std::vector<double> counted = fill(shop, 230, 5);
  shop.count();
  // The slow twin: everyone in order, and the last of the first nine tenths.
  std::ranges::sort(counted);
  const double edge = counted[(counted.size() * 9 + 9) / 10 - 1];
  size_t best = 0;
  for (int i = 0; i < 230; ++i) {
    const double total = (i * 7919) % 10'007;
    CHECK(shop.thanked(i) == (total > edge));  // agreed or not: the layout may use it
    best += total > edge && i % 5 != 0 ? 1 : 0;
  }
  REQUIRE(best >= 15);
  const PopulationNote note = shop.partition->population();
  CHECK(note.version >= 1);
  CHECK(note.scales[0].people == counted.size());
  CHECK(note.scales[0].cut_points.empty());  // 184 people: fewer than 20 in a part
  shop.buy(3, 1e6);
  CHECK(shop.thanked(3));  // their own number counts at once
}

TEST_CASE("[P1] Of 19 people nobody is in a decile, and the decision says why; of 20 they are") {
  Shop shop;
  shop.publish(brand());
  for (int i = 0; i < 40; ++i) shop.buy(i, 10 + i);
  for (int i = 0; i < 19; ++i) shop.agree(i);
  shop.count();
  CHECK_FALSE(shop.thanked(39));
  CHECK(shop.shown(39).contains(R"("read":"deciles.spend","level":"deny","why":"not_compared")"));
  CHECK(shop.partition->population().scales[0].counted);
  CHECK_FALSE(shop.partition->population().scales[0].people.has_value());
  shop.agree(39);
  shop.count();
  CHECK(shop.partition->population().scales[0].people == 20);
  CHECK(shop.thanked(39));
}

TEST_CASE("Everyone is counted again at the brand's hour of the night, and not before") {
  Shop shop;
  shop.publish(brand());
  fill(shop, 60, 100);
  shop.count();
  const uint64_t first = shop.partition->population().version;
  CHECK(shop.partition->population().next == *ground::parse_instant("2026-06-01T19:00:00Z"));
  shop.clock.advance(Duration::hours(8));
  shop.settle();
  CHECK(shop.partition->population().version == first);
  shop.clock.advance(Duration::hours(1));
  shop.settle();
  CHECK(shop.partition->population().version == first + 1);
  CHECK(shop.partition->population().next == *ground::parse_instant("2026-06-02T19:00:00Z"));
}

TEST_CASE("A new scale is counted at once, behind the filling of its numbers from history") {
  Shop shop;
  shop.publish(brand());
  fill(shop, 60, 100);
  shop.publish(brand("deciles: {spend: {of: \"count('Order Completed')\"}}\n"));
  CHECK(shop.shown(1).contains(R"("why":"not_compared")"));
  shop.settle();
  CHECK(shop.partition->population().scales[0].people == 59);
  CHECK_FALSE(shop.shown(1).contains(R"("why":"not_compared")"));
}

TEST_CASE("A record names the version it read, and replays by it after the next was made") {
  test::Stored<Shop> stored;
  Shop& shop = stored.shop;
  shop.publish(brand());
  fill(shop, 60, 100);
  shop.count();
  const uint64_t version = shop.partition->population().version;
  const Answer thanked = shop.ask(9, "hero");  // 1,222 … whoever it is, the record says it
  for (int i = 0; i < 60; ++i) shop.buy(i, 50'000);
  shop.clock.advance(Duration::hours(1));
  shop.count();
  CHECK(shop.partition->population().version == version + 1);
  shop.open();
  CHECK(shop.partition->population().version == version + 1);
  const auto why = shop.partition->explain(thanked.id, {}, shop.key);
  REQUIRE(why.has_value());
  CHECK(why->record.population == version);
  CHECK(why->population_at != ground::Instant{});
  CHECK(why->differences == std::vector<std::string>{""});
  const std::string json = explained_json(*why, thanked.id, Explain::operator_view);
  CHECK(json.contains(R"("population":{"version":)" + std::to_string(version)));
  CHECK(json.contains(R"("replay":"identical")"));
}

TEST_CASE("A record whose version of the population is missing says so when it is asked again") {
  test::Stored<Shop> stored;
  Shop& shop = stored.shop;
  shop.publish(brand());
  fill(shop, 60, 100);
  shop.count();
  const uint64_t version = shop.partition->population().version;
  const Answer answer = shop.ask(9, "hero");
  REQUIRE(shop.partition->flush());
  const std::string at = shop.directory;
  for (int i = 0; i < 60; ++i) shop.buy(i, 50'000);
  shop.count();
  shop.partition.reset();
  {
    auto store = ground::open_rocks_store({.directory = at});
    REQUIRE(store.has_value());
    const auto key = [](uint64_t v) { return "population/000000000000000" + std::to_string(v); };
    ground::Batch batch;
    batch.erase(ground::Space::meta, key(version));
    REQUIRE((*store)->commit_and_wait(std::move(batch), ground::Durability::synced));
  }
  shop.open();
  const auto gone = shop.partition->explain(answer.id, {}, shop.key);
  REQUIRE(gone.has_value());
  CHECK(gone->record.population == version);
  CHECK(gone->differences ==
        std::vector<std::string>{"version " + std::to_string(version) +
                                 " of the population, which it read, is not kept any more"});
}

TEST_CASE("A version of the population stays as long as a decision that read it") {
  test::Stored<Shop> stored;
  Shop& shop = stored.shop;
  shop.publish(brand());
  fill(shop, 30, 100);
  shop.count();
  const Answer early = shop.ask(1, "hero");
  for (int i = 0; i < 5; ++i) {
    shop.clock.advance(Duration::days(17));
    shop.settle();
  }
  const auto why = shop.partition->explain(early.id, {}, shop.key);
  REQUIRE(why.has_value());
  CHECK(why->population_at != ground::Instant{});
  for (int i = 0; i < 10; ++i) {
    shop.clock.advance(Duration::days(17));
    shop.settle();
  }
  CHECK_FALSE(shop.partition->explain(early.id, {}, shop.key).has_value());
  shop.partition.reset();
  auto store = ground::open_rocks_store({.directory = shop.directory});
  size_t kept = 0;
  const auto each = [&](std::string_view, std::string_view) { return ++kept, true; };
  REQUIRE((*store)->scan(ground::Space::meta, "population/", "", ground::Direction::forward, each));
  CHECK(kept >= 5);  // of the last 90 days, and the one that held when they began
  CHECK(kept <= 8);
  store->reset();
  shop.open();
}

TEST_CASE("An audience of a decile is counted again with every version") {
  Shop shop;
  shop.publish(brand());
  std::vector<double> counted = fill(shop, 400, 1000);
  shop.count();
  ground::Value best("best");
  const auto people = [&] { return shop.partition->count_audiences(best)->people; };
  CHECK(people() == 39);
  for (int i = 1; i < 400; ++i) shop.buy(i, i % 2 == 0 ? 100'000 : 1);
  // By the cut points of before: everyone of the even half is above them.
  CHECK(people().value() >= 199);
  shop.count();
  CHECK(people() == 39);
}
