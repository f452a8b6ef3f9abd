// Asked, then given back: what an answer was promised to change is seen, said once, and counted.
#include "decide/pipeline/pipeline.h"
#include "serve/partition/answer_json.h"
#include "serve/partition/questions_probe.h"

namespace aizuchi::serve {

using ground::Value;

namespace {

struct Returns : Questions {
  Returns() {
    allow("a-1", {"values", "recommend"});
    allow("a-2", {"values", "recommend"});
  }
  Answer shelf(const std::string& id) { return ask(page(), device(id), {"home.picks"}); }
  static const ground::OpenQuestion* given_back(const Answer& answer) {
    return answer.draft.slots.at(0).given_back;
  }
  // How it stands, counted now.
  std::string standing(std::string_view member) {
    REQUIRE(partition->flush());
    (void)dialogue().give_backs_json();
    for (int i = 0; i < 20; ++i) {
      clock.advance(ground::Duration::seconds(1));
      partition->tick();
    }
    const Value all = *ground::parse_json(dialogue().give_backs_json());
    const auto& questions = all.find("questions")->as_list();
    return questions.empty() ? "" : at(questions.front(), member);
  }
};

}  // namespace

TEST_CASE("[P5] The next decision where it was promised shows what the answer changed, said once") {
  Returns shop;
  const Answer before = shop.shelf("a-1");
  CHECK(Returns::given_back(before) == nullptr);
  shop.answer("a-1", {"craft"});
  const Answer elsewhere = shop.ask(shop.page(), Questions::device("a-1"), {"home.hero"});
  CHECK(Returns::given_back(elsewhere) == nullptr);
  const Answer after = shop.shelf("a-1");
  REQUIRE(Returns::given_back(after) != nullptr);
  CHECK(Returns::given_back(after)->name == "taste");
  const auto& first = after.draft.slots.at(0).picks.at(0);
  REQUIRE(first.product.valid());
  const auto& product = after.snapshot->products[first.product.index];
  CHECK(std::ranges::any_of(product.values, [&](const auto& v) {
    return after.snapshot->axes[v.first.index].name == "craft";
  }));
  const std::string json = answer_json(after, Explain::none);
  CHECK(json.find(R"("giveBack":{"question":"taste","says":"We re-ordered this shelf)") !=
        std::string::npos);
  const auto explained = shop.partition->explain(after.id, Questions::device("a-1"), shop.page());
  REQUIRE(explained.has_value());
  CHECK(explained->differences == std::vector<std::string>{""});
  CHECK(Returns::given_back(shop.shelf("a-1")) == nullptr);
  // The next answer is owed its own.
  shop.clock.advance(ground::Duration::minutes(1));
  shop.answer("a-1", {"craft"});
  CHECK(Returns::given_back(shop.shelf("a-1")) != nullptr);
}

TEST_CASE("[P5] What was not seen in time is told to the brand, and what was late as late") {
  Returns shop;
  shop.answer("a-1", {"craft"});
  shop.answer("a-2", {"craft"});
  REQUIRE(Returns::given_back(shop.shelf("a-1")) != nullptr);
  CHECK(shop.standing("inTime") == "1");
  CHECK(shop.standing("people") == "2");
  shop.clock.advance(ground::Duration::minutes(11));
  CHECK(shop.standing("open") == "1");
  CHECK(shop.standing("overdue") == "0");
  shop.clock.advance(ground::Duration::days(8));
  CHECK(shop.standing("overdue") == "1");
  CHECK(shop.standing("share") == "0.5");
  REQUIRE(Returns::given_back(shop.shelf("a-2")) != nullptr);
  shop.clock.advance(ground::Duration::minutes(11));
  CHECK(shop.standing("late") == "1");
  CHECK(shop.standing("overdue") == "0");
}

TEST_CASE("[P5] What was taken back or forgotten is owed to nobody") {
  Returns shop;
  shop.answer("a-1", {"craft"});
  shop.answer("a-2", {"craft"});
  shop.allow("a-1", {"values"}, false);
  CHECK(Returns::given_back(shop.shelf("a-1")) == nullptr);
  REQUIRE(shop.partition->forget_value_and_wait(Questions::device("a-2"), "values", shop.page())
              .has_value());
  CHECK(Returns::given_back(shop.shelf("a-2")) == nullptr);
  CHECK(shop.standing("people") == "1");
}

TEST_CASE("[P1] What was told for the deep layer alone is no lesson of the choice's") {
  Returns shop;
  shop.allow("a-1", {"improve"});
  shop.answer("a-1", {"quiet"});
  shop.answer("a-1", {"quiet"});
  const Answer answer = shop.ask(shop.page(), Questions::device("a-1"), {"home.hero"});
  const auto& draft = answer.draft.slots.at(0);
  REQUIRE(std::ranges::any_of(draft.candidates,
                              [](const auto& each) { return each.terms.resonance > 0; }));
  const auto explained = shop.partition->explain(answer.id, Questions::device("a-1"), shop.page());
  REQUIRE(explained.has_value());
  const auto& terms = explained->record.slots.at(0).pick_terms;
  REQUIRE(!terms.empty());
  for (const auto& one : terms) CHECK(one.resonance == 0);
}

}  // namespace aizuchi::serve
