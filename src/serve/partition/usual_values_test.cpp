// What is usual of values in the whole engine: learned of those who agreed, by nobody's own share;
// there again after a restart; without whoever was erased; and no part of a replay.
#include "decide/pipeline/pipeline.h"
#include "ground/base/test_folder.h"
#include "serve/partition/questions_probe.h"

namespace aizuchi::serve {

using ground::Duration;
using ground::Value;

namespace {

struct Usuals : Questions {
  explicit Usuals(const std::string& where = "") : Questions(where), directory(where) {}
  // They agree to be learned from, or not, and say that quiet, or else craft, is the dearest.
  void tells(int who, const std::string& dear = "quiet", bool agrees = true) {
    const std::string id = "a-" + std::to_string(who);
    allow(id, {"values"});
    if (agrees) allow(id, {"improve"});
    answer(id, {dear, "together", "season"});
    if (!question(id).find("question")->is_null()) answer(id, {dear, "together", "season"});
  }
  void learn() {
    REQUIRE(dialogue().learn_usual().has_value());
    for (int i = 0; i < 20'000 && (dialogue().learns_usual() || i < 4); ++i) {
      partition->tick();
      if (!directory.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    REQUIRE_FALSE(dialogue().learns_usual());
  }
  Value usual() { return *ground::parse_json(dialogue().usual_json()); }
  std::string of(std::string_view member) { return at(usual(), member); }
  double mean(std::string_view axis) {
    const Value all = usual();
    for (const Value& one : all.find("axes")->as_list())
      if (at(one, "axis") == axis) return one.find("mean")->number_or(-9);
    return -9;
  }
  std::string directory;
};

}  // namespace

TEST_CASE("[P1] What is usual is learned of those who agreed, and of twenty people or nobody") {
  Usuals shop;
  CHECK(shop.of("version") == "0");
  for (int who = 0; who < 19; ++who) shop.tells(who);
  for (int who = 100; who < 125; ++who) shop.tells(who, "craft", false);
  shop.learn();
  CHECK(shop.of("state") == "too_few");
  CHECK(shop.of("fewerThan") == "20");
  CHECK(shop.usual().find("people") == nullptr);
  CHECK(shop.usual().find("axes")->as_list().empty());
  shop.tells(19);
  shop.learn();
  CHECK(shop.of("state") == "learned");
  CHECK(shop.of("people") == "20");
  CHECK(shop.of("answers") == "40");
  // Everybody of whom something is known holds quiet dear: whoever is new is asked all the same.
  shop.allow("a-90", {"values"});
  CHECK_FALSE(shop.question("a-90").find("question")->is_null());
  CHECK(shop.mean("quiet") > 0.3);
  CHECK(shop.mean("craft") < 0);
  CHECK(shop.usual().find("together")->as_list().size() ==
        shop.usual().find("axes")->as_list().size() *
            (shop.usual().find("axes")->as_list().size() - 1) / 2);
}

TEST_CASE("[P3] A decision made before what is usual was learned is made again from its record") {
  Usuals shop;
  for (int who = 0; who < 22; ++who) shop.tells(who);
  const Answer before = shop.ask(shop.page(), Usuals::device("a-1"), {"home.picks", "home.hero"});
  shop.learn();
  const Answer after = shop.ask(shop.page(), Usuals::device("a-1"), {"home.picks", "home.hero"});
  for (const auto& answer : {before.id, after.id}) {
    const auto explained = shop.partition->explain(answer, Usuals::device("a-1"), shop.page());
    REQUIRE(explained.has_value());
    CHECK(explained->differences == std::vector<std::string>{"", ""});
  }
}

TEST_CASE("[P1] Who was erased is in nothing that is learned from then on, within the hour") {
  Usuals shop;
  for (int who = 0; who < 20; ++who) shop.tells(who);
  shop.learn();
  REQUIRE(shop.of("people") == "20");
  REQUIRE(shop.partition->erase_and_wait(Usuals::device("a-3"), shop.page()).has_value());
  shop.clock.advance(Duration::minutes(61));
  for (int i = 0; i < 200; ++i) shop.partition->tick();
  CHECK_MESSAGE(shop.of("state") == "too_few", shop.dialogue().usual_json());
  // Who takes their answers back is not in it either.
  shop.tells(50);
  shop.learn();
  REQUIRE(shop.of("people") == "20");
  REQUIRE(shop.partition->forget_value_and_wait(Usuals::device("a-50"), "values", shop.page())
              .has_value());
  shop.learn();
  CHECK(shop.of("state") == "too_few");
}

TEST_CASE("What is usual is there again after a restart, and made anew at night") {
  const ground::test::TestFolder folder;
  const std::string data = folder / "data";
  std::string before, version;
  {
    Usuals shop(data);
    shop.directory = data;
    for (int who = 0; who < 21; ++who) shop.tells(who);
    shop.learn();
    before = shop.dialogue().usual_json();
    version = shop.of("version");
    REQUIRE(shop.of("people") == "21");
    REQUIRE(shop.partition->flush().has_value());
  }
  Usuals shop(data);
  CHECK(shop.of("version") == version);
  CHECK(before.substr(0, before.find("\"next")) ==
        shop.dialogue().usual_json().substr(0, before.find("\"next")));
  CHECK(before.substr(before.find("\"people")) ==
        shop.dialogue().usual_json().substr(before.find("\"people")));
  shop.directory = data;
  shop.clock.advance(Duration::days(1));
  for (int i = 0; i < 2000 && shop.of("version") == version; ++i) {
    shop.partition->tick();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK(std::stoi(shop.of("version")) == std::stoi(version) + 1);
}

TEST_CASE("[P1] What is picked helps to choose from the next decision on, and is never said") {
  Questions shop;
  auto files = *ground::read_brand_folder(std::string(AIZUCHI_ROOT) + "/demo/tsumugi");
  std::string& sources = files.files.at("sources.yaml");
  const std::string before = "purposes: [layout, recommend, mail, improve]";
  sources.replace(sources.find(before), before.size(),
                  "purposes: [layout, recommend, mail, improve, values]");
  files.files.at("facts.yaml") +=
      "\n  leans:\n    type: values\n    label: {ja: お選びになったもの, en: what you pick}\n"
      "    purposes: [values]\n    keep: 180d\n";
  shop.publish(files);
  shop.allow("a-1", {"values", "recommend"});
  const Asking who = Questions::device("a-1");
  const auto moved = [](const Answer& answer) {
    return std::ranges::any_of(answer.draft.slots.at(0).candidates,
                               [](const auto& each) { return each.terms.resonance != 0; });
  };
  const auto leans = [&] {
    return shop.partition->person_json(who)->find("\"inferred\"") != std::string::npos;
  };
  const Answer first = shop.ask(shop.page(), who, {"home.picks"});
  CHECK_FALSE(moved(first));
  const auto send = [&](std::string_view event, const decide::Pick& pick) {
    shop.clock.advance(Duration::seconds(2));
    shop.send(shop.page(),
              fmt::format(R"({{"type":"track","event":"{}","anonymousId":"a-1","messageId":"{}{}",)"
                          R"("properties":{{"decisionId":"{}","slot":"home.picks","item":"{}"}}}})",
                          event, event, pick.product.index, to_text(first.id),
                          first.snapshot->products[pick.product.index].name_id));
  };
  const auto& picks = first.draft.slots.at(0).picks;
  for (const auto& pick : picks) send("Slot Exposed", pick);
  for (const auto& pick : picks)
    if (!leans()) send("Item Clicked", pick);
  REQUIRE(leans());
  const Answer next = shop.ask(shop.page(), who, {"home.picks", "home.hero"});
  CHECK(moved(next));
  // The shelf is moved by it; nothing of the deep layer leads by it.
  CHECK(next.draft.slots.at(1).layer != ground::Layer::resonance);
  const auto explained = shop.partition->explain(next.id, who, shop.page());
  REQUIRE(explained.has_value());
  CHECK(explained->differences == std::vector<std::string>{"", ""});
  const auto me = shop.partition->me_json(who, shop.page(), ground::LocaleId{1});
  REQUIRE(me.has_value());
  CHECK(me->find("is never said") != std::string::npos);
  // Without their leave nothing of it is used.
  shop.allow("a-1", {"values"}, false);
  CHECK_FALSE(moved(shop.ask(shop.page(), who, {"home.picks"})));
}

}  // namespace aizuchi::serve
