#include "serve/partition/survey.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "serve/partition/answer.h"

using namespace aizuchi;
using namespace aizuchi::serve;

namespace {

// The small brand with a few concerns, and as many people as a test needs.
struct Town {
  ground::ManualClock clock{*ground::parse_instant("2026-06-01T10:00:00Z")};
  ground::SeededDice dice{11};
  std::unique_ptr<Partition> partition =
      *Partition::open({.data_directory = "", .sync = false, .clock = &clock, .dice = &dice});
  ground::BrandFiles brand =
      *ground::read_brand_folder(std::string(AIZUCHI_ROOT) + "/tests/brands/small");
  Key form;
  int people = 0;

  Town() {
    brand.files["concerns.yaml"] =
        "concerns:\n"
        "  too-heavy: {says: {ja: 重い, en: too heavy}, when: facts.job == 'sales'}\n"
        "  too-bitter: {says: {ja: 苦い, en: too bitter}, when: facts.job == 'other'}\n";
    brand.files["items/more.yaml"] = item("light-box", "home.hero", "serves: [too-heavy], ") +
                                     item("mild", "home.hero", "serves: [too-bitter], ");
    REQUIRE(partition->publish(brand)->changed);
    form = partition->create_key(true, "form", {Scope::ingest})->key;
  }
  static std::string item(std::string_view id, std::string_view slot, std::string_view more) {
    return fmt::format("- {{id: {}, slot: {}, {}wordings: [{{say: {{title: {}}}}}]}}\n", id, slot,
                       more, id);
  }
  void arrive(int n, std::string_view job) {
    std::string batch;
    for (int i = 0; i < n; ++i, ++people) {
      batch += (batch.empty() ? "" : ",") +
               fmt::format(R"({{"type":"identify","userId":"u{}","messageId":"m{}",)"
                           R"("traits":{{"job":"{}"}}}})",
                           people, people, job);
      if (i % 400 == 399 || i == n - 1) {
        const auto sent =
            partition->ingest_and_wait(fmt::format(R"({{"batch":[{}]}})", batch), form);
        REQUIRE(sent.has_value());
        batch.clear();
      }
    }
  }
  std::vector<ground::Finding> plan() { return partition->plan(brand)->findings; }
};

std::vector<ground::Finding> of(const std::vector<ground::Finding>& all, std::string_view rule) {
  std::vector<ground::Finding> out;
  std::ranges::copy_if(all, std::back_inserter(out),
                       [&](const ground::Finding& f) { return f.rule == rule; });
  return out;
}

}  // namespace

TEST_CASE("[P3] Publishing shows what a reader can conclude, and how many readers there are") {
  Town town;
  town.arrive(130, "sales");
  town.arrive(5, "other");
  town.brand.files["items/new.yaml"] =
      "- id: for-sales\n  slot: home.cta\n  when: facts.job == 'sales'\n  speaks: [job]\n"
      "  wordings:\n    - say: {title: A box for your sales calls}\n"
      "- id: for-others\n  slot: home.cta\n  when: facts.job == 'other'\n  speaks: [job]\n"
      "  wordings:\n    - say: {title: A box for your desk}\n";
  const auto told = of(town.plan(), "concludes");
  REQUIRE(told.size() == 2);
  CHECK(told[0].severity == ground::Severity::note);
  CHECK(told[0].text == "for-sales");
  CHECK(told[0].place.file == "items/new.yaml");
  CHECK(told[0].expected == "a reader can conclude job; 130 people");
  // Five people are not told apart from none: nobody is looked at through a rule.
  CHECK(told[1].expected == "a reader can conclude job; fewer than 20 people");
  // Only what this publish changes.
  const auto published = town.partition->publish(town.brand);
  REQUIRE(published->changed);
  CHECK(of(published->findings, "concludes").size() == 2);
  CHECK(of(town.plan(), "concludes").empty());
}

