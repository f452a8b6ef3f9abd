// The learned choice in the whole engine: from what those who agreed were shown, and what came of
// it; said again from the record; gone with who is erased; there again after a restart.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "ground/base/text.h"
#include "serve/partition/choice_note.h"
#include "serve/partition/test_shop.h"

using namespace aizuchi;
using namespace aizuchi::serve;
using ground::Duration;

namespace {

ground::BrandFiles brand(const std::string& hero = "") {
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
  out.files["facts.yaml"] =
      "facts: {job: {type: enum, of: [sales, office], label: {en: your role, ja: 職種}, "
      "purposes: [layout, improve]}}\n";
  out.files["slots/s.yaml"] =
      "slots:\n  hero: {channel: web, context: shop-page, purpose: layout, fallback: calm" + hero +
      "}\n";
  out.files["items/i.yaml"] =
      "- {id: good, slot: hero, speaks: [], when: \"facts.job != 'none'\", "
      "wordings: [{say: {en: {title: G}, ja: {title: G}}}]}\n"
      "- {id: bad, slot: hero, speaks: [], wordings: [{say: {en: {title: B}, ja: {title: B}}}]}\n"
      "- {id: calm, slot: hero, speaks: [], wordings: [{say: {en: {title: C}, ja: {title: C}}}]}\n";
  return out;
}

class Shop : public test::Shop {
 public:
  using test::Shop::Shop;
  static constexpr int people = 40, visits = 6;

  std::string text_of(const Answer& answer) const {
    return answer.snapshot->items[answer.draft.slots.at(0).picks.at(0).item.index].name;
  }
  std::string of(const Answer& answer, const std::string& more = "") const {
    return R"({"decisionId":")" + to_text(answer.id) + R"(","slot":"hero","item":")" +
           text_of(answer) + "\"" + more + "}";
  }
  // One visit: what is shown is seen, and `good` is clicked.
  void visit(int who, const std::string& clicks = "good", const std::string& more = "") {
    clock.advance(Duration::minutes(31));
    const Answer answer = ask(who, "hero");
    const std::string item = text_of(answer), same = of(answer, more);
    clock.advance(Duration::seconds(2));
    send(who, "Slot Exposed", same);
    if (item == clicks) send(who, "Item Clicked", same);
  }
  void crowd(const std::string& clicks = "good", const std::string& more = "") {
    for (int who = 0; who < people; ++who) {
      agree(who);
      clock.advance(Duration::minutes(1));
      identify(who);
    }
    for (int round = 0; round < visits; ++round)
      for (int who = 0; who < people; ++who) visit(who, clicks, more);
  }
  void identify(int who) {
    const auto sent = partition->ingest_and_wait(
        R"({"type":"identify","userId":"u)" + std::to_string(who) + R"(","messageId":"i)" +
            std::to_string(++serial) + R"(","traits":{"job":"sales"}})",
        key);
    REQUIRE(sent.has_value());
  }
  void train() {
    REQUIRE(partition->train_choice().has_value());
    settle([&] { return partition->choice().learning; });
  }
  ChoiceSlot learned() const { return partition->choice().slots.at(0); }
  double rate(const std::string& item) const {
    for (const ChoiceItem& each : learned().items)
      if (each.item == item) return each.rate;
    return -1;
  }
  std::string replayed(const Answer& answer) {
    const auto explained = partition->explain(answer.id, {}, key);
    REQUIRE(explained.has_value());
    return explained_json(*explained, answer.id, Explain::operator_view);
  }
};

}  // namespace

TEST_CASE("What was clicked is believed to be, and chosen, from the next model on") {
  Shop shop;
  shop.publish(brand());
  shop.crowd();
  CHECK(shop.partition->choice().version <= 1);  // hourly, by itself; few were seen by then
  shop.clock.advance(Duration::hours(2));
  shop.train();
  const ChoiceSlot slot = shop.learned();
  REQUIRE(slot.speaks);
  CHECK(slot.rows == Shop::people * Shop::visits);
  CHECK(slot.people == Shop::people);
  CHECK(shop.rate("good") > 0.5);
  CHECK(shop.rate("bad") < shop.rate("good") / 2);
  int good = 0;
  for (int who = 0; who < Shop::people; ++who) {
    shop.clock.advance(Duration::minutes(31));
    good += shop.text_of(shop.ask(who, "hero")) == "good" ? 1 : 0;
  }
  CHECK(good > Shop::people * 9 / 10);
  CHECK(shop.learned().counted.learned >= Shop::people);
}

