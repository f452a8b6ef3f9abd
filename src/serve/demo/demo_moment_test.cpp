// What the visitor taps, the clock that is moved on, what an editor publishes, and the terminal.
#include "ground/base/text.h"
#include "serve/demo/demo_columns.h"
#include "serve/demo/demo_play.h"
#include "serve/demo/demo_print.h"
#include "serve/demo/demo_probe.h"

using namespace aizuchi;
using namespace aizuchi::serve;
using namespace aizuchi::serve::probe;

TEST_CASE("[P5] An answer is given back at once, and thanked for once") {
  const DemoTold first = tell("2a-quiet", "ja");
  CHECK(says(first, "home.giveback") == "お答えから、並びを替えました");
  CHECK(says(tell("2b-makers", "en"), "home.giveback") ==
        "We re-ordered this shelf from your answer");
  const auto shelf = ids(first, "home.picks");
  const DemoTold again = after("2a-quiet", "ja", "again@0s");
  CHECK(says(again, "home.giveback") == "お答えを、並びに活かしています");
  CHECK(ids(again, "home.picks") == shelf);  // what it changed stays
}

TEST_CASE("[P4] A question answered on the page asks for its purpose first, and acts at once") {
  const DemoTold before = tell("1-nice-to-meet-you", "ja");
  CHECK(before.allowed.empty());
  CHECK(says(before, "home.giveback", "href") == "/hello");
  const std::pair<std::string_view, std::string_view> answers[] = {
      {"quiet", "一人の朝に、静かな一杯を。"},
      {"makers", "アベベさん一家、三年目の豆です。"},
      {"craft", "湯を三度下げると、甘みが前に出ます。"},
      {"season", "水出しは、前の晩から。"},
      {"together", "四人ぶん淹れる日の、深煎り。"}};
  for (const auto& [axis, title] : answers) {
    const DemoTold told = after("1-nice-to-meet-you", "ja", "answer-" + std::string(axis) + "@0s");
    CHECK(told.allowed == std::vector<std::string>{"recommend", "values"});
    CHECK(says(told, "home.hero") == title);
    CHECK(says(told, "home.giveback") == "お答えから、並びを替えました");
  }
}

TEST_CASE(
    "[P5] In every scene an answer re-orders the shelf as it says, and undoing puts it back") {
  for (const DemoScene* scene : stage().scenes()) {
    CAPTURE(scene->id);
    const bool answered = scene->id.starts_with("2") || scene->id.starts_with("8");
    const auto shelf = ids(tell(scene->id, "en"), "home.picks");
    for (const std::string axis : {"quiet", "makers", "craft", "season", "together"}) {
      CAPTURE(axis);
      const DemoTold told = after(scene->id, "en", "answer-" + axis + "@0s");
      CHECK(says(told, "home.giveback") == "We re-ordered this shelf from your answer");
      if (!answered) CHECK(ids(told, "home.picks") != shelf);
      const DemoTold undone = after(scene->id, "en", "answer-" + axis + "@0s,undo@0s");
      CHECK(says(undone, "home.giveback") == "Understood. The shelf is back as it was.");
      if (!answered) CHECK(ids(undone, "home.picks") == shelf);
    }
  }
}

TEST_CASE("[P3] One tap takes an answer back: the next decision is without it, and says so") {
  for (const std::string_view scene : {"2a-quiet", "2b-makers", "8-dont-use-this"}) {
    CAPTURE(scene);
    const DemoTold before = tell(scene, "ja");
    CHECK(slot(before, "home.hero").layer == ground::Layer::resonance);
    CHECK(allows(before, "values"));
    CHECK(says(before, "home.giveback", "href") == "/hello/undo");
    const DemoTold stopped = after(scene, "ja", "undo@0s");
    CHECK(says(stopped, "home.giveback") == "承知しました。並びを元に戻しました。");
    CHECK(says(after(scene, "en", "undo@0s"), "home.giveback") ==
          "Understood. The shelf is back as it was.");
    CHECK_FALSE(allows(stopped, "values"));
    for (const decide::SlotDraft& draft : stopped.answer.draft.slots)
      CHECK(draft.layer != ground::Layer::resonance);
    CHECK(std::ranges::any_of(stopped.held_back, [](const DemoHeldBack& held) {
      return held.what == "大切にしていること" && held.why == "使わないでほしいとのことなので";
    }));
    // Said once; a day later there is nothing left of it.
    CHECK(says(after(scene, "ja", "undo@0s", "2d"), "home.giveback") ==
          "一杯に、何がいちばん大切ですか。");
  }
}

