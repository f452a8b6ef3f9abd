// What comes next in a visit: learned as it happens from those who agreed, gone with who withdraws
// or is erased, made again at a restart.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "serve/partition/recommender_note.h"
#include "serve/partition/test_shop.h"

using namespace aizuchi;
using namespace aizuchi::serve;
using ground::Duration;

namespace {

ground::BrandFiles brand() {
  ground::BrandFiles out;
  out.files["brand.yaml"] = "brand: small\nname: Small\nlocales: [en, ja]\ntimezone: Asia/Tokyo\n";
  out.files["purposes.yaml"] =
      "purposes:\n  layout: {basis: notice, says: {en: order, ja: 並び}}\n"
      "  improve: {basis: consent, says: {en: learn, ja: 学ぶ}}\n";
  out.files["contexts.yaml"] =
      "contexts: {browsing: {}, shop-page: {shows: true, continues: [browsing]}}\n";
  out.files["sources.yaml"] =
      "sources: {web: {context: browsing, purposes: [layout, improve], notice: n, "
      "says: {en: on our site, ja: サイト}}}\n";
  out.files["slots/s.yaml"] =
      "slots:\n  next: {channel: web, context: shop-page, purpose: layout, shape: list, "
      "size: {at_least: 1, at_most: 4}, from: products, fallback: popular, explore: off, "
      "rankers: [session]}\n";
  out.files["products.csv"] = "id,name,category,price\n";
  for (int i = 0; i < 20; ++i)
    out.files["products.csv"] += fmt::format("p{},Thing {},c{},{}\n", i, i, i, 10 << (i % 6));
  return out;
}

struct Shop : test::Shop {
  explicit Shop(std::string where = "") : test::Shop(std::move(where)) {
    event_every = Duration{1000};
  }
  void view(int who, int product) {
    send(who, "Product Viewed", fmt::format(R"({{"product_id":"p{}"}})", product));
  }
  void go_on(int who, int from, int to) {
    agree(who);
    view(who, from);
    view(who, to);
  }
  void settle() {
    test::Shop::settle([&] { return partition->recommender().learning; });
  }
  // Is it suggested as what comes next, to somebody who has just looked at p1?
  bool comes_next(int product, int who = 500) {
    view(who, 1);
    const Answer answer = ask(who, "next");
    const auto key = answer.snapshot->product(fmt::format("p{}", product))->key;
    return std::ranges::any_of(answer.draft.slots.at(0).suggested, [&](const auto& one) {
      return one.product == key && one.path == understand::Path::visit;
    });
  }
};

}  // namespace

TEST_CASE("An item seen now is in the next answer of everybody else, and it says why") {
  Shop shop;
  shop.publish(brand());
  shop.settle();
  for (int who = 0; who < 2; ++who) shop.go_on(who, 1, 7);
  CHECK_FALSE(shop.comes_next(7));  // of two visits nothing is told
  shop.go_on(2, 1, 7);
  CHECK(shop.comes_next(7));
  const std::string shown = answer_json(shop.ask(500, "next"), Explain::operator_view);
  CHECK(shown.contains("To suit you: others went on to this from Thing 1, which you viewed"));
  CHECK(shown.contains(R"("becauseViewed":"p1","path":"visit")"));
  CHECK(answer_json(shop.ask(500, "next", "ja"), Explain::operator_view)
            .contains("ご覧になった「Thing 1」に合わせて、その次によく見られている品を"));
}

TEST_CASE("The item on screen is not offered, and a visit that is over asks for nothing") {
  Shop shop;
  shop.publish(brand());
  shop.settle();
  for (int who = 0; who < 5; ++who) shop.go_on(who, 1, 7);
  CHECK_FALSE(shop.comes_next(1));
  CHECK(shop.comes_next(7));
  shop.clock.advance(Duration::minutes(31));
  for (const auto& one : shop.ask(500, "next").draft.slots.at(0).suggested)
    CHECK(one.path != understand::Path::visit);
}

TEST_CASE("[P1] Who has not agreed, withdraws or is erased is in no answer from that moment") {
  Shop shop;
  shop.publish(brand());
  shop.settle();
  for (int who = 10; who < 20; ++who) {
    shop.view(who, 1);
    shop.view(who, 5);
  }
  CHECK_FALSE(shop.comes_next(5));
  for (int who = 0; who < 4; ++who) shop.go_on(who, 1, 7);
  CHECK(shop.comes_next(7));
  shop.agree(0, false);
  CHECK(shop.comes_next(7));
  shop.agree(1, false);
  CHECK_FALSE(shop.comes_next(7));
  shop.agree(1);
  CHECK(shop.comes_next(7));
  shop.erase(2);
  CHECK_FALSE(shop.comes_next(7));
}

TEST_CASE("A decision is made again from its record, wherever visits have gone since") {
  Shop shop;
  shop.publish(brand());
  shop.settle();
  for (int who = 0; who < 4; ++who) shop.go_on(who, 1, 7);
  REQUIRE(shop.comes_next(7));
  const Answer answer = shop.ask(500, "next");
  for (int who = 0; who < 4; ++who) shop.agree(who, false);
  REQUIRE_FALSE(shop.comes_next(7));
  const auto explained = shop.partition->explain(answer.id, {}, shop.key);
  REQUIRE(explained.has_value());
  CHECK(explained->differences == std::vector<std::string>{""});
}

TEST_CASE("After a restart and a publish visits are there again, with what happened meanwhile") {
  test::Stored<Shop> stored;
  Shop& shop = stored.shop;
  shop.publish(brand());
  for (int who = 0; who < 4; ++who) shop.go_on(who, 1, 7);
  shop.settle();
  CHECK(shop.comes_next(7));
  shop.open();
  for (int who = 20; who < 24; ++who) shop.go_on(who, 1, 9);
  CHECK(shop.partition->recommender().learning);
  shop.settle();
  CHECK(shop.comes_next(7));
  CHECK(shop.comes_next(9));
  CHECK(shop.partition->recommender().visits == 8);
  shop.erase(20);
  shop.agree(21, false);
  ground::BrandFiles files = brand();
  files.files["products.csv"] += "p20,Thing 20,c20,10\n";
  shop.publish(files);
  shop.settle();
  CHECK(shop.comes_next(7));
  CHECK_FALSE(shop.comes_next(9));
  CHECK(shop.partition->recommender().visits == 6);
}
