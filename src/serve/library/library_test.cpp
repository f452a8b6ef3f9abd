#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "aizuchi/aizuchi.h"

using namespace aizuchi;

namespace {

constexpr int64_t end_of_july_2017 = 1'501'545'599'000;

std::unique_ptr<Engine> open(EngineOptions options) {
  auto engine = Engine::open(std::move(options));
  REQUIRE(engine.has_value());
  const auto published = (*engine)->publish(AIZUCHI_FIRST_BRAND);
  REQUIRE(published.has_value());
  REQUIRE(published->live);
  return *std::move(engine);
}

std::string views(const std::string& when) {
  std::string out = "[";
  for (const char* id : {"1", "2"})
    out += std::string(out.size() > 1 ? "," : "") +
           R"({"type":"track","event":"Product Viewed","userId":"hana","messageId":")" + id +
           R"(","timestamp":")" + when + R"(","properties":{"category":"paper"}})";
  return out + "]";
}

SlotAnswer hero(Engine& engine) {
  return engine.decide({.person = {.user_id = "hana"}, .slots = {"home.hero"}}).slots.front();
}

}  // namespace

TEST_CASE("A year of the past is imported as of its own end, and its windows count") {
  const auto then = open({.now_ms = [] { return end_of_july_2017; }, .seed = 7});
  REQUIRE(then->ingest(views("2017-07-30T12:00:00Z"), "web")->accepted == 2);
  CHECK(hero(*then).reason == "chosen");

  const auto today = open({.seed = 7});
  REQUIRE(today->ingest(views("2017-07-30T12:00:00Z"), "web")->accepted == 2);
  CHECK(hero(*today).reason == "nothing_fits");
}

TEST_CASE("With a seed the same input gives the same decision") {
  const auto id = [] {
    const auto engine = open({.now_ms = [] { return end_of_july_2017; }, .seed = 7});
    return engine->decide({.person = {.user_id = "hana"}, .slots = {"home.hero"}}).decision_id;
  };
  CHECK(id() == id());
}

TEST_CASE("A seed never makes keys that are kept") {
  const std::string directory =
      (std::filesystem::temp_directory_path() / "aizuchi-library-test-seed").string();
  const auto engine = Engine::open({.data_directory = directory, .seed = 7});
  REQUIRE_FALSE(engine.has_value());
  CHECK(engine.error().code == "invalid");
  CHECK_FALSE(std::filesystem::exists(directory));
}

TEST_CASE("What an ingest refuses is named by its place in the batch") {
  const auto engine = open({.seed = 7});
  const auto outcome = engine->ingest(
      R"([{"type":"track","event":"Signed Up","userId":"a","properties":{"writes_with":"pencil"}},
          {"type":"track","userId":"hana"},
          {"type":"identify"}])",
      "member");
  REQUIRE(outcome.has_value());
  CHECK(outcome->accepted == 1);
  CHECK(outcome->traits_refused.empty());
  REQUIRE(outcome->refused.size() == 2);
  CHECK(outcome->refused[0].index == 1);
  CHECK(outcome->refused[1].index == 2);
}

TEST_CASE("An event with a value that is not of its fact's type is kept, and said to be so") {
  const auto engine = open({.seed = 7});
  const auto outcome = engine->ingest(
      R"([{"type":"unreadable"},{"type":"track","userId":"a"},
          {"type":"track","event":"Signed Up","userId":"a","properties":{"writes_with":"pencil"}},
          {"type":"track","event":"Signed Up","userId":"b","properties":{"writes_with":"brush"}}])",
      "member");
  REQUIRE(outcome.has_value());
  CHECK(outcome->accepted == 2);
  CHECK(outcome->traits_refused == std::vector<size_t>{3});
}

TEST_CASE("A folder that lacks something of the live one needs leave to remove it") {
  namespace fs = std::filesystem;
  const fs::path copy = fs::temp_directory_path() / "aizuchi-library-test-brand";
  fs::remove_all(copy);
  fs::copy(AIZUCHI_FIRST_BRAND, copy, fs::copy_options::recursive);
  std::ofstream(copy / "items" / "more.yaml") << "- {id: more, title: more, slot: home.hero, "
                                                 "layer: surface, intent: tell, when: visits > 9,"
                                                 " speaks: [], wordings: [{say: {ja: {title: "
                                                 "もっと, lead: もっと}, en: {title: More, lead: "
                                                 "More}}}]}\n";
  const auto engine = open({.seed = 7});
  REQUIRE((*engine).publish(copy.string())->live);
  const auto refused = engine->publish(AIZUCHI_FIRST_BRAND);
  REQUIRE(refused.has_value());
  CHECK_FALSE(refused->live);
  CHECK(refused->version == 2);
  CHECK(engine->publish(AIZUCHI_FIRST_BRAND, Removals::allow)->version == 3);
  fs::remove_all(copy);
}