TEST_CASE("[P7] Solved: never raised again, and the grind stays; still bitter: the desk’s answer") {
  const DemoTold solved = after("4-last-worry", "ja", "solved@0s");
  CHECK(slot(solved, "chat.opening").reason == decide::Reason::silence);
  CHECK(says(solved, "order.grind", "chosen") == "medium");
  for (const std::string_view later : {"1d", "20d", "60d", "365d"}) {
    CAPTURE(later);
    const DemoTold then = after("4-last-worry", "en", "solved@0s", later);
    CHECK(slot(then, "chat.opening").picks.empty());
    CHECK(says(then, "order.grind", "chosen") == "medium");
  }
  const DemoTold still = after("4-last-worry", "ja", "still@0s");
  CHECK(says(still, "chat.opening", "text").starts_with("では、粗挽きで。"));
  CHECK(says(still, "order.grind", "chosen") == "coarse");
  CHECK(
      slot(after("4-last-worry", "ja", "still@0s,solved@3d", "3d"), "chat.opening").picks.empty());
}

TEST_CASE("The clock can be moved on: what is forgotten by then is not used, and nothing else") {
  const auto title = [](std::string_view later) {
    return says(after("1-nice-to-meet-you", "ja", "", later), "home.hero");
  };
  CHECK(title("0s") == title("6d"));
  CHECK(says(after("3-decaf", "ja", "", "10d"), "home.hero") == "夜の一杯にも。");
  CHECK(says(after("3-decaf", "ja", "", "60d"), "home.hero") == "豆は、焼いた日から数えます。");
  CHECK(says(after("2a-quiet", "ja", "", "8d"), "home.giveback") ==
        "お答えを、並びに活かしています");
  // A tap cannot be undone by going back before it.
  CHECK(after("4-last-worry", "ja", "solved@7d", "1d").moment.later >= ground::Duration::days(7));
  for (const auto& [later, tapped] :
       std::initializer_list<std::pair<const char*, const char*>>{{"soon", ""},
                                                                  {"800d", ""},
                                                                  {"", "undo@7d,again@1d"},
                                                                  {"", "undo@x"},
                                                                  {"", "a,"},
                                                                  {"", "a,a,a,a,a,a,a,a,a"}})
    CHECK_MESSAGE(!parse_moment(later, tapped).has_value(), later << "|" << tapped);
  CHECK_FALSE(stage().tell("2a-quiet", "ja", {.tapped = {{.tap = "nothing"}}}).has_value());
}

TEST_CASE("[P1] An editor who names a reader's body is refused, in either language") {
  const auto typed = stage().try_publish({});
  REQUIRE(typed.has_value());
  CHECK(typed->refused());
  CHECK(typed->says == std::vector<std::pair<std::string, std::string>>{
                           {"ja", "授乳中の方へ。"}, {"en", "For nursing mothers."}});
  const auto found = [](const DemoAttempt& refusal, std::string_view text) {
    return std::ranges::any_of(refusal.findings, [&](const ground::Finding& f) {
      return f.rule == "sensitive-inference" && f.text == text;
    });
  };
  CHECK(found(*typed, "授乳中の方へ。"));
  CHECK(found(*typed, "For nursing mothers."));
  const auto half = stage().try_publish({{"ja", "夜の一杯にも、合います。"}});
  CHECK(half->refused());
  CHECK_FALSE(found(*half, "授乳中の方へ。"));
  const auto fine = stage().try_publish(
      {{"ja", "夜の一杯にも、合います。"}, {"en", "Goes with the \"evening\": too"}});
  REQUIRE(fine.has_value());
  CHECK_FALSE(fine->refused());
  CHECK_FALSE(fine->told.has_value());  // no scene was asked for
  // Nothing was published: the stage is as it was.
  CHECK(says(tell("3-decaf", "ja"), "home.hero") == "夜の一杯にも。");
}

