#include "serve/partition/partition_probe.h"

using namespace aizuchi;
using namespace aizuchi::serve;

namespace {

// The brand with another title for its hero.
ground::BrandFiles titled(std::string_view title) {
  ground::BrandFiles out = brand();
  std::string& items = out.files["items/home.yaml"];
  const std::string_view old = "en: {title: Tsumugi Coffee}";
  items.replace(items.find(old), old.size(), "en: {title: " + std::string(title) + "}");
  return out;
}

ground::BrandFiles with_more() {
  ground::BrandFiles out = brand();
  out.files["items/more.yaml"] =
      "- id: cta-more\n  title: more\n  slot: home.cta\n  layer: surface\n  intent: help\n"
      "  when: visits >= 2\n  speaks: []\n"
      "  wordings: [{say: {ja: {label: もっと}, en: {label: More}}}]\n";
  return out;
}

std::string hero(World& world) {
  return first(world.ask(world.web, {.anonymous_id = "a"}, {"home.hero"}));
}

void pass_days(World& world, int days) {
  world.clock.advance(ground::Duration::days(days));
  world.partition->tick();
}

}  // namespace

TEST_CASE("What was published is listed newest first, with when, by whom and how much changed") {
  World world;
  CHECK(world.partition->versions()->empty());
  world.begin();
  world.clock.advance(ground::Duration::minutes(1));
  REQUIRE(world.partition->publish(titled("Two"), {.by = "1a2b3c4d"})->version == 2);
  const auto versions = world.partition->versions();
  REQUIRE(versions.has_value());
  REQUIRE(versions->size() == 2);
  CHECK((*versions)[0].version == 2);
  CHECK((*versions)[0].by == "1a2b3c4d");
  CHECK((*versions)[0].at == world.clock.now());
  CHECK((*versions)[0].changed == 1);
  CHECK((*versions)[0].added == 0);
  CHECK((*versions)[1].version == 1);
  CHECK((*versions)[1].added > 10);
  CHECK(world.partition->published_files()->files == titled("Two").files);
  CHECK(world.partition->published_files(1)->files == brand().files);
  CHECK(world.partition->published_files(3).error().code == ground::ErrorCode::not_found);
}

TEST_CASE("What publishing would take away stays until someone says that it may go") {
  World world;
  world.begin();
  REQUIRE(world.publish(with_more()).changed);
  const Published refused = world.publish(titled("Fewer"));
  CHECK_FALSE(refused.changed);
  CHECK(refused.needs_prune);
  CHECK(refused.changes.removed == 1);
  CHECK(refused.changes.lines ==
        std::vector<std::string>{"~ item hero-default: wordings", "- item cta-more"});
  CHECK(refused.version == 2);
  CHECK(hero(world) == "Tsumugi Coffee");
  CHECK(world.partition->plan(titled("Fewer"))->needs_prune);
  const auto pruned = world.partition->publish(titled("Fewer"), {.prune = true});
  CHECK(pruned->changed);
  CHECK_FALSE(pruned->needs_prune);
  CHECK(hero(world) == "Fewer");
}

TEST_CASE("Rolling back makes an old folder live again as a new version, added things gone") {
  World world;
  CHECK_FALSE(world.partition->rollback(0, "cli").has_value());
  world.begin();
  CHECK(world.partition->rollback(0, "cli").error().code == ground::ErrorCode::not_found);
  world.publish(titled("Two"));
  world.publish(with_more());
  const auto back = world.partition->rollback(2, "1a2b3c4d");
  REQUIRE(back.has_value());
  CHECK(back->changed);
  CHECK(back->version == 4);
  CHECK(hero(world) == "Two");
  CHECK(world.partition->published_files()->files == titled("Two").files);
  CHECK(world.partition->versions()->front().rollback_of == 2);
  CHECK(world.partition->versions()->front().by == "1a2b3c4d");
  CHECK(world.partition->rollback(0, "cli")->version == 5);
  CHECK(world.partition->published_files()->files == with_more().files);
  CHECK_FALSE(world.partition->rollback(3, "cli")->changed);  // it is what is live
  CHECK(world.partition->rollback(77, "cli").error().code == ground::ErrorCode::not_found);
}

TEST_CASE("Versions and their notes are there after a restart") {
  const std::string directory = temp_directory();
  World world(directory);
  world.begin();
  world.publish(titled("Two"));
  world.open(directory);
  CHECK(world.partition->versions()->size() == 2);
  REQUIRE(world.partition->rollback(1, "cli")->changed);
  CHECK(hero(world) == "Tsumugi Coffee");
  std::filesystem::remove_all(directory);
  std::filesystem::remove_all(directory + "-keys");
}

TEST_CASE("A version goes 90 days after it was replaced, its decisions with their 90 days") {
  World world;
  world.begin();
  const Answer old = world.ask(world.web, {.anonymous_id = "a"}, {"home.hero"});
  pass_days(world, 10);
  const Answer late = world.ask(world.web, {.anonymous_id = "a"}, {"home.hero"});
  world.publish(titled("Two"));
  pass_days(world, 85);
  CHECK(world.partition->explain(old.id, {}, world.server).error().code ==
        ground::ErrorCode::not_found);
  const auto kept = world.partition->explain(late.id, {}, world.server);
  REQUIRE(kept.has_value());
  CHECK(kept->differences == std::vector<std::string>{""});
  CHECK(world.partition->versions()->size() == 2);
  pass_days(world, 4);  // the version was live until 89 days ago
  CHECK(world.partition->versions()->size() == 2);
  pass_days(world, 2);
  CHECK_FALSE(world.partition->explain(late.id, {}, world.server).has_value());
  REQUIRE(world.partition->versions()->size() == 1);
  CHECK(world.partition->versions()->front().version == 2);
  pass_days(world, 400);  // the live one stays however old it is
  CHECK(world.partition->versions()->size() == 1);
  CHECK(hero(world) == "Two");
}
