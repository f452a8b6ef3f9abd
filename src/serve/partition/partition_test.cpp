#include "serve/partition/partition_probe.h"

#include <set>

using namespace aizuchi;
using namespace aizuchi::serve;
using ground::Value;

TEST_CASE("[P6] Two looks at light roast change the hero, and the answer says why") {
  World world;
  world.begin();
  CHECK(first(world.ask(world.web, {.anonymous_id = "a"}, {"home.hero"})) == "Tsumugi Coffee");
  world.view("a", "light-roast", 2);
  const Answer answer = world.ask(world.web, {.anonymous_id = "a"}, {"home.hero"});
  CHECK(first(answer) == "New to light roast? Start with these three.");
  CHECK(answer.draft.slots[0].layer == ground::Layer::surface);
  const auto& why = answer.draft.slots[0].picks[0].why;
  REQUIRE(why.size() == 1);
  CHECK(why[0].text == "To suit the things you looked at, our site");
  CHECK(first(world.ask(world.web, {.anonymous_id = "b"}, {"home.hero"})) == "Tsumugi Coffee");
}

TEST_CASE("[P10] An event sent with the question is part of its answer, every time") {
  World world;
  world.begin();
  for (int i = 0; i < 200; ++i) {
    const std::string who = "fresh-" + std::to_string(i);
    world.view(who, "light-roast", 1);
    const Value event = *ground::parse_json(
        fmt::format(R"({{"type":"track","event":"Product Viewed","anonymousId":"{0}",)"
                    R"("messageId":"{0}-q","properties":{{"category":"light-roast"}}}})",
                    who));
    Ask ask{.person = {.anonymous_id = who},
            .slots = {"home.hero"},
            .context = World::context(),
            .events = Value::list({event})};
    CHECK(first(world.partition->decide(ask, world.web)) ==
          "New to light roast? Start with these three.");
    CHECK(first(world.ask(world.web, {.anonymous_id = who}, {"home.hero"})) ==
          "New to light roast? Start with these three.");
  }
}

TEST_CASE(
    "[P1] A job told at sign-up chooses the button for its server, and is not shown to a mere "
    "device") {
  World world;
  world.begin();
  world.send(
      world.form,
      R"({"type":"identify","userId":"u1","messageId":"1","traits":{"job":"sales","shoe":42}})");
  CHECK(first(world.ask(world.form, {.user_id = "u1"}, {"home.cta"})) == "Choose a gift");
  // A browser that claims to be u1 sees nothing of u1.
  CHECK(first(world.ask(world.web, {.user_id = "u1"}, {"home.cta"})) == "Have a look");
  const std::string json = *world.partition->person_json({.user_id = "u1"});
  CHECK(json.find("sales") != std::string::npos);
  CHECK(json.find("shoe") == std::string::npos);  // not in the dictionary: not a fact
}

TEST_CASE(
    "[P9] Without consent to mail there is no subject; silence is an answer and is recorded") {
  World world;
  world.begin();
  world.send(world.form,
             R"({"type":"identify","userId":"u1","messageId":"1","traits":{"job":"sales"}})");
  const Answer silent = world.ask(world.form, {.user_id = "u1"}, {"news.subject"});
  CHECK(silent.draft.slots[0].reason == decide::Reason::no_consent);
  CHECK(silent.draft.slots[0].picks.empty());
  CHECK_FALSE(silent.draft.slots[0].admission->withheld().empty());
  CHECK(world.partition->explain(silent.id, {}, world.form).has_value());
}

TEST_CASE("[P3] A decision is decided again from its record alone, and agrees") {
  World world;
  world.begin();
  world.view("a", "light-roast", 3);
  const Answer answer = world.ask(world.web, {.anonymous_id = "a"}, {"home.hero", "home.cta"});
  world.view("a", "dark", 5, "later");  // what comes later changes nothing
  const auto explained = world.partition->explain(answer.id, {.anonymous_id = "a"}, world.web);
  REQUIRE(explained.has_value());
  for (const std::string& difference : explained->differences) CHECK(difference == "");
  CHECK(explained->again[0].picks[0].content.front().second ==
        "New to light roast? Start with these three.");
  CHECK_FALSE(world.partition->explain(answer.id, {.anonymous_id = "b"}, world.web).has_value());
  const std::string json = explained_json(*explained, answer.id, Explain::operator_view);
  CHECK(json.find(R"("replay":"identical")") != std::string::npos);
  CHECK(json.find(R"("without":[{"read")") != std::string::npos);
}

