#include "serve/partition/partition_probe.h"

using namespace aizuchi;
using namespace aizuchi::serve;
using ground::Value;

namespace {

ground::Result<Answer> preview(World& world, const std::string& persona, std::string slot,
                               const std::string& now = "") {
  Ask ask{.slots = {std::move(slot)},
          .context = World::context(),
          .mode = ground::Mode::preview,
          .persona = *ground::parse_json(persona)};
  if (!now.empty()) ask.now = ground::parse_instant(now);
  return world.partition->preview(ask, world.form);
}

std::string said(World& world, const std::string& persona, std::string slot) {
  const auto answer = preview(world, persona, std::move(slot));
  REQUIRE_MESSAGE(answer.has_value(), answer.error().message << answer.error().hint);
  return first(*answer);
}

constexpr const char* two_views =
    R"("events":[{"type":"track","event":"Product Viewed","messageId":"1",
                  "properties":{"category":"light-roast"}},
                 {"type":"track","event":"Product Viewed","messageId":"2",
                  "properties":{"category":"light-roast"}}])";

// Everything that a preview must leave as it is.
struct Digest {
  std::string person;
  uint64_t commits, bytes;
  std::vector<uint64_t> counters;
  bool operator==(const Digest&) const = default;
};

Digest digest(World& world) {
  REQUIRE(world.partition->flush().has_value());
  const Counters& c = world.partition->counters();
  Digest out{.person = *world.partition->person_json({.user_id = "u"}),
             .commits = world.partition->store_stats().commits,
             .bytes = world.partition->store_stats().bytes,
             .counters = {c.events_accepted, c.events_duplicate, c.decisions, c.slots, c.fallbacks,
                          c.silences, c.exposures, c.people_created, c.slots_with_withheld}};
  for (const uint64_t n : c.layers) out.counters.push_back(n);
  for (const uint64_t n : c.stage_us) out.counters.push_back(n);
  return out;
}

}  // namespace

TEST_CASE("A preview writes nothing, counts nothing and charges nothing") {
  World world;
  world.begin();
  world.send(world.form, R"({"type":"identify","userId":"u","messageId":"i1",
                             "traits":{"job":"sales"}})");
  (void)world.ask(world.form, {.user_id = "u"}, {"home.cta"});
  (void)digest(world);  // what was pending is written
  const Digest idle_before = digest(world);
  const Digest before = digest(world);
  Ask ask{.person = {.user_id = "u"},
          .slots = {"home.hero", "home.cta", "news.subject"},
          .context = World::context(),
          .mode = ground::Mode::preview};
  ask.events = *ground::parse_json(
      R"([{"type":"track","event":"Product Viewed","userId":"u","messageId":"e1",
           "properties":{"category":"light-roast"}},
          {"type":"track","event":"Product Viewed","userId":"u","messageId":"e2",
           "properties":{"category":"light-roast"}}])");
  ask.now = ground::parse_instant("2026-12-24T18:00:00Z");
  for (int i = 0; i < 20; ++i) {
    const auto answer = world.partition->preview(ask, world.form);
    REQUIRE(answer.has_value());
    CHECK(first(*answer) == "New to light roast? Start with these three.");
    CHECK_FALSE(world.partition->explain(answer->id, {}, world.form).has_value());
    REQUIRE(
        preview(world, std::string(R"({"facts":{"job":"sales"},)") + two_views + "}", "home.hero")
            .has_value());
    (void)world.partition->decide(ask, world.form);
  }
  const Digest after = digest(world);
  CHECK(after.person == before.person);
  CHECK(after.counters == before.counters);
  // explain() waits behind an empty commit; but for that, what an idle flush writes and no more.
  CHECK(after.bytes - before.bytes == before.bytes - idle_before.bytes);
}

TEST_CASE("A person as they are: a preview says what the next decision says, caps included") {
  World world;
  world.begin();
  world.view("a", "light-roast", 2);
  Ask ask{.person = {.anonymous_id = "a"},
          .slots = {"home.hero"},
          .context = World::context(),
          .mode = ground::Mode::preview};
  const auto previewed = world.partition->preview(ask, world.web);
  const Answer live = world.ask(world.web, {.anonymous_id = "a"}, {"home.hero"});
  CHECK(slot_json(previewed->draft.slots[0], *previewed->snapshot, previewed->locale, {},
                  Explain::person) ==
        slot_json(live.draft.slots[0], *live.snapshot, live.locale, {}, Explain::person));
}