TEST_CASE("[P9] An item that hardly anybody qualifies for is told, with the reason") {
  Town town;
  town.arrive(190, "sales");
  town.brand.files["items/new.yaml"] =
      Town::item("for-cooks", "home.cta", "when: facts.job == 'other', speaks: [], ") +
      Town::item("all-the-same", "home.cta", "") +
      Town::item("next-year", "home.cta",
                 "when: facts.job == 'other', speaks: [], window: {from: 2027-01-01}, ") +
      Town::item("on-phones", "home.cta", "when: context.device == 'phone', ") +
      Town::item("new-count", "home.cta", "when: count('Page Viewed') > 3, speaks: [], ");
  CHECK(of(town.plan(), "never-qualifies").empty());  // of so few people it says nothing
  town.arrive(15, "other");
  const auto found = of(town.plan(), "never-qualifies");
  std::vector<std::string> names;
  for (const auto& finding : found) names.push_back(finding.text);
  // No mail was consented to; what rests on the visit or is not counted yet is not judged.
  CHECK(names == std::vector<std::string>{"hero-light", "subject-sales", "for-cooks"});
  CHECK(found[1].expected ==
        "fewer than 20 of 205 people can be told this today; most often its "
        "slots ask for a consent that was not given");
  CHECK(found[2].expected ==
        "fewer than 20 of 205 people can be told this today; most often its rule does not hold");
  CHECK(found[2].severity == ground::Severity::warning);
}

TEST_CASE("[P9] An empty cell of the coverage map is told when there are people in it") {
  Town town;
  town.arrive(60, "sales");
  town.arrive(19, "other");
  CHECK(of(town.plan(), "coverage").empty());
  // Nothing for a worried newcomer any more; nineteen others are too few to be told of.
  town.brand.files["items/more.yaml"] =
      Town::item("light-box", "home.hero", "serves: [too-heavy], phases: [regular], ") +
      Town::item("mild", "home.hero", "serves: [too-bitter], phases: [regular], ");
  auto found = of(town.plan(), "coverage");
  REQUIRE(found.size() == 1);
  CHECK(found[0].text == "too-heavy");
  CHECK(found[0].place.file == "concerns.yaml");
  CHECK(found[0].expected ==
        "web has nothing to say on it to people in the phase 'visitor'; 60 people");
  // Served elsewhere on the channel: then the hole is the slot's.
  town.brand.files["items/more.yaml"] += Town::item("box", "home.cta", "serves: [too-heavy], ");
  found = of(town.plan(), "coverage");
  REQUIRE(found.size() == 1);
  CHECK(found[0].expected ==
        "home.hero has nothing to say on it to people in the phase 'visitor'; 60 people");
}

TEST_CASE("Of many people a sample is asked, and the figure says about how many they are") {
  Town town;
  town.arrive(6'000, "sales");
  town.brand.files["items/new.yaml"] =
      Town::item("for-sales", "home.cta", "when: facts.job == 'sales', speaks: [job], ");
  Partition::PublishTask task = town.partition->begin_publish(town.brand);
  task.compile();
  int slices = 1;
  while (!town.partition->count_some(task, 0)) ++slices;
  CHECK(slices > 10);  // decisions get their turn between them
  const auto told = of(task.compiled.findings, "concludes");
  REQUIRE(told.size() == 1);
  INFO(told[0].expected);
  int about = 0;
  const size_t at = told[0].expected.find("about ");
  REQUIRE(at != std::string::npos);
  for (const char c : told[0].expected.substr(at))
    if (c >= '0' && c <= '9') about = about * 10 + (c - '0');
  CHECK(about > 5'000);
  CHECK(about < 7'000);
}

TEST_CASE("Counting changes nothing: no decision, no record, no cap") {
  Town town;
  town.arrive(30, "sales");
  const Counters before = town.partition->counters();
  (void)town.plan();
  CHECK(town.partition->counters().decisions == before.decisions);
  CHECK(town.partition->counters().exposures == before.exposures);
  const auto person = town.partition->person_json({.user_id = "u1"});
  REQUIRE(person.has_value());
  CHECK(person->find(R"("said":0)") != std::string::npos);
}
