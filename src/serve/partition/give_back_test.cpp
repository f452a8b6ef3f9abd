// Asked, then given back: what an answer was promised to change is seen, said once, and counted.
#include <filesystem>

#include "decide/pipeline/pipeline.h"
#include "ground/base/test_folder.h"
#include "serve/partition/answer_json.h"
#include "serve/partition/questions_probe.h"

namespace aizuchi::serve {

using ground::Value;

namespace {

struct Returns : Questions {
  explicit Returns(const std::string& directory = "", const ground::ManualClock* at = nullptr)
      : Questions(directory) {
    if (at != nullptr) {
      clock = *at;
      return;
    }
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

TEST_CASE("[P5] What was seen is in the log: a crash does not make it be said twice") {
  const ground::test::TestFolder folder;
  const std::string live = folder / "live", copy = folder / "copy";
  Returns shop(live);
  shop.answer("a-1", {"craft"});
  REQUIRE(shop.partition->flush().has_value());
  REQUIRE(Returns::given_back(shop.shelf("a-1")) != nullptr);
  // As it is on the disk now, the state of the person not written yet.
  const auto kept = shop.partition->history(Questions::device("a-1"), 1);
  REQUIRE(kept.has_value());
  CHECK(kept->front().body.find("Give Back Noted") != std::string::npos);
  for (const std::string part : {"", "-keys"})
    std::filesystem::copy(live + part, copy + part, std::filesystem::copy_options::recursive);
  Returns again(copy, &shop.clock);
  CHECK(Returns::given_back(again.shelf("a-1")) == nullptr);
}

TEST_CASE(
    "[P5] An answer that changed nothing for 90 days is known no more, and they are told so") {
  Returns shop;
  shop.answer("a-1", {"craft"});
  shop.answer("a-2", {"craft"});
  REQUIRE(Returns::given_back(shop.shelf("a-1")) != nullptr);
  shop.clock.advance(ground::Duration::days(89));
  CHECK(shop.standing("expired") == "0");
  CHECK(shop.chosen("a-2") != "");
  shop.clock.advance(ground::Duration::days(2));
  CHECK(shop.standing("expired") == "1");
  CHECK(shop.standing("overdue") == "0");
  CHECK(shop.standing("share") == "0.5");
  CHECK(shop.chosen("a-1") != "");
  CHECK(shop.chosen("a-2") == "");
  CHECK(Returns::given_back(shop.shelf("a-2")) == nullptr);
  const auto me =
      shop.partition->me_json(Questions::device("a-2"), shop.page(), ground::LocaleId{0});
  REQUIRE(me.has_value());
  CHECK(me->find("\"expiredAt\":\"2026-08-31") != std::string::npos);
  CHECK(Questions::at(shop.question("a-2"), "reason") == "answered");
  // Its event goes with the next round, and a year later they may be asked again.
  shop.clock.advance(ground::Duration::hours(13));
  for (int i = 0; i < 20; ++i) shop.partition->tick();
  for (const auto& each : *shop.partition->history(Questions::device("a-2"), 100))
    CHECK(each.body.find("Answer Given") == std::string::npos);
  shop.clock.advance(ground::Duration::days(366));
  CHECK_FALSE(shop.question("a-2").find("question")->is_null());
}

TEST_CASE("[P5] What changed something stays when a later answer changes nothing") {
  Returns shop;
  shop.answer("a-1", {"craft"});
  REQUIRE(Returns::given_back(shop.shelf("a-1")) != nullptr);
  shop.clock.advance(ground::Duration::days(1));
  const std::string before = shop.chosen("a-1");
  shop.answer("a-1", {"quiet"});
  REQUIRE(shop.chosen("a-1") != before);
  shop.clock.advance(ground::Duration::days(91));
  CHECK(shop.standing("expired") == "1");
  CHECK(shop.chosen("a-1") == before);
}

TEST_CASE("[P11] What was chosen on a device joins what its person chose before") {
  Returns shop;
  const Key server{.id = "srv", .secret = true, .source = "web", .scopes = {Scope::ingest}};
  const auto send = [&](const std::string& event) { (void)shop.send(server, event); };
  send(R"({"type":"track","event":"Consent Updated","userId":"u-1","messageId":"c1",)"
       R"("properties":{"purposes":{"values":true}}})");
  const Asking user{.user_id = "u-1"};
  const auto asked = shop.dialogue().question_json(user, server, {}, {});
  REQUIRE(asked.has_value());
  const Value question = *ground::parse_json(*asked);
  Dialogue::Reply reply{.ask = Questions::at(*question.find("question"), "ask")};
  reply.best = shop.options(question).front();
  REQUIRE(shop.dialogue().answer_and_wait(user, reply, server).has_value());
  shop.clock.advance(ground::Duration::minutes(1));
  shop.answer("a-1", {"craft"});
  const auto of = [&](const Asking& who) {
    const Value person = *ground::parse_json(*shop.partition->person_json(who));
    for (const Value& fact : person.find("facts")->as_list())
      if (Questions::at(fact, "fact") == "values") return *fact.find("value");
    return Value();
  };
  const std::string first = ground::to_json(of(user).as_list().front());
  const std::string second = ground::to_json(of(Questions::device("a-1")).as_list().front());
  send(R"({"type":"identify","userId":"u-1","anonymousId":"a-1","messageId":"i1"})");
  REQUIRE(of(user).as_list().size() == 2);
  CHECK(ground::to_json(of(user).as_list()[0]) == first);
  CHECK(ground::to_json(of(user).as_list()[1]) == second);
}

TEST_CASE("[P3] The operator is shown what the promise of a give-back added") {
  Returns shop;
  shop.answer("a-1", {"craft"});
  const Answer after = shop.shelf("a-1");
  REQUIRE(Returns::given_back(after) != nullptr);
  CHECK(answer_json(after, Explain::operator_view).find("\"givenBack\":3") != std::string::npos);
}

TEST_CASE("[P5] What was taken back or forgotten is owed to nobody") {
  Returns shop;
  shop.answer("a-1", {"craft"});
  shop.answer("a-2", {"craft"});
  shop.allow("a-1", {"values"}, false);
  CHECK(Returns::given_back(shop.shelf("a-1")) == nullptr);
  const auto promised = [&] {
    const auto me =
        shop.partition->me_json(Questions::device("a-2"), shop.page(), ground::LocaleId{0});
    return me->find("\"until\":", me->find("\"answers\":[{")) != std::string::npos;
  };
  CHECK(promised());
  REQUIRE(shop.partition->forget_value_and_wait(Questions::device("a-2"), "values", shop.page())
              .has_value());
  CHECK_FALSE(promised());
  CHECK(Returns::given_back(shop.shelf("a-2")) == nullptr);
  CHECK(shop.standing("people") == "1");
}

TEST_CASE("[P1] What was told for the deep layer alone is no lesson of the choice's") {
  Returns shop;
  auto files = *ground::read_brand_folder(std::string(AIZUCHI_ROOT) + "/demo/tsumugi");
  std::string& sources = files.files.at("sources.yaml");
  const std::string_view teaches = "[values, layout, recommend, improve]";
  const size_t at = sources.find(teaches);
  REQUIRE(at != std::string::npos);
  sources.replace(at, teaches.size(), "[values, layout, recommend]");
  shop.publish(files);
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