TEST_CASE("[P1] Taking back one's word acts on the next decision") {
  World world;
  world.begin();
  world.view("a", "light-roast", 2);
  bool done = false;
  world.partition->set_purposes(
      {.anonymous_id = "a"}, {{"layout", false}}, world.web,
      [&](const ground::Result<Ingested>& outcome) { done = outcome.has_value(); });
  world.partition->tick();
  CHECK(done);
  CHECK(first(world.ask(world.web, {.anonymous_id = "a"}, {"home.hero"})) == "Tsumugi Coffee");
  // And with no purpose left, what would be collected is not even kept.
  const Ingested dropped =
      world.send(world.web, R"({"type":"page","anonymousId":"a","messageId":"x","properties":{}})");
  CHECK(dropped.no_basis == 1);
  CHECK(dropped.accepted == 0);
}

TEST_CASE("The same message twice is kept once, also across a restart") {
  const std::string directory = temp_directory();
  World world(directory);
  world.begin();
  const std::string event =
      R"({"type":"track","event":"Anything","anonymousId":"a","messageId":"m1"})";
  CHECK(world.send(world.web, event).accepted == 1);
  CHECK(world.send(world.web, event).duplicates == 1);
  world.open(directory);
  CHECK(world.send(world.web, event).duplicates == 1);
  CHECK(world.partition->find_events({"m1"}, 100)->size() == 1);
  CHECK(world.partition->history({.anonymous_id = "a"}, 10)->size() == 1);
  world.partition.reset();
  std::filesystem::remove_all(directory);
  std::filesystem::remove_all(directory + "-keys");
}

TEST_CASE("A crash in the middle of writing states behind the log loses and doubles nothing") {
  const std::string directory = temp_directory();
  World world(directory);
  world.begin();
  world.partition->tick();
  REQUIRE_FALSE(world.partition->backfilling());
  REQUIRE(world.partition->flush().has_value());
  const auto name = [](int person) { return "p" + std::to_string(person); };
  constexpr int people = 12;
  for (int i = 0; i < people; ++i) world.view(name(i), "light-roast", 1);
  // Each step writes a part of them, while one that may or may not have had its turn goes on.
  for (int step = 0; step < 25; ++step) {
    world.clock.advance(ground::Duration{60});
    world.partition->tick();
    world.view(name(step * 5 % people), "light-roast", 1, "-" + std::to_string(step) + "-");
    const std::string copy = directory + "-copy";
    std::filesystem::copy(directory, copy, std::filesystem::copy_options::recursive);
    std::filesystem::copy(directory + "-keys", copy + "-keys",
                          std::filesystem::copy_options::recursive);
    {
      World crashed(copy);
      crashed.clock.set(world.clock.now());
      for (int i = 0; i < people; ++i)
        CHECK(*crashed.partition->person_json({.anonymous_id = name(i)}) ==
              *world.partition->person_json({.anonymous_id = name(i)}));
    }
    std::filesystem::remove_all(copy);
    std::filesystem::remove_all(copy + "-keys");
  }
  world.partition.reset();
  std::filesystem::remove_all(directory);
  std::filesystem::remove_all(directory + "-keys");
}

TEST_CASE("What was acknowledged is there after a crash: states are made again from the log") {
  const std::string directory = temp_directory();
  World world(directory);
  world.begin();
  REQUIRE(world.partition->flush().has_value());
  world.view("a", "light-roast", 2);
  // A copy of the files as a crash would leave them: nothing was flushed since.
  const std::string copy = directory + "-copy";
  std::filesystem::copy(directory, copy, std::filesystem::copy_options::recursive);
  std::filesystem::copy(directory + "-keys", copy + "-keys",
                        std::filesystem::copy_options::recursive);
  world.open(copy);
  CHECK(first(world.ask(world.web, {.anonymous_id = "a"}, {"home.hero"})) ==
        "New to light roast? Start with these three.");
  world.open(directory);
  world.open(directory);  // replay is not applied twice
  CHECK(world.partition->person_json({.anonymous_id = "a"})->find(R"("count":2)") !=
        std::string::npos);
  world.partition.reset();
  for (const auto& path : {directory, directory + "-keys", copy, copy + "-keys"})
    std::filesystem::remove_all(path);
}

