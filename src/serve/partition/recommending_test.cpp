// What goes with what: learned from those who agreed, served with its reason, made again from the
// record, gone with who is erased, there again after a restart.
#include <doctest/doctest.h>

#include <algorithm>

#include "serve/partition/recommender_note.h"
#include "serve/partition/test_shop.h"
#include "understand/recommend/learn_related.h"

using namespace aizuchi;
using namespace aizuchi::serve;
using ground::Duration;

namespace {

// A shop of two shelves, wool and tea, with a place for what goes with what was looked at.
ground::BrandFiles brand(const std::string& rankers = "[for-you, popular]") {
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
      "slots:\n  shelf: {channel: web, context: shop-page, purpose: layout, shape: list, "
      "size: {at_least: 1, at_most: 4}, from: products, fallback: popular, explore: off, "
      "rankers: " +
      rankers + "}\n";
  out.files["products.csv"] = "id,name,category,price\n";
  for (int i = 0; i < 20; ++i)
    out.files["products.csv"] += "p" + std::to_string(i) + ",Thing " + std::to_string(i) + "," +
                                 (i < 10 ? "wool" : "tea") + ",10\n";
  return out;
}

struct Shop : test::Shop {
  explicit Shop(std::string where = "") : test::Shop(std::move(where)) {
    event_every = Duration{1000};
  }
  void view(int who, int product) {
    send(who, "Product Viewed", R"({"product_id":"p)" + std::to_string(product) + "\"}");
  }
  // Sixty people; those of a shelf look at five of its things, next to each other.
  void crowd(bool agreeing = true) {
    for (int who = 0; who < 60; ++who) {
      if (agreeing) agree(who);
      for (int step = 0; step < 5; ++step) view(who, (who % 2) * 10 + (who / 2 + step) % 10);
    }
  }
  void settle() {
    test::Shop::settle([&] { return partition->recommender().learning; });
  }
  void train() {
    REQUIRE(partition->train_recommender().has_value());
    settle();
  }
  std::string shown(int who, const char* locale = "en") {
    return answer_json(ask(who, "shelf", locale), Explain::operator_view);
  }
  // Product ids as they are offered.
  std::vector<std::string> offered(int who) {
    const Answer answer = ask(who, "shelf");
    std::vector<std::string> out;
    for (const auto& pick : answer.draft.slots.at(0).picks)
      out.push_back(answer.snapshot->products[pick.product.index].name_id);
    return out;
  }
};

bool of_tea(const std::string& product) {
  return std::stoi(product.substr(1)) >= 10;
}

}  // namespace

TEST_CASE(
    "[P3] What goes with a view is offered, and says which view led to it, in both languages") {
  Shop shop;
  shop.publish(brand());
  shop.crowd();
  shop.train();
  const RecommenderNote note = shop.partition->recommender();
  CHECK(note.people == 60);
  CHECK(note.products == 20);
  CHECK_FALSE(note.chosen.empty());
  CHECK(note.tried.size() > 5);
  CHECK(note.links > 40);
  shop.view(100, 14);
  const auto offered = shop.offered(100);
  REQUIRE(offered.size() == 4);
  for (size_t i = 0; i < 3; ++i) CHECK(of_tea(offered[i]));
  CHECK(std::ranges::find(offered, "p14") == offered.end());
  CHECK(shop.shown(100).contains("To suit you, because you viewed Thing 14"));
  CHECK(shop.shown(100, "ja").contains("「Thing 14」をご覧になったので、それに合わせて"));
  CHECK(shop.shown(100).contains(R"("becauseViewed":"p14")"));
}

TEST_CASE("How each shelf is answered was chosen on those its purpose may use, with the numbers") {
  Shop shop;
  ground::BrandFiles files = brand();
  files.files["purposes.yaml"] += "  mail: {basis: consent, says: {en: mail, ja: メール}}\n";
  files.files["slots/s.yaml"] +=
      "  next: {channel: web, context: shop-page, purpose: layout, shape: list, "
      "size: {at_least: 1, at_most: 4}, from: products, fallback: popular, rankers: [session]}\n"
      "  letter: {channel: web, context: shop-page, purpose: mail, shape: list, "
      "size: {at_least: 1, at_most: 4}, from: products, fallback: popular, rankers: [for-you]}\n";
  shop.publish(files);
  shop.crowd();
  shop.train();
  const RecommenderNote note = shop.partition->recommender();
  REQUIRE(note.shelves.size() == 3);
  const auto shelf = [&](std::string_view name) {
    return *std::ranges::find(note.shelves, name, &ShelfNote::slot);
  };
  CHECK(shelf("shelf").way == "links");
  CHECK(shelf("shelf").people == 60);
  CHECK(shelf("shelf").tried.size() == 2);
  CHECK(shelf("next").tried.size() == 4);
  CHECK(shelf("next").people == 60);
  // Nobody has agreed to mail: there is nobody to try it on.
  CHECK(shelf("letter").tried.empty());
  CHECK(shelf("letter").people == 0);
}

