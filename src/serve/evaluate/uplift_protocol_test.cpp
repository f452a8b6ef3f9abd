#include "serve/evaluate/uplift_protocol.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "ground/base/dice.h"
#include "ground/base/test_folder.h"
#include "serve/evaluate/uplift_model.h"

namespace aizuchi::serve {

using ground::test::TestFolder;

namespace {

double unit(ground::Dice& dice) {
  return static_cast<double>(dice.next_u64() >> 11) * 0x1p-53;
}

// Three arms drawn alike; `chance` says how likely an outcome is of an arm, a kind and a number.
template <typename Chance>
std::string trial(int rows, uint64_t seed, Chance chance) {
  ground::SeededDice dice(seed);
  std::string out = "customer_id,history,kind,other,segment,visit,spend\n";
  const char* const arms[] = {"No E-Mail", "Mens E-Mail", "Womens E-Mail"};
  for (int i = 0; i < rows; ++i) {
    const auto arm = static_cast<size_t>(dice.next_u64() % 3);
    const bool women = unit(dice) < 0.5;
    const double history = std::exp(3 * unit(dice));
    const bool came = unit(dice) < chance(arm, women, history);
    out += std::to_string(i) + "," + std::to_string(history) + (women ? ",women" : ",men") + "," +
           std::to_string(dice.next_u64() % 7) + "," + arms[arm] + (came ? ",1," : ",0,") +
           (came ? "20.5\n" : "0\n");
  }
  return out;
}

UpliftReport report_of(const std::string& rows, uint64_t seed = 1) {
  const TestFolder folder({{"trial.csv", rows}});
  const auto report = evaluate_uplift({.data = folder.path(), .columns = {}, .seed = seed});
  REQUIRE(report);
  return *report;
}

// Slow and obvious: for each depth, everybody who is foreseen no less than the last one there.
double qini_by_definition(const std::vector<Ranked>& people) {
  double all_treated = 0;
  for (const Ranked& one : people) all_treated += one.treated ? 1 : 0;
  std::vector<std::pair<double, double>> curve = {{0, 0}};
  std::vector<Ranked> sorted = people;
  std::ranges::sort(sorted, std::greater{}, &Ranked::uplift);
  for (const Ranked& last : sorted) {
    double r_t = 0, r_c = 0, n_t = 0, n_c = 0;
    for (const Ranked& one : people) {
      if (one.uplift < last.uplift) continue;
      (one.treated ? n_t : n_c) += 1;
      (one.treated ? r_t : r_c) += one.outcome;
    }
    curve.emplace_back((n_t + n_c) / static_cast<double>(people.size()),
                       (r_t - (n_c > 0 ? r_c * n_t / n_c : 0)) / all_treated);
  }
  double area = 0;
  for (size_t i = 1; i < curve.size(); ++i)
    area += (curve[i].second + curve[i - 1].second) / 2 * (curve[i].first - curve[i - 1].first);
  return area - curve.back().second / 2;
}

}  // namespace

TEST_CASE("Qini is the area of its definition, whatever the order of equals") {
  // Two are foreseen to be moved and are, two not: g rises to 1/2 at the middle and stays.
  CHECK(qini_of({{.uplift = 1, .outcome = 1, .treated = true},
                 {.uplift = 1, .outcome = 0, .treated = false},
                 {.uplift = 0, .outcome = 0, .treated = true},
                 {.uplift = 0, .outcome = 0, .treated = false}}) == doctest::Approx(0.125));
  CHECK(qini_of({}) == 0);
  CHECK(qini_of({{.uplift = 1, .outcome = 1, .treated = true}}) == 0);
  ground::SeededDice dice(5);
  for (int round = 0; round < 30; ++round) {
    std::vector<Ranked> people;
    for (int i = 0; i < 60; ++i)
      people.push_back({.uplift = static_cast<double>(dice.next_u64() % (round + 2)),
                        .outcome = 3 * unit(dice),
                        .treated = dice.next_u64() % 3 == 0});
    // Who is there twice counts twice, who is there no times not at all.
    std::vector<Ranked> weighed = people;
    weighed[3].times = 2, weighed[5].times = 0;
    std::vector<Ranked> listed = people;
    listed.push_back(people[3]), listed.erase(listed.begin() + 5);
    CHECK(qini_of(weighed) == doctest::Approx(qini_of(listed)).epsilon(1e-9));
    const double expected = qini_by_definition(people);
    CHECK(qini_of(people) == doctest::Approx(expected).epsilon(1e-9));
    std::ranges::reverse(people);
    CHECK(qini_of(people) == doctest::Approx(expected).epsilon(1e-9));
  }
}

TEST_CASE("whom an arm moves is found, and choosing by person beats the best arm") {
  // One arm brings 10 in a hundred more of the women, the other 12 more of the men.
  const UpliftReport report =
      report_of(trial(24'000, 1, [](size_t arm, bool women, double history) {
        const double base = 0.05 + 0.003 * history;
        return base + (arm == 2 && women ? 0.10 : 0) + (arm == 1 && !women ? 0.12 : 0);
      }));
  REQUIRE(report.arms.size() == 3);
  CHECK(report.arms[0].name == "No E-Mail");
  CHECK(report.arms[1].name == "Mens E-Mail");
  CHECK(report.best == "Mens E-Mail");
  CHECK(report.features == 4);  // history, two kinds, other: no id, no spend
  // The truth: half the people with all of the uplift in front gives uplift · (1 − 1/2) / 2.
  CHECK(std::abs(report.arms[1].qini.value - 0.015) < 4 * report.arms[1].qini.error);
  CHECK(report.arms[1].qini.value > 0.010);
  CHECK(std::abs(report.arms[2].qini.value - 0.0125) < 4 * report.arms[2].qini.error);
  CHECK(std::abs(report.arms[1].uplift.value - 0.06) < 3 * report.arms[1].uplift.error);
  CHECK(report.policy_chosen);
  CHECK(std::abs(report.gain.value - 0.05) < 3 * report.gain.error);
  CHECK(report.chosen.value == report.policy.value);
  CHECK(report.arms[1].of_policy > 0.4);
  CHECK(report.arms[2].of_policy > 0.4);
  CHECK(to_json(report).find("\"chosen\":\"policy\"") != std::string::npos);
}