namespace {

// The brand with an item whose rule counts what nobody has counted yet.
ground::BrandFiles counting_dark() {
  ground::BrandFiles later = brand();
  later.files["items/more.yaml"] = R"(
- id: hero-dark
  title: dark roast
  slot: home.hero
  layer: surface
  intent: help
  when: count('Product Viewed', duration('240h'), {'category':'dark'}) >= 3
  speaks: []
  wordings:
    - say: {ja: {title: 深煎り}, en: {title: Dark}}
)";
  return later;
}

}  // namespace

TEST_CASE("A rule that counts something new is answered from a short history at once") {
  World world;
  world.begin();
  world.view("a", "dark", 3);
  world.view("b", "dark", 2);
  CHECK(world.publish(counting_dark()).aggregates_to_backfill == 1);
  CHECK(first(world.ask(world.web, {.anonymous_id = "a"}, {"home.hero"})) == "Dark");
  world.view("b", "dark", 3);  // two came before; what comes now is counted once, behind what was
  CHECK(first(world.ask(world.web, {.anonymous_id = "b"}, {"home.hero"})) == "Dark");
  CHECK(world.partition->counters().backfilled == 2);
  CHECK(world.partition->backfilling());
}

TEST_CASE("A rule that counts something new waits for a long history; until then it is absent") {
  World world;
  world.begin();
  world.view("a", "dark", 65);
  CHECK(world.publish(counting_dark()).aggregates_to_backfill == 1);
  const Answer warming = world.ask(world.web, {.anonymous_id = "a"}, {"home.hero"});
  CHECK(first(warming) == "Tsumugi Coffee");
  CHECK(warming.draft.slots[0].admission->withheld().front().why == respect::Refusal::warming);
  for (int i = 0; i < 10 && world.partition->backfilling(); ++i) world.partition->tick();
  CHECK_FALSE(world.partition->backfilling());
  CHECK(first(world.ask(world.web, {.anonymous_id = "a"}, {"home.hero"})) == "Dark");
}

TEST_CASE(
    "History is counted anew at every tick while nobody asks, and seldom while someone does") {
  World world;
  world.begin();
  for (int i = 0; i < 600; ++i) world.view("p" + std::to_string(i), "dark", 3);
  REQUIRE(world.publish(counting_dark()).aggregates_to_backfill == 1);
  const auto counted_by_tick = [&] {
    const uint64_t before = world.partition->counters().backfilled;
    world.partition->tick();
    return world.partition->counters().backfilled - before;
  };
  const auto ask = [&] { world.ask(world.web, {.anonymous_id = "p599"}, {"home.hero"}); };
  ask();
  (void)counted_by_tick();  // the first one is due
  ask();
  CHECK(counted_by_tick() == 0);
  world.clock.advance(ground::Duration{100});
  ask();
  CHECK(counted_by_tick() > 0);
  CHECK(counted_by_tick() > 0);  // nobody asked since
  CHECK_FALSE(world.partition->backfilling());
  CHECK(world.partition->counters().backfilled == 600);
}