TEST_CASE("An item seen now is in the next answer's reasons") {
  Shop shop;
  shop.publish(brand());
  shop.crowd();
  shop.train();
  shop.view(100, 14);
  CHECK(of_tea(shop.offered(100).front()));
  for (const int product : {2, 3, 4, 5, 6, 1}) shop.view(100, product);
  CHECK_FALSE(of_tea(shop.offered(100).front()));
}

TEST_CASE("[P1] Nothing is learned from who has not agreed, nor from who has said no since") {
  Shop shop;
  shop.publish(brand());
  shop.crowd(false);
  shop.train();
  CHECK(shop.partition->recommender().views == 0);
  CHECK(shop.partition->recommender().chosen.empty());
  for (int who = 0; who < 60; ++who) shop.agree(who);
  shop.train();
  // Agreed after they looked: a view is used for what was allowed then and now.
  const uint64_t views = shop.partition->recommender().views;
  shop.crowd();
  shop.train();
  CHECK(shop.partition->recommender().views >= views);
  CHECK(shop.partition->recommender().links > 0);
  for (int who = 0; who < 60; ++who) shop.agree(who, false);
  shop.train();
  CHECK(shop.partition->recommender().views == 0);
  CHECK(shop.partition->recommender().links == 0);
}

TEST_CASE("A decision is made again from its record, whatever was learned since") {
  Shop shop;
  shop.publish(brand());
  shop.crowd();
  shop.train();
  shop.view(100, 14);
  const Answer answer = shop.ask(100, "shelf");
  const auto explain = [&] {
    const auto explained = shop.partition->explain(answer.id, {}, shop.key);
    REQUIRE(explained.has_value());
    CHECK(explained->record.related == 1);
    CHECK(explained->differences == std::vector<std::string>{""});
    CHECK(explained->again.at(0).picks.at(0).why.at(0).text ==
          answer.draft.slots.at(0).picks.at(0).why.at(0).text);
  };
  explain();
  for (int who = 0; who < 60; ++who) shop.agree(who, false);
  shop.train();
  CHECK(shop.partition->recommender().version == 2);
  explain();
}

TEST_CASE("Who is erased is not in what is learned next, which is soon") {
  Shop shop;
  shop.publish(brand());
  shop.crowd();
  shop.train();
  for (int who = 0; who < 10; ++who) shop.erase(who);
  CHECK(shop.partition->recommender().next <= shop.clock.now() + Duration::hours(1));
  shop.clock.advance(Duration::hours(1));
  shop.settle();
  CHECK(shop.partition->recommender().version == 2);
  CHECK(shop.partition->recommender().people == 50);
}

TEST_CASE("[P1] Erasures without end do not keep what is served from being made without them") {
  Shop shop;
  shop.publish(brand());
  shop.crowd();
  shop.train();
  const ground::Instant began = shop.clock.now();
  for (int who = 100; who < 190; ++who) shop.view(who, who % 20);
  int erased = 0;
  while (shop.partition->recommender().version == 1 && erased < 90) {
    const Asking who{.user_id = "u" + std::to_string(100 + erased++)};
    REQUIRE(shop.partition->erase_and_wait(who, shop.key).has_value());
    shop.partition->tick();  // a part of what is to be learned
    shop.clock.advance(Duration::minutes(1));
  }
  CHECK(shop.partition->recommender().version == 2);
  CHECK(shop.clock.now() - began <= Duration::hours(1));
  CHECK(shop.clock.now() - began > Duration::minutes(45));
}

TEST_CASE("A restart does not put off that it is learned without who was erased") {
  test::Stored<Shop> stored;
  Shop& shop = stored.shop;
  shop.publish(brand());
  shop.crowd();
  shop.train();
  shop.erase(1);
  shop.open();
  CHECK(shop.partition->recommender().next <= shop.clock.now() + Duration::hours(1));
}

TEST_CASE("What was learned is there after a restart, and is learned anew at night") {
  test::Stored<Shop> stored;
  Shop& shop = stored.shop;
  shop.publish(brand());
  shop.crowd();
  shop.train();
  shop.view(100, 14);
  const RecommenderNote before = shop.partition->recommender();
  const auto offered = shop.offered(100);
  shop.open();
  const RecommenderNote after = shop.partition->recommender();
  CHECK(after.version == before.version);
  CHECK(after.links == before.links);
  CHECK(shop.offered(100) == offered);
  shop.clock.advance(Duration::hours(24));
  shop.settle();
  CHECK(shop.partition->recommender().version == before.version + 1);
}

