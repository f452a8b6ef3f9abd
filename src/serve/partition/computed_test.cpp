// What is computed of a person, as they see it: derived facts, phase, deciles, audiences.
#include <algorithm>

#include "serve/partition/test_shop.h"

using namespace aizuchi;
using namespace aizuchi::serve;
using ground::Value;

namespace {

ground::BrandFiles brand() {
  ground::BrandFiles out;
  out.files["brand.yaml"] =
      "brand: small\nname: Small\nlocales: [en, ja]\ntimezone: Asia/Tokyo\n"
      "phases: [visitor, regular]\n";
  out.files["phases.yaml"] =
      "visitor: {says: new here}\n"
      "regular: {when: \"count('Order Completed') >= 2\", says: {en: a regular, ja: 常連}}\n";
  out.files["purposes.yaml"] =
      "purposes:\n  layout: {basis: notice, says: {en: the order, ja: 並び順}}\n"
      "  mail: {basis: consent, says: to write}\n  improve: {basis: consent, says: to learn}\n";
  out.files["contexts.yaml"] =
      "contexts: {ordering: {}, shop-page: {shows: true, continues: [ordering]}}\n";
  out.files["sources.yaml"] =
      "sources: {web: {context: ordering, purposes: [layout, mail, improve], notice: n, says: "
      "site}}\n";
  out.files["facts.yaml"] =
      "facts:\n  job: {type: string, purposes: [layout, mail], keep: 730d, label: your role}\n"
      "  buyer: {type: bool, derived: \"facts.job == 'buyer' && count('Order Completed') >= 1\", "
      "label: {en: "
      "buys for others, ja: 買い付け担当}, purposes: [layout, mail]}\n";
  out.files["population.yaml"] = "deciles: {spend: {of: \"sum('Order Completed', 'total')\"}}\n";
  out.files["audiences.yaml"] =
      "audiences: {returning: {title: who came back, rule: \"count('Order Completed') >= 2\"}}\n";
  out.files["slots/s.yaml"] =
      "slots: {hero: {context: shop-page, purpose: layout, fallback: anyone}}\n";
  out.files["items/i.yaml"] =
      "- {id: buyer, slot: hero, layer: surface, intent: help, speaks: [], "
      "when: facts.buyer, wordings: [{say: {en: {title: in bulk}, ja: {title: 大口}}}]}\n"
      "- {id: anyone, layer: surface, intent: tell, wordings: "
      "[{say: {en: {title: hello}, ja: {title: どうも}}}]}\n";
  return out;
}

struct Shop : test::Shop {
  Shop() {
    event_every = ground::Duration::minutes(1);
    publish(brand());
    person = partition->create_key(true, "web", {Scope::people, Scope::decide})->key;
    page = partition->create_key(false, "web", {})->key;
  }
  void buys_for_others() {
    clock.advance(event_every);
    REQUIRE(partition
                ->ingest_and_wait(R"({"type":"identify","userId":"u0","messageId":"i0",)"
                                  R"("traits":{"job":"buyer"}})",
                                  key)
                .has_value());
    for (int i = 0; i < 2; ++i) send(0, "Order Completed", R"({"order_id":"o","total":9})");
  }
  Value computed(const Asking& who, const Key& by) {
    const auto me = ground::parse_json(*partition->me_json(who, by, ground::LocaleId{0}));
    return *me->find("computed");
  }
  // By what it is called; null when it is not there.
  Value one(std::string_view name) {
    for (const Value& each : computed({.user_id = "u0"}, person).as_list())
      if (each.find("what")->as_string() == name) return each;
    return {};
  }
  static std::string all(const Value& of, std::string_view member, std::string_view inner = "") {
    std::string out;
    for (const Value& each : of.find(member)->as_list())
      out +=
          (out.empty() ? "" : " ") + ground::to_display(inner.empty() ? each : *each.find(inner));
    return out;
  }
  Key person, page;
};

}  // namespace

TEST_CASE(
    "A person sees what was concluded of them, from what, for what and where it was used [P3]") {
  Shop shop;
  shop.buys_for_others();
  (void)shop.ask(0, "hero");
  const Value buyer = shop.one("buyer");
  REQUIRE(!buyer.is_null());
  CHECK(buyer.find("kind")->as_string() == "derived");
  CHECK(buyer.find("label")->as_string() == "buys for others");
  CHECK(buyer.find("value")->as_bool());
  CHECK(Shop::all(buyer, "from") == "count(\"Order Completed\") job");
  CHECK(Shop::all(buyer, "purposes", "id") == "layout");  // of mail nothing was granted
  CHECK(Shop::all(buyer, "usedIn") == "hero");
  CHECK(Shop::all(buyer, "usedAs", "says") == "on our pages, to suit you");
  const Value phase = shop.one("phase");
  CHECK(phase.find("value")->as_string() == "regular");
  CHECK(phase.find("label")->as_string() == "a regular");
  const Value audience = shop.one("returning");
  REQUIRE(!audience.is_null());
  CHECK(audience.find("label")->as_string() == "who came back");
  CHECK(Shop::all(audience, "from") == "count(\"Order Completed\")");
  // The operator sees the same, and somebody unknown has the same shape.
  const auto known = ground::parse_json(*shop.partition->person_json({.user_id = "u0"}));
  CHECK(known->find("computed")->as_list().size() == 3);
  CHECK(shop.computed({.user_id = "nobody"}, shop.person).as_list().empty());
}

TEST_CASE("What rests on what a viewer is not shown is not shown as a conclusion either [P1]") {
  Shop shop;
  shop.buys_for_others();
  shop.clock.advance(ground::Duration::minutes(1));
  REQUIRE(shop.partition
              ->ingest_and_wait(R"({"type":"identify","userId":"u0","anonymousId":"d-0",)"
                                R"("messageId":"i1","traits":{}})",
                                shop.key)
              .has_value());
  CHECK(shop.computed({.user_id = "u0"}, shop.person).as_list().size() == 3);
  CHECK(shop.computed({.anonymous_id = "d-0"}, shop.page).as_list().empty());
}

TEST_CASE(
    "Where somebody stands among all is computed of who agreed, and forgotten with what it rests "
    "on") {
  Shop shop;
  for (int i = 0; i < 60; ++i) {
    shop.send(i, "Order Completed", R"({"order_id":"o","total":)" + std::to_string(i) + "}");
    shop.agree(i);
  }
  REQUIRE(shop.partition->count_population().has_value());
  shop.settle([&] { return shop.partition->population().counting; });
  const Value spend = shop.one("deciles.spend");
  REQUIRE(!spend.is_null());
  CHECK(spend.find("value")->as_int() == 1);
  CHECK(spend.find("parts")->as_int() == 10);
  CHECK(Shop::all(spend, "from") == "sum(\"Order Completed\",\"total\")");
  const Key privacy = shop.partition->create_key(true, "web", {Scope::privacy})->key;
  shop.clock.advance(ground::Duration::minutes(1));
  const auto receipt =
      shop.partition->forget_value_and_wait({.user_id = "u0"}, "deciles.spend", privacy);
  REQUIRE_MESSAGE(receipt.has_value(), receipt.error().message);
  CHECK(receipt->json.find("sum(") != std::string::npos);
  CHECK(shop.one("deciles.spend").is_null());
  CHECK(shop.partition->forget_value_and_wait({.user_id = "u1"}, "returning", privacy).has_value());
  CHECK(!shop.partition->forget_value_and_wait({.user_id = "u1"}, "no-such", privacy).has_value());
}