TEST_CASE("What may be said is published at once, for one shop, and decided by the engine") {
  const auto live =
      stage().try_publish({{"ja", "夜ふけにも、一杯。"}, {"en", "Late, too."}}, "3-decaf", "ja");
  REQUIRE(live.has_value());
  CHECK_FALSE(live->refused());
  REQUIRE(live->told.has_value());
  CHECK(says(*live->told, "home.hero") == "夜ふけにも、一杯。");
  CHECK(slot(*live->told, "home.hero").picks.front().why.front().personal);
  CHECK(says(tell("3-decaf", "ja"), "home.hero") == "夜の一杯にも。");
  const auto refused = stage().try_publish({}, "3-decaf", "ja");
  CHECK(refused->refused());
  CHECK_FALSE(refused->told.has_value());
  CHECK_FALSE(stage().try_publish({}, "nothing", "ja").has_value());
}

TEST_CASE("In a terminal, wide characters count two columns and no line begins with a mark") {
  CHECK(columns_of("abc") == 3);
  CHECK(columns_of("浅煎り") == 6);
  CHECK(columns_of("¥1,200") == 6);
  CHECK(columns_of("がカ") == 4);
  CHECK(wrapped("浅煎りが、はじめて", 8, 2) == "浅煎り\n  が、はじ\n  めて");
  CHECK(wrapped("静かな 一杯。", 11, 0) == "静かな 一\n杯。");
  CHECK(wrapped("one two three", 7, 1) == "one two\n three");
  CHECK(wrapped("ニエリの丘", 6, 0) == "ニエリ\nの丘");
  CHECK(wrapped("", 5, 0) == "");
  for (const DemoScene* scene : stage().scenes()) {
    for (const std::string locale : {"ja", "en"}) {
      const std::string text =
          print_told(tell(scene->id, locale), {.locale = locale, .columns = 72});
      CHECK_FALSE(text.contains('\x1b'));
      for (const std::string_view line : ground::split(text, '\n'))
        CHECK_MESSAGE(columns_of(line) <= 74, line);
    }
  }
  CHECK(print_told(tell("3-decaf", "ja"), {.colour = true}).contains("\x1b[1m"));
}

TEST_CASE("The shop beside the page knows the people of the scenes, and some more like them") {
  ground::ManualClock clock(*ground::parse_instant("2026-06-15T01:00:00Z"));
  ground::SeededDice dice(3);
  const auto shop = Partition::open({.sync = false, .clock = &clock, .dice = &dice});
  REQUIRE(shop.has_value());
  REQUIRE((*shop)->publish(demo_files().brand).has_value());
  REQUIRE(seed_people(**shop, stage().scenes(), 3).has_value());
  (*shop)->tick();
  CHECK((*shop)->counters().people_created == stage().scenes().size() * 4);
  CHECK((*shop)->counters().events_refused == 0);
  const auto key = key_of_source(**shop, "shop", true);
  REQUIRE(key.has_value());
  for (const std::string id : {"demo-user-bitter", "demo-user-bitter-3"}) {
    const Answer answer = (*shop)->decide(
        {.person = {.anonymous_id = "", .user_id = id}, .slots = {"chat.opening", "order.grind"}},
        *key);
    REQUIRE(answer.draft.slots.size() == 2);
    CHECK(field(answer.draft.slots[0].picks.front(), "text") == "先日の苦味、その後いかがですか。");
    CHECK(field(answer.draft.slots[1].picks.front(), "chosen") == "medium");
  }
}