TEST_CASE("What many look at lately comes first where nothing else is known, and says so") {
  Shop shop;
  shop.publish(brand("[popular]"));
  CHECK(shop.offered(500).front() == "p0");  // the brand's order
  shop.crowd();
  for (int who = 0; who < 10; ++who) shop.view(who, 17);
  for (int who = 100; who < 120; ++who) shop.view(who, 3);  // have not agreed
  shop.train();
  CHECK(shop.offered(500).front() == "p17");
  CHECK(shop.shown(500).contains("Popular lately; everyone sees this"));
  CHECK(shop.shown(500, "ja").contains("最近よく見られている品です"));
  const Answer answer = shop.ask(500, "shelf");
  CHECK(answer.draft.slots.at(0).reason == decide::Reason::given_order);
  for (int who = 0; who < 60; ++who) shop.agree(who, false);
  shop.train();
  CHECK(shop.offered(500).front() == "p0");
  CHECK(shop.partition->explain(answer.id, {}, shop.key)->differences ==
        std::vector<std::string>{""});
}

TEST_CASE("Of two people's views nothing is popular") {
  Shop shop;
  shop.publish(brand("[popular]"));
  for (int who = 0; who < 2; ++who) {
    shop.agree(who);
    shop.view(who, 17);
  }
  shop.train();
  CHECK(shop.partition->recommender().views == 2);
  CHECK(shop.offered(500).front() == "p0");
}

TEST_CASE("[P3] What nobody has looked at yet is suggested for its likeness, and says so") {
  Shop shop;
  ground::BrandFiles files = brand();
  files.files["products.csv"] += "p20,Thing 14 large,tea,10\n";
  shop.publish(files);
  shop.view(100, 14);
  CHECK(shop.offered(100).front() == "p20");
  CHECK(shop.shown(100).contains("To suit you: it is like Thing 14, which you viewed"));
  CHECK(shop.shown(100, "ja").contains("ご覧になった「Thing 14」に合わせて、似た品を"));
  CHECK(shop.shown(100).contains(R"("becauseViewed":"p14","path":"likeness")"));
  const Answer answer = shop.ask(100, "shelf");
  // Once enough people looked at it, their views speak instead.
  shop.crowd();
  for (int who = 0; who < 3; ++who) shop.view(who, 20);
  shop.train();
  for (const auto& one : shop.ask(100, "shelf").draft.slots.at(0).suggested)
    CHECK(one.path != understand::Path::likeness);
  CHECK(shop.partition->explain(answer.id, {}, shop.key)->differences ==
        std::vector<std::string>{""});
}

TEST_CASE("A folder without a place for it learns nothing and says what is missing") {
  Shop shop;
  ground::BrandFiles files = brand();
  files.files["slots/s.yaml"] =
      "slots: {hero: {context: shop-page, purpose: layout, fallback: hello}}\n";
  files.files["items/i.yaml"] =
      "- {id: hello, layer: surface, intent: tell, wordings: [{say: {en: {title: hi}, ja: {title: "
      "hi}}}]}\n";
  shop.publish(files);
  const auto refused = shop.partition->train_recommender();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().hint.contains("for-you"));
  CHECK(shop.partition->recommender().next == ground::Instant::never());
}

TEST_CASE("What is kept is read back as it was, and nothing else is read") {
  understand::Views views;
  for (uint64_t i = 0; i < 12; ++i) views.products.push_back(1000 + i);
  for (uint32_t who = 0; who < 40; ++who, ++views.people)
    for (uint32_t step = 0; step < 4; ++step)
      views.pairs.push_back({who, (who + step) % 12, double(step)});
  understand::Related made = understand::learn_related(std::move(views), 1, [](double) {});
  made.version = 7;
  REQUIRE_FALSE(made.chosen.empty());
  REQUIRE_FALSE(made.popular.empty());
  const std::string bytes = understand::encode(made);
  const auto read = understand::decode_related(bytes);
  REQUIRE(read.has_value());
  CHECK(read->version == 7);
  CHECK(read->popular == made.popular);
  CHECK(read->half_life_days == made.half_life_days);
  CHECK(read->knows(1003) == made.knows(1003));
  const ground::ItemKey one = 1003;
  CHECK(read->after({&one, 1}) == made.after({&one, 1}));
  CHECK_FALSE(made.after({&one, 1}).empty());
  for (size_t cut = 0; cut < bytes.size(); cut += 7)
    CHECK_FALSE(understand::decode_related(bytes.substr(0, cut)).has_value());
  std::string newer = bytes;
  newer[0] = 99;
  CHECK(understand::decode_related(newer).error().code == ground::ErrorCode::unsupported);
}