TEST_CASE("[P4] A consent that arrives late holds for the words of its time, not for today's") {
  const std::string directory = temp_directory();
  World world(directory);
  world.begin();
  const auto consent = [&](const std::string& who, std::string_view at) {
    world.send(world.web, R"({"type":"track","event":"Consent Updated","anonymousId":")" + who +
                              R"(","messageId":")" + who + R"(","timestamp":")" + std::string(at) +
                              R"(","properties":{"purposes":{"recommend":true}}})");
  };
  const auto standing = [&](const std::string& who) {
    for (const auto& each : world.partition->purposes({.anonymous_id = who}, world.web))
      if (each.purpose == "recommend") return each.standing;
    return std::string();
  };
  consent("before", "2026-06-01T09:00:00Z");
  CHECK(standing("before") == "granted");
  world.clock.advance(ground::Duration::hours(2));  // 12:00
  ground::BrandFiles wider = brand();
  std::string& text = wider.files["purposes.yaml"];
  text.replace(text.find("to recommend"), 12, "to recommend and to tell our partners");
  CHECK(world.publish(wider).changed);
  CHECK(standing("before") == "text_changed");
  consent("late", "2026-06-01T11:59:00Z");
  consent("new", "2026-06-01T12:00:00Z");
  CHECK(standing("late") == "text_changed");
  CHECK(standing("new") == "granted");
  // The same after a restart, for what comes later still; and back to the old words, whose grants
  // hold again.
  world.open(directory);
  consent("later", "2026-06-01T11:00:00Z");
  CHECK(standing("later") == "text_changed");
  world.clock.advance(ground::Duration::hours(1));
  CHECK(world.publish(brand()).changed);
  CHECK(standing("late") == "granted");
  CHECK(standing("new") == "text_changed");
  std::filesystem::remove_all(directory);
  std::filesystem::remove_all(directory + "-keys");
}

TEST_CASE("[P2] A folder with an error changes nothing: the old snapshot stays") {
  World world;
  world.begin();
  const auto before = world.partition->snapshot();
  ground::BrandFiles broken = brand();
  broken.files["items/home.yaml"] += "- {id: x, slot: nowhere}\n";
  const auto published = world.partition->publish(broken);
  REQUIRE(published.has_value());
  CHECK_FALSE(published->changed);
  CHECK_FALSE(published->findings.empty());
  CHECK(world.partition->snapshot() == before);
  CHECK_FALSE(world.publish(brand()).changed);  // the same again is no new version
}

TEST_CASE("[P11] A server's word joins a device to its user; a browser's word does not") {
  World world;
  world.begin();
  world.view("device", "light-roast", 2);
  world.send(
      world.server,
      R"({"type":"identify","userId":"u","anonymousId":"device","messageId":"i","traits":{}})");
  CHECK(first(world.ask(world.server, {.user_id = "u"}, {"home.hero"})) ==
        "New to light roast? Start with these three.");
  world.send(
      world.web,
      R"({"type":"identify","userId":"u","anonymousId":"other","messageId":"j","traits":{}})");
  CHECK(first(world.ask(world.web, {.anonymous_id = "other"}, {"home.hero"})) == "Tsumugi Coffee");
}

TEST_CASE("Decisions of one moment have ids in their order, so that records are appended") {
  World world;
  world.begin();
  std::set<ground::DecisionId> ids;
  for (int i = 0; i < 400; ++i) {
    const Answer answer = world.ask(world.web, {.anonymous_id = "a"}, {"home.hero"});
    // Beyond 255 in a millisecond they are only different.
    if (i < 256 && !ids.empty()) CHECK(*ids.rbegin() < answer.id);
    CHECK(ids.insert(answer.id).second);
  }
  world.clock.advance({1});
  CHECK(*ids.rbegin() < world.ask(world.web, {.anonymous_id = "a"}, {"home.hero"}).id);
}

TEST_CASE("An unknown slot is answered as unknown, never as an error") {
  World world;
  world.begin();
  const Answer answer = world.ask(world.web, {.anonymous_id = "a"}, {"no.such", "home.hero"});
  CHECK(answer.unknown_slots == std::vector<std::string>{"no.such"});
  CHECK(answer_json(answer, Explain::none).find("unknown_slot") != std::string::npos);
}

TEST_CASE("Keys are known by what they are, may what they may, and end when revoked") {
  World world;
  world.begin();
  const auto made = world.partition->create_key(false, "web", {Scope::people, Scope::ingest});
  REQUIRE(made.has_value());
  CHECK(made->text.starts_with("pk_"));
  CHECK_FALSE(made->key.may(Scope::people));  // a public key never may
  CHECK(world.partition->check_key(made->text)->id == made->key.id);
  CHECK_FALSE(world.partition->check_key("pk_0000").has_value());
  CHECK(world.partition->revoke_key(made->key.id).has_value());
  CHECK_FALSE(world.partition->check_key(made->text).has_value());
  CHECK_FALSE(world.partition->create_key(false, "nowhere", {}).has_value());
}
