#include "serve/partition/partition_probe.h"

using namespace aizuchi;
using namespace aizuchi::serve;

namespace {

const decide::Candidate& candidate(const Answer& answer, std::string_view name) {
  const auto& slot = answer.draft.slots.at(0);
  for (const decide::Candidate& each : slot.candidates)
    if (each.item.valid() && answer.snapshot->items[each.item.index].name == name) return each;
  FAIL("no such candidate");
  return slot.candidates.front();
}

Answer ask_hero(World& world) {
  return world.ask(world.web, {.anonymous_id = "a"}, {"home.hero"});
}

Stop item(std::string name) {
  return {.kind = StopKind::item, .name = std::move(name), .by = "1a2b3c4d", .why = "wrong price"};
}
Stop channel(std::string name) {
  return {.kind = StopKind::channel, .name = std::move(name), .by = "cli"};
}

std::string replayed(World& world, const Answer& answer) {
  const auto explained = world.partition->explain(answer.id, {}, world.server);
  REQUIRE(explained.has_value());
  return explained->differences.at(0);
}

}  // namespace

TEST_CASE("[P10] A stopped item is not said from the next decision on, until it is started") {
  World world;
  world.begin();
  world.view("a", "light-roast", 2);
  const Answer before = ask_hero(world);
  CHECK(first(before) == "New to light roast? Start with these three.");
  REQUIRE(world.partition->stop(item("hero-light")).has_value());
  const Answer stopped = ask_hero(world);
  CHECK(first(stopped) == "Tsumugi Coffee");
  CHECK(candidate(stopped, "hero-light").drop == decide::Drop::stopped);
  CHECK(answer_json(stopped, Explain::operator_view).find(R"("dropped":"stopped")") !=
        std::string::npos);
  CHECK(replayed(world, stopped) == "");
  CHECK(replayed(world, before) == "");  // of before the stop
  REQUIRE(world.partition->start(StopKind::item, "hero-light", "cli").has_value());
  CHECK(first(ask_hero(world)) == "New to light roast? Start with these three.");
  CHECK(replayed(world, stopped) == "");  // and of after its end
}

TEST_CASE("A stopped default is not said either: the slot is empty rather than wrong") {
  World world;
  world.begin();
  REQUIRE(world.partition->stop(item("hero-default")).has_value());
  const Answer answer = ask_hero(world);
  CHECK(answer.draft.slots[0].picks.empty());
  CHECK(replayed(world, answer) == "");
}

TEST_CASE("A stopped channel answers a page with its default, a letter with silence, and says so") {
  World world;
  world.begin();
  world.view("a", "light-roast", 2);
  REQUIRE(world.partition->stop(channel("web")).has_value());
  const Answer page = ask_hero(world);
  CHECK(first(page) == "Tsumugi Coffee");
  CHECK(page.draft.slots[0].reason == decide::Reason::stopped);
  CHECK(replayed(world, page) == "");
  REQUIRE(world.partition->stop(channel("email")).has_value());
  const Answer letter = world.ask(world.server, {.user_id = "u"}, {"news.subject"});
  CHECK(letter.draft.slots[0].picks.empty());
  CHECK(letter.draft.slots[0].reason == decide::Reason::stopped);
  CHECK(world.partition->counters().stopped == 2);
  REQUIRE(world.partition->start(StopKind::channel, "web", "cli").has_value());
  CHECK(first(ask_hero(world)) == "New to light roast? Start with these three.");
}

TEST_CASE("A stop is kept with who and when, through a restart and a publish") {
  const std::string directory = temp_directory();
  World world(directory);
  world.begin();
  world.view("a", "light-roast", 2);
  REQUIRE(world.partition->stop(item("hero-light")).has_value());
  const ground::Instant at = world.clock.now();
  world.clock.advance(ground::Duration::minutes(5));
  world.open(directory);
  ground::BrandFiles files = brand();
  files.files["audiences.yaml"] = "audiences:\n  often: {title: often, rule: visits > 3}\n";
  const auto planned = world.partition->plan(files);
  REQUIRE(planned->stops.size() == 1);
  CHECK(planned->stops[0].name == "hero-light");
  CHECK(world.publish(files).stops.size() == 1);
  CHECK(first(ask_hero(world)) == "Tsumugi Coffee");
  const auto stops = world.partition->stops();
  REQUIRE(stops.size() == 1);
  CHECK(stops[0].at == at);
  CHECK(stops[0].by == "1a2b3c4d");
  CHECK(stops[0].why == "wrong price");
  REQUIRE(world.partition->start(StopKind::item, "hero-light", "5e6f7a8b").has_value());
  world.open(directory);
  CHECK_FALSE(world.partition->stops().at(0).active());
  CHECK(world.partition->stops().at(0).lifted_by == "5e6f7a8b");
  CHECK(world.partition->plan(files)->stops.empty());
  std::filesystem::remove_all(directory);
  std::filesystem::remove_all(directory + "-keys");
}

TEST_CASE("Stopping what is not there names what was meant; stopping twice keeps the first") {
  World world;
  CHECK_FALSE(world.partition->stop(item("hero-light")).has_value());
  world.begin();
  const auto wrong = world.partition->stop(item("hero-lihgt"));
  CHECK(wrong.error().code == ground::ErrorCode::not_found);
  CHECK(wrong.error().hint == "did you mean hero-light?");
  CHECK(world.partition->stop(channel("post")).error().code == ground::ErrorCode::not_found);
  CHECK(world.partition->start(StopKind::item, "hero-light", "cli").error().code ==
        ground::ErrorCode::not_found);
  REQUIRE(world.partition->stop(item("hero-light")).has_value());
  world.clock.advance(ground::Duration::minutes(5));
  Stop again = item("hero-light");
  again.by = "cli";
  CHECK(world.partition->stop(again)->by == "1a2b3c4d");
  CHECK(
      world.partition->stop({.name = "hero-default", .why = std::string(501, 'x')}).error().code ==
      ground::ErrorCode::too_large);
}