TEST_CASE("[P3] The record says what the model said: a replay needs none, and names what it knew") {
  test::Stored<Shop> stored;
  Shop& shop = stored.shop;
  shop.publish(brand());
  shop.crowd();
  shop.clock.advance(Duration::hours(2));
  shop.train();
  const uint64_t version = shop.partition->choice().version;
  const Answer answer = shop.ask(0, "hero");
  CHECK(answer.draft.slots[0].lesson.model == version);
  const std::string before = shop.replayed(answer);
  CHECK(before.find(R"("replay":"identical")") != std::string::npos);
  CHECK(before.find(R"("knows":["facts.job"])") != std::string::npos);
  CHECK(before.find(R"("without":[{"read":"facts.job")") != std::string::npos);
  shop.visit(3);
  shop.clock.advance(Duration::hours(2));
  shop.train();
  CHECK(shop.partition->choice().version > version);
  CHECK(shop.replayed(answer).find(R"("replay":"identical")") != std::string::npos);
  shop.open();
  CHECK(shop.partition->choice().version > version);
  CHECK(shop.rate("good") > 0.5);
  CHECK(shop.replayed(answer).find(R"("replay":"identical")") != std::string::npos);
}

TEST_CASE("[P1] Only who agreed when it was decided, and agrees when it is learned, teaches") {
  Shop shop;
  shop.publish(brand());
  for (int round = 0; round < Shop::visits; ++round)  // nobody agreed yet
    for (int who = 0; who < Shop::people; ++who) shop.visit(who);
  for (int who = 0; who < Shop::people; ++who) shop.agree(who);
  shop.clock.advance(Duration::hours(2));
  shop.train();
  CHECK(shop.learned().rows == 0);
  shop.crowd();
  shop.clock.advance(Duration::hours(2));
  shop.train();
  CHECK(shop.learned().rows == Shop::people * Shop::visits);
  shop.agree(5, false);
  shop.train();
  CHECK(shop.learned().rows == (Shop::people - 1) * Shop::visits);
}

TEST_CASE("[P1] Who is erased is in no model that is made from then on, also of one on its way") {
  test::Stored<Shop> stored;
  Shop& shop = stored.shop;
  shop.publish(brand());
  shop.crowd();
  shop.clock.advance(Duration::hours(2));
  REQUIRE(shop.partition->train_choice().has_value());
  shop.partition->tick();  // begun, with everyone in it
  shop.erase(5);
  shop.train();
  CHECK(shop.learned().rows == (Shop::people - 1) * Shop::visits);
}

TEST_CASE("[P1] Erasures without end do not keep the choice from being learned without them") {
  Shop shop;
  shop.publish(brand());
  shop.crowd();
  shop.train();
  const uint64_t before = shop.partition->choice().version;
  const ground::Instant began = shop.clock.now();
  int erased = 0;
  while (shop.partition->choice().version == before && erased < 90) {
    shop.agree(1000 + erased);
    const Asking who{.user_id = "u" + std::to_string(1000 + erased++)};
    REQUIRE(shop.partition->erase_and_wait(who, shop.key).has_value());
    shop.partition->tick();
    shop.clock.advance(Duration::minutes(1));
  }
  CHECK(shop.partition->choice().version == before + 1);
  CHECK(shop.clock.now() - began <= Duration::hours(1));
}

