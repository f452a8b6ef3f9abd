// Every decision is made again from its record alone, and is the same: people of the sample brand
// who look, buy, agree and come back, what feels odd, publishes, feeds and learning between, and
// each kept record decided again at the end. AIZUCHI_REPLAYS says how many (script/replay: 10,000).
#include <cstdlib>

#include "ground/base/hash.h"
#include "ground/catalog/snapshot.h"
#include "serve/partition/choice_note.h"
#include "serve/partition/odd.h"
#include "serve/partition/recommender_note.h"
#include "serve/partition/test_shop.h"

using namespace aizuchi;
using namespace aizuchi::serve;
using ground::Duration;

namespace {

constexpr int people = 60;

class Months : public test::Shop {
 public:
  Months() {
    auto files = ground::read_brand_folder(std::string(AIZUCHI_ROOT) + "/demo/tsumugi");
    REQUIRE(files.has_value());
    folder_ = *std::move(files);
    publish(folder_);
    for (const auto& slot : partition->snapshot()->slots) slots_.push_back(slot.name);
    for (int who = 0; who < people; ++who) begin(who);
  }

  void one_more() {
    const int who = static_cast<int>(roll(people));
    clock.advance(Duration::minutes(static_cast<int64_t>(1 + roll(12))));
    if (roll(3) == 0) look(who);
    if (roll(50) == 0) consent(who);
    Ask ask{.person = {.user_id = "u" + std::to_string(who)}, .mode = ground::Mode::live};
    // Four places are asked for most, so that something is learned there.
    static constexpr const char* busy[] = {"home.shelf", "home.picks", "home.cta", "news.lead"};
    for (size_t n = 1 + roll(3); n > 0; --n)
      ask.slots.push_back(roll(3) == 0 ? slots_[roll(slots_.size())] : busy[roll(4)]);
    ask.context =
        *ground::parse_json(roll(2) == 0 ? R"({"locale":"ja","device":"phone","hour":9})"
                                         : R"({"locale":"en","device":"desktop","hour":20})");
    const Answer answer = partition->decide(ask, key);
    decisions.push_back(answer.id);
    told(who, answer);
    if (decisions.size() % 100 == 0) change();
  }

  std::vector<ground::DecisionId> decisions;
  size_t odd = 0;  // marks

 private:
  uint64_t roll(uint64_t sides) { return ground::mix64(++rolled_) % sides; }

  void begin(int who) {
    const auto sent = partition->ingest_and_wait(
        R"({"type":"identify","userId":"u)" + std::to_string(who) + R"(","messageId":"b)" +
            std::to_string(who) + R"(","traits":{"job":"sales","quiet":2}})",
        key);
    REQUIRE(sent.has_value());
    consent(who);
  }
  void consent(int who) {
    const auto word = [&] { return roll(4) == 0 ? "false" : "true"; };
    send(who, "Consent Updated",
         std::string(R"({"purposes":{"improve":)") + word() + R"(,"recommend":)" + word() +
             R"(,"mail":)" + word() + R"(,"values":)" + word() + "}}");
  }
  void look(int who) {
    const auto& products = partition->snapshot()->products;
    const std::string id = products[roll(products.size())].name_id;
    const char* event = roll(6) == 0   ? "Order Completed"
                        : roll(4) == 0 ? "Product Added"
                                       : "Product Viewed";
    send(who, event, R"({"product_id":")" + id + "\"}");
  }
  // Most of it is seen, some of it is answered.
  void told(int who, const Answer& answer) {
    for (const auto& slot : answer.draft.slots)
      for (const auto& pick : slot.picks) {
        if (roll(4) == 0) continue;
        const std::string item = pick.product.valid()
                                     ? answer.snapshot->products[pick.product.index].name_id
                                     : answer.snapshot->items[pick.item.index].name;
        const std::string of = R"({"decisionId":")" + to_text(answer.id) + R"(","slot":")" +
                               slot.slot->name + R"(","item":")" + item + "\"}";
        send(who, "Slot Exposed", of);
        clock.advance(Duration::seconds(2));
        if (roll(5) == 0) send(who, "Item Clicked", of);
      }
    // Now and then all that was used somewhere feels odd.
    for (const auto& slot : answer.draft.slots) {
      if (roll(25) != 0) continue;
      const Odd::Mark mark{.decision = answer.id, .slot = slot.slot->name, .fact = ""};
      odd += Odd(*partition).mark_and_wait({}, mark, key).has_value() ? 1 : 0;
    }
  }
  // Whatever changes without a person: a publish, a feed, a stop, a model.
  void change() {
    const auto& products = partition->snapshot()->products;
    const std::string id = products[roll(products.size())].name_id;
    REQUIRE(partition
                ->feed_products_and_wait(*ground::parse_json(R"([{"id":")" + id + R"(","stock":)" +
                                                             std::to_string(roll(2)) + "}]"))
                .has_value());
    if (roll(3) == 0) {
      folder_.files["brand.yaml"] += "# " + std::to_string(rolled_) + "\n";
      publish(folder_);
    }
    REQUIRE(partition->train_choice().has_value());
    settle([&] { return partition->choice().learning || partition->recommender().learning; });
  }

  ground::BrandFiles folder_;
  std::vector<std::string> slots_;
  uint64_t rolled_ = 0;
};

size_t wanted() {
  const char* said = std::getenv("AIZUCHI_REPLAYS");
  return said == nullptr ? 800 : std::strtoul(said, nullptr, 10);
}

}  // namespace

TEST_CASE("[P3] Every decision is made again from its record, and is the same") {
  Months shop;
  while (shop.decisions.size() < wanted()) shop.one_more();
  size_t learned = 0, identical = 0;
  for (const ground::DecisionId id : shop.decisions) {
    const auto explained = shop.partition->explain(id, {}, shop.key);
    REQUIRE(explained.has_value());
    bool same = true;
    for (size_t i = 0; i < explained->differences.size(); ++i) {
      learned += explained->record.slots[i].lesson.model > 0 ? 1 : 0;
      same = same && explained->differences[i].empty();
      if (!explained->differences[i].empty())
        FAIL_CHECK(explained->record.slots[i].slot << ": " << explained->differences[i]);
    }
    identical += same ? 1 : 0;
  }
  MESSAGE(identical << " of " << shop.decisions.size() << " decisions are the same, in " << learned
                    << " places the learned choice had spoken");
  CHECK(identical == shop.decisions.size());
  CHECK(learned > 0);
  CHECK(shop.odd > 5);
}