TEST_CASE("A persona is only described: facts, events, consents, phase") {
  World world;
  world.begin();
  CHECK(said(world, "{}", "home.cta") == "Have a look");
  CHECK(said(world, R"({"facts":{"job":"sales"}})", "home.cta") == "Choose a gift");
  CHECK(said(world, std::string("{") + two_views + "}", "home.hero") ==
        "New to light roast? Start with these three.");
  const std::string letter = R"("facts":{"job":"sales"},)" + std::string(two_views);
  const auto closed = preview(world, "{" + letter + "}", "news.subject");
  CHECK(closed->draft.slots[0].reason == decide::Reason::no_consent);
  const auto open = preview(world, "{" + letter + R"(,"consents":["mail"]})", "news.subject");
  CHECK(open->draft.slots[0].reason != decide::Reason::no_consent);
  const auto refused =
      preview(world, "{" + letter + R"(,"consents":{"mail":false}})", "news.subject");
  CHECK(refused->draft.slots[0].reason == decide::Reason::no_consent);
  // A visitor whom only the device knows is not told what was said at sign-up.
  CHECK(preview(world, R"({"facts":{"job":"sales"},"assurance":"A1"})", "home.cta").has_value());
  CHECK(world.partition->counters().people_created == 0);
}

TEST_CASE("A persona's phase is the one that is given") {
  World world;
  world.begin();
  ground::BrandFiles files = brand();
  files.files["items/more.yaml"] =
      "- id: cta-regular\n  title: regulars\n  slot: home.cta\n  layer: surface\n  intent: thank\n"
      "  phases: [regular]\n  speaks: []\n"
      "  wordings: [{say: {ja: {label: いつもの}, en: {label: As always}}}]\n";
  REQUIRE(world.publish(files).changed);
  CHECK(said(world, R"({"phase":"regular"})", "home.cta") == "As always");
  CHECK(said(world, "{}", "home.cta") == "Have a look");
}

TEST_CASE("The clock of a preview can be moved") {
  World world;
  world.begin();
  ground::BrandFiles files = brand();
  files.files["items/more.yaml"] =
      "- id: cta-winter\n  title: winter\n  slot: home.cta\n  layer: surface\n  intent: tell\n"
      "  speaks: []\n  window: {from: 2026-12-01, until: 2026-12-31}\n"
      "  wordings: [{say: {ja: {label: 冬}, en: {label: Winter}}}]\n";
  REQUIRE(world.publish(files).changed);
  CHECK(first(*preview(world, "{}", "home.cta", "2026-12-24T18:00:00Z")) == "Winter");
  CHECK(first(*preview(world, "{}", "home.cta", "2027-01-02T18:00:00Z")) == "Have a look");
  CHECK(first(*preview(world, "{}", "home.cta")) == "Have a look");
}

TEST_CASE("What a persona cannot be is said, with what was meant") {
  World world;
  world.begin();
  const auto wrong = [&](const std::string& persona) {
    const auto answer = preview(world, persona, "home.cta");
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().code == ground::ErrorCode::invalid);
    return answer.error().message + " " + answer.error().hint;
  };
  CHECK(wrong(R"({"fact":{}})").ends_with("Did you mean facts?"));
  CHECK(wrong(R"({"facts":{"jobb":"sales"}})").ends_with("Did you mean job?"));
  CHECK(wrong(R"({"facts":{"job":"astronaut"}})").starts_with("The value of job"));
  CHECK(wrong(R"({"consents":["mial"]})").ends_with("Did you mean mail?"));
  CHECK(wrong(R"({"consents":7})").starts_with("\"consents\""));
  CHECK(wrong(R"({"phase":"lost"})").starts_with("\"phase\""));
  CHECK(wrong(R"({"assurance":"A9"})").starts_with("\"assurance\""));
  CHECK(wrong(R"({"source":"nowhere"})").starts_with("The preview's source"));
  CHECK(wrong(R"({"events":[{"type":"track"}]})").starts_with("Event 0"));
  CHECK(wrong(R"([])").starts_with("\"persona\""));
}