TEST_CASE("What may still be clicked is not counted as not clicked; what comes too late is not") {
  Shop shop;
  shop.publish(brand(", reward: {within: 3h}"));
  for (int who = 0; who < Shop::people; ++who) shop.agree(who);
  std::vector<Answer> answers;
  for (int round = 0; round < 4; ++round)
    for (int who = 0; who < Shop::people; ++who) {
      answers.push_back(shop.ask(who, "hero"));
      shop.send(who, "Slot Exposed", shop.of(answers.back()));
    }
  shop.train();
  CHECK(shop.learned().rows == 0);
  shop.clock.advance(Duration::hours(2));
  for (int who = 0; who < Shop::people; ++who)  // of the first round, in time
    shop.send(who, "Conversion", shop.of(answers[static_cast<size_t>(who)]));
  shop.clock.advance(Duration::hours(2));
  for (int who = 0; who < Shop::people; ++who)  // of the second, too late
    shop.send(who, "Conversion", shop.of(answers[static_cast<size_t>(Shop::people + who)]));
  shop.train();
  CHECK(shop.learned().rows == 4 * Shop::people);
  CHECK(shop.learned().outcomes == Shop::people);
}

TEST_CASE("The brand says what counts: a click for a third, and no more") {
  Shop shop;
  shop.publish(brand(", reward: {click: 0.25, conversion: 0.5}"));
  shop.crowd();
  shop.clock.advance(Duration::hours(2));
  shop.train();
  const ChoiceSlot slot = shop.learned();
  double shown = 0;
  for (const ChoiceItem& item : slot.items)
    if (item.item == "good") shown = static_cast<double>(item.shown);
  CHECK(slot.outcomes == doctest::Approx(0.25 * shown));
}

TEST_CASE("Scanners and robots are shown and click, and teach nothing") {
  Shop shop;
  shop.publish(brand());
  shop.crowd("good", R"(,"human":0)");
  shop.clock.advance(Duration::hours(2));
  shop.train();
  CHECK(shop.learned().rows == 0);
}

TEST_CASE("The log of choices has what was drawn, how probably, and what came of it; and nobody") {
  Shop shop;
  shop.publish(brand());
  shop.crowd();
  shop.clock.advance(Duration::hours(2));
  const auto lines = [&] {
    const auto page = shop.partition->export_page({.kind = ExportKind::choices, .limit = 5'000});
    REQUIRE(page.has_value());
    std::vector<ground::Value> out;
    for (const auto line : ground::split(page->lines, '\n'))
      if (!line.empty()) out.push_back(*ground::parse_json(line));
    CHECK(page->rows == out.size());
    return out;
  };
  const auto all = lines();
  CHECK(all.size() == Shop::people * Shop::visits);
  double chosen = 0, expected = 0;
  for (const auto& line : all) {
    const bool good = line.find("item")->as_string() == "good";
    const double p = line.find("propensity")->number_or(0);
    CHECK(p >= 0.01);
    CHECK(p <= 0.99);
    CHECK(line.find("reward")->number_or(-1) == (good ? 1 : 0));
    CHECK(line.find("uniform")->number_or(0) == 0.5);
    CHECK(line.find("person") == nullptr);
    chosen += good ? 1 : 0;
    expected += good ? p : 1 - p;
  }
  // What the propensities say is what was chosen: within four standard deviations of chance.
  CHECK(std::abs(chosen - expected) < 4 * std::sqrt(static_cast<double>(all.size()) / 4));
  shop.agree(5, false);
  CHECK(lines().size() == (Shop::people - 1) * Shop::visits);
}

TEST_CASE("A folder without improve, or without a choice, learns nothing and says what it needs") {
  Shop shop;
  ground::BrandFiles files = brand();
  files.files["purposes.yaml"] = "purposes:\n  layout: {basis: notice, says: {en: o, ja: 並び}}\n";
  files.files["facts.yaml"] =
      "facts: {job: {type: enum, of: [sales, office], label: {en: your role, ja: 職種}, "
      "purposes: [layout]}}\n";
  files.files["sources.yaml"] =
      "sources: {web: {context: browsing, purposes: [layout], notice: n, says: {en: s, ja: s}}}\n";
  shop.publish(files);
  const auto refused = shop.partition->train_choice();
  REQUIRE(!refused);
  CHECK(refused.error().hint.find("improve") != std::string::npos);
  CHECK(shop.partition->choice().next == ground::Instant::never());
}
