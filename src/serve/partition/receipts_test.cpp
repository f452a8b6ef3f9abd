// The receipt of an erasure names every place and every model, so that nobody has to ask for more.
#include <set>

#include "ground/store/batch.h"
#include "ground/store/signature.h"
#include "serve/partition/choice_note.h"
#include "serve/partition/test_shop.h"

using namespace aizuchi;
using namespace aizuchi::serve;
using ground::Space;
using ground::Value;

namespace {

ground::BrandFiles brand() {
  ground::BrandFiles out;
  out.files["brand.yaml"] = "brand: small\nname: Small\nlocales: [en]\ntimezone: Asia/Tokyo\n";
  out.files["purposes.yaml"] =
      "purposes:\n  layout: {basis: notice, says: order}\n"
      "  improve: {basis: consent, says: learn}\n";
  out.files["contexts.yaml"] =
      "contexts: {browsing: {}, shop-page: {shows: true, continues: [browsing]}}\n";
  out.files["sources.yaml"] =
      "sources: {web: {context: browsing, purposes: [layout, improve], notice: n, says: on our "
      "site}}\n";
  out.files["facts.yaml"] =
      "facts: {job: {type: enum, of: [sales, office], label: your role, purposes: [layout]}}\n";
  out.files["slots/s.yaml"] =
      "slots:\n  hero: {channel: web, context: shop-page, purpose: layout, fallback: calm}\n";
  out.files["items/i.yaml"] =
      "- {id: good, slot: hero, wordings: [{say: {title: G}}]}\n"
      "- {id: bad, slot: hero, wordings: [{say: {title: B}}]}\n"
      "- {id: calm, slot: hero, wordings: [{say: {title: C}}]}\n";
  return out;
}

struct Erasing : test::Shop {
  Erasing() { publish(brand()); }
  Value receipt_of(int who) {
    const auto receipt = partition->erase_and_wait({.user_id = "u" + std::to_string(who)}, key);
    REQUIRE_MESSAGE(receipt.has_value(), receipt.error().message);
    CHECK(ground::open_jws(partition->receipt_key(), receipt->jws) == receipt->json);
    return ground::parse_json(receipt->json).value();
  }
  void learn() {
    REQUIRE(partition->train_choice().has_value());
    settle([&] { return partition->choice().learning; });
  }
};

std::set<std::string> names_in(const Value& receipt, std::string_view list, std::string_view kind) {
  std::set<std::string> out;
  for (const Value& line : receipt.find(list)->as_list()) {
    out.insert(line.find(kind)->as_string());
    CHECK_FALSE(line.find("done")->as_string().empty());
  }
  return out;
}

int64_t entries_of(const Value& receipt, std::string_view model) {
  for (const Value& line : receipt.find("models")->as_list())
    if (line.find("model")->as_string() == model) return line.find("entries")->as_int();
  FAIL("the receipt does not name ", model);
  return -1;
}

}  // namespace

TEST_CASE("The receipt names every place that the store has, and where else something was") {
  Erasing shop;
  shop.agree(1);
  const auto named = names_in(shop.receipt_of(1), "stores", "store");
  for (const Space space : {Space::log, Space::history, Space::seen, Space::state, Space::record,
                            Space::identity, Space::keyring, Space::meta}) {
    CAPTURE(ground::to_string(space));
    CHECK(named.contains(std::string(ground::to_string(space))));
  }
  static_assert(ground::space_count == 8, "a new place is named in the receipt, and here");
  for (const char* other : {"outbox", "backups", "files", "memory"}) CHECK(named.contains(other));
}

TEST_CASE("The receipt names every model, and what becomes of their part in it") {
  Erasing shop;
  for (int who = 0; who < 3; ++who) shop.agree(who);
  const Value before = shop.receipt_of(0);
  CHECK((names_in(before, "models", "model") ==
         std::set<std::string>{"audience counts", "visits", "resonance", "deciles and segments",
                               "recommender", "learned choice", "usual values",
                               "uses that feel odd", "feeling understood", "concerns"}));
  CHECK(entries_of(before, "learned choice") <= 1);
  shop.learn();
  REQUIRE(shop.partition->choice().version > 0);
  const Value after = shop.receipt_of(1);
  CHECK(entries_of(after, "learned choice") == 1);
  CHECK(entries_of(after, "concerns") == 0);
  // Of nobody nothing is in any of them.
  for (const Value& line : shop.receipt_of(1).find("models")->as_list())
    CHECK(line.find("entries")->as_int() == 0);
}

TEST_CASE("The receipt of one forgotten value names the models that may have learned from it") {
  Erasing shop;
  shop.agree(1);
  const auto told = shop.partition->ingest_and_wait(
      R"({"type":"identify","userId":"u1","messageId":"i","traits":{"job":"sales"}})", shop.key);
  REQUIRE(told.has_value());
  shop.learn();
  const auto receipt = shop.partition->forget_value_and_wait({.user_id = "u1"}, "job", shop.key);
  REQUIRE_MESSAGE(receipt.has_value(), receipt.error().message);
  const Value json = ground::parse_json(receipt->json).value();
  CHECK(entries_of(json, "learned choice") == 1);
  CHECK(entries_of(json, "resonance") == 1);
}