TEST_CASE("where an arm does the same to all, the best arm is for everybody, seed after seed") {
  size_t by_person = 0;
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    const UpliftReport report = report_of(trial(3'000, seed, [](size_t arm, bool women, double) {
      return (women ? 0.2 : 0.1) + 0.04 * static_cast<double>(arm);
    }));
    by_person += report.policy_chosen ? 1 : 0;
    // Never more than a little worse, whatever was chosen for which fold.
    CHECK(report.chosen_gain.value > -0.01);
    CHECK(std::abs(report.arms[2].qini.value) < 4 * report.arms[2].qini.error + 1e-9);
  }
  CHECK(by_person <= 2);
  const UpliftReport none = report_of(trial(6'000, 3, [](size_t, bool, double) { return 0.2; }));
  CHECK_FALSE(none.policy_chosen);
}

TEST_CASE("the same rows and seed say the same, another seed deals other folds") {
  const std::string rows =
      trial(1'500, 9, [](size_t arm, bool women, double) { return arm > 0 && women ? 0.3 : 0.1; });
  CHECK(to_json(report_of(rows)) == to_json(report_of(rows)));
  CHECK(report_of(rows, 2).policy.value != report_of(rows).policy.value);
}

TEST_CASE("nothing said of a row hangs on what came in its fold") {
  const std::string rows = trial(600, 4, [](size_t, bool, double) { return 0.3; });
  const TestFolder folder({{"trial.csv", rows}});
  auto one = read_trial(folder.path(), {});
  REQUIRE(one);
  const CrossFitted before = cross_fit(*one, 1);
  for (size_t i = 0; i < one->arm.size(); ++i)
    if (before.fold[i] == 2) one->of.rows[i].outcome = 100;
  const CrossFitted after = cross_fit(*one, 1);
  bool others_moved = false;
  for (size_t i = 0; i < one->arm.size(); ++i)
    for (size_t a = 0; a < 3; ++a) {
      const size_t at = i * 3 + a;
      if (before.fold[i] == 2)
        CHECK(before.uplift[at] == after.uplift[at]);
      else {
        others_moved |= before.uplift[at] != after.uplift[at];
        // What was known when a rule was chosen for the fold did not see it either.
        const size_t within = (2 * one->arm.size() + i) * 3 + a;
        CHECK(before.score_within[within] == after.score_within[within]);
        CHECK(before.uplift_within[within] == after.uplift_within[within]);
      }
    }
  CHECK(others_moved);
}

TEST_CASE("columns are named or found, and what is wrong with them is said") {
  const auto error_of = [](const std::string& rows, const TrialColumns& columns) {
    const TestFolder folder({{"t.csv", rows}});
    const auto report = evaluate_uplift({.data = folder.path() + "/t.csv", .columns = columns});
    REQUIRE_FALSE(report);
    return report.error().message + " " + report.error().hint;
  };
  const std::string rows = trial(400, 1, [](size_t, bool, double) { return 0.2; });
  const auto has = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  CHECK(has(error_of(rows, {.arm = "arm"}), "there is no column arm"));
  CHECK(has(error_of(rows, {.control = "Nobody"}), "no row of segment is Nobody"));
  CHECK(has(error_of(rows, {.outcome = "kind"}), "t.csv:2: the outcome kind must be a number"));
  CHECK(has(error_of(rows, {.arm = "history", .control = "1"}), "--control ARM"));
  CHECK(has(error_of(rows, {.without = {"nothing"}}), "there is no column nothing"));
  CHECK(has(error_of("a,b\n1,2\n", {}), "no column tells which arm it was"));
  CHECK(has(error_of("arm,outcome\nx,1\ny,0\n", {}), "is named as a control"));
  CHECK(has(error_of("arm,outcome\ncontrol,1\ny,0\n", {}), "2 arms, the least of them with 1"));
  const TestFolder two({{"a.csv", rows}, {"b.csv", rows}});
  const auto ambiguous = evaluate_uplift({.data = two.path(), .columns = {}});
  REQUIRE_FALSE(ambiguous);
  CHECK(has(ambiguous.error().message, "has 2 tables"));
  // Another outcome is a number; a column that came later is left out when it is named.
  const auto spend =
      read_trial(two.path() + "/a.csv", {.outcome = "spend", .without = {"other", "history"}});
  REQUIRE(spend);
  CHECK(spend->of.features.size() == 2);
  CHECK(spend->outcome == "spend");
}

}  // namespace aizuchi::serve
