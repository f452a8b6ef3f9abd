#include "serve/evaluate/questionnaire_protocol.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "ground/base/hash.h"
#include "ground/base/json.h"
#include "ground/base/test_folder.h"
#include "understand/resonance/belief.h"

namespace aizuchi::serve {

using ground::test::TestFolder;

namespace {

// Three traits of eight items each, graded 1 to 5; every third counts the other way; each trait's
// items say more and more of it.
std::string made_answers(size_t people, uint64_t seed) {
  auto normal = [at = ground::mix64(seed)]() mutable {
    const auto whole = static_cast<double>(ground::mix64(at++) >> 11);
    return understand::normal_below_inverse((whole + 0.5) / 0x1p53);
  };
  std::string out = "person,age,gender,country";
  for (const char* trait : {"CALM", "OPEN", "KIND"})
    for (int i = 1; i <= 8; ++i) out += "," + (trait + std::to_string(i));
  out += "\n";
  for (size_t p = 0; p < people; ++p) {
    out += std::to_string(p) + "," + std::to_string(18 + p % 50) + ",1,JP";
    const double shared = normal();
    for (int trait = 0; trait < 3; ++trait) {
      const double t = 0.4 * shared + normal();
      for (int i = 0; i < 8; ++i) {
        const double sign = i % 3 == 2 ? -1 : 1;
        const double felt = 3 + sign * (0.4 + 0.08 * i) * t + 0.8 * normal();
        out += "," + std::to_string(std::clamp(static_cast<int>(std::lround(felt)), 1, 5));
      }
    }
    out += "\n";
  }
  return out;
}

QuestionnaireReport report_of(const QuestionnaireFiles& files, bool at_random = false,
                              size_t questions = 6) {
  auto report = evaluate_questionnaire(
      {.files = files, .questions = questions, .at_random = at_random, .progress = {}});
  REQUIRE_MESSAGE(report, report.error().message);
  return *std::move(report);
}

std::string refusal(const QuestionnaireFiles& files, size_t questions = 6) {
  const auto report =
      evaluate_questionnaire({.files = files, .questions = questions, .progress = {}});
  REQUIRE_FALSE(report);
  return report.error().message;
}

}  // namespace

TEST_CASE("Scales are known better with each item, and better when the items are chosen") {
  const TestFolder folder({{"a.csv", made_answers(900, 1)}});
  const QuestionnaireReport chosen = report_of({.data = folder.path() + "/a.csv"});
  const QuestionnaireReport chance = report_of({.data = folder.path() + "/a.csv"}, true);
  CHECK(chosen.items == 24);
  CHECK(chosen.asked == 900);
  REQUIRE(chosen.scales.size() == 3);
  for (const auto& scale : chosen.scales) CHECK((scale.items == 8 && scale.people == 900));
  MESSAGE("chosen " << chosen.r[2] << " " << chosen.r[5] << ", random " << chance.r[2] << " "
                    << chance.r[5]);
  CHECK(std::ranges::is_sorted(chosen.r));
  // Two items of eight a scale. By the made loadings the best two make .84 to .88.
  CHECK(chosen.r.back() == doctest::Approx(0.86).epsilon(0.03));
  CHECK(chosen.r.back() > chance.r.back() + 0.05);
  CHECK(chosen.r_unasked > 0.3);
  // The items that say most of each trait are asked, two of each.
  REQUIRE(chosen.first.size() == 6);
  for (const char* trait : {"CALM", "OPEN", "KIND"})
    CHECK(std::ranges::count_if(chosen.first, [&](const auto& item) {
            return item.starts_with(trait) && item.back() >= '5';
          }) == 2);
  CHECK(chance.first.empty());
}

TEST_CASE("What is no item is left out by name; named items must hold grades") {
  const TestFolder folder({{"a.csv", made_answers(300, 2)}});
  const std::string file = folder.path() + "/a.csv";
  const QuestionnaireReport report = report_of({.data = file});
  CHECK(report.left_out == std::vector<std::string>{"person (more than eleven numbers)",
                                                    "age (more than eleven numbers)",
                                                    "gender (about people)", "country (words)"});
  const QuestionnaireReport some =
      report_of({.data = file, .items = {"CALM1", "CALM2", "CALM3", "CALM8"}}, false, 2);
  CHECK(some.items == 4);
  CHECK(some.scales.size() == 1);
  CHECK(refusal({.data = file, .items = {"CALM1", "CALM2", "country"}}) ==
        file + ":2: column \"country\": expected a grade as a number, or nothing.");
  CHECK(refusal({.data = file, .items = {"CALM9"}}) == file + " has no column \"CALM9\".");
}

TEST_CASE("A file says which items make a scale, and which way they count") {
  const TestFolder folder(
      {{"a.csv", made_answers(300, 3)},
       {"scales.csv", "item,scale,key\nCALM1,calm,+\nCALM3,calm,-\nCALM8,calm,1\nOPEN8,open,\n"},
       {"wrong.csv", "item,scale,key\nCALM1,calm,*\n"},
       {"nobody.csv", "item,scale\nCALM99,calm\n"}});
  const std::string file = folder.path() + "/a.csv";
  const QuestionnaireReport report =
      report_of({.data = file, .scales = folder.path() + "/scales.csv"}, false, 4);
  REQUIRE(report.scales.size() == 2);
  CHECK(report.scales[0].name == "calm");
  CHECK(report.scales[0].items == 3);
  // All four items of both scales are asked, and then both are known.
  CHECK(report.r.back() == doctest::Approx(1).epsilon(1e-9));
  CHECK(refusal({.data = file, .scales = folder.path() + "/wrong.csv"}) ==
        folder.path() + "/wrong.csv:2: key: expected + or -.");
  CHECK(refusal({.data = file, .scales = folder.path() + "/nobody.csv"}) ==
        folder.path() + "/nobody.csv:2: \"CALM99\" is no item of " + file + ".");
}

TEST_CASE("Whoever left items out is asked others; a scale counts who answered all of it") {
  std::string rows = "a1,a2,a3,b1,b2,b3\n";
  for (size_t p = 0; p < 200; ++p) {
    const size_t a = 1 + ground::mix64(p) % 5, b = 1 + ground::mix64(p + 1000) % 5;
    rows += (p % 4 == 0 ? std::string("0") : std::to_string(a)) + "," + std::to_string(a) + "," +
            std::to_string(6 - a) + "," + std::to_string(b) + "," + std::to_string(b) + "," +
            std::to_string(6 - b) + "\n";
  }
  const TestFolder folder({{"a.csv", rows}});
  const QuestionnaireReport report =
      report_of({.data = folder.path() + "/a.csv", .absent = {"0"}}, false, 2);
  REQUIRE(report.scales.size() == 2);
  CHECK(report.scales[0].people == 150);
  CHECK(report.scales[1].people == 200);
  CHECK(report.r.back() > 0.999);  // each scale is one thing said three times
}

TEST_CASE("Too few people or items are told, with what was looked for") {
  const TestFolder folder(
      {{"few.csv", made_answers(40, 4)}, {"words.csv", "a,b\nyes,no\n"}, {"none.csv", ""}});
  CHECK(refusal({.data = folder.path() + "/few.csv"}).starts_with("40 of 40 people in "));
  CHECK(refusal({.data = folder.path() + "/words.csv"}) ==
        folder.path() + "/words.csv has 0 columns of grades; expected 3 to 400.");
  CHECK(refusal({.data = folder.path() + "/none.csv"}).ends_with("none.csv has no rows."));
  CHECK(refusal({.data = folder.path() + "/few.csv"}, 25).starts_with("0 of 40 people in "));
}

TEST_CASE("The same seed gives the same figures, and the report can be read by a program") {
  const TestFolder folder({{"a.csv", made_answers(300, 5)}});
  const std::string file = folder.path() + "/a.csv";
  CHECK(report_of({.data = file}, true).r == report_of({.data = file}, true).r);
  const auto json = ground::parse_json(to_json(report_of({.data = file})));
  REQUIRE(json);
  CHECK(json->find("metrics")->find("r@6") != nullptr);
}

}  // namespace aizuchi::serve
