#include "serve/evaluate/ope_protocol.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>

#include "ground/base/hash.h"
#include "ground/base/test_folder.h"

namespace aizuchi::serve {

using ground::test::TestFolder;

namespace {

// 3,000 rounds over three items at two positions; c is good at the second.
std::string log_text(std::string_view names, bool with_policy) {
  std::string out(names);
  for (uint64_t i = 0; i < 3000; ++i) {
    const uint64_t dice = ground::mix64(i);
    const uint64_t item = dice % 4 == 3 ? 0 : dice % 4;  // a: 1/2, b and c: 1/4
    const uint64_t position = (dice >> 8) % 2;
    const double chance = item == 2 && position == 1 ? 0.5 : 0.1;
    const bool reward = static_cast<double>((dice >> 16) % 1000) < chance * 1000;
    out +=
        fmt::format("\n{},{},{},{}", "abc"[item], position, reward ? 1 : 0, item == 0 ? 0.5 : 0.25);
    if (with_policy) out += item == 1 ? ",0.6" : ",0.2";
  }
  return out + "\n";
}

const reflect::Reflection& policy(const OpeReport& report, std::string_view name) {
  for (const auto& one : report.policies)
    if (one.policy == name) return one;
  FAIL("no policy " << name);
  return report.policies.front();
}

TEST_CASE("policies of every kind are asked about in one log") {
  const TestFolder folder(
      {{"log.csv", log_text("item_id,position,click,propensity_score,pi", true)},
       {"other.csv", "item,position,reward,propensity\na,0,0,1\nb,0,1,1\nc,1,0,1\nc,1,0,1\n"}});
  const std::string log = folder.path() + "/log.csv";
  const std::string like = "like:" + folder.path() + "/other.csv";
  const auto report =
      evaluate_ope({.log = log, .policies = {"uniform", "greedy", "always:c", like, "column:pi"}});
  REQUIRE(report);
  CHECK(report->rows == 3000);
  CHECK(report->items == 3);
  CHECK(report->positions == 2);
  CHECK(report->propensity_min == 0.25);
  // What was done is its own mean, however it is asked.
  const auto& logged = policy(*report, "as logged");
  CHECK(std::abs(logged.ips.value - report->rewards / 3000) < 1e-12);
  CHECK(std::abs(logged.doubly_robust.value - logged.ips.value) < 1e-12);
  CHECK(std::abs(logged.effective - 3000) < 1e-9);
  // True values: uniform (0.1·5 + 0.5)/6, c (0.1 + 0.5)/2, like (0.1 + 0.5)/2.
  CHECK(std::abs(policy(*report, "uniform").doubly_robust.value - 1.0 / 6) < 0.03);
  CHECK(std::abs(policy(*report, "always:c").doubly_robust.value - 0.3) < 0.05);
  CHECK(std::abs(policy(*report, "greedy").snips.value - 0.3) < 0.06);
  CHECK(std::abs(policy(*report, like).doubly_robust.value - 0.3) < 0.05);
  CHECK(policy(*report, "column:pi").ips.value > 0);
  CHECK_FALSE(report->verdict.winner.has_value());  // greedy and always:c are as good
}

TEST_CASE("a winner is named in a log that can carry it") {
  const TestFolder folder({{"log.csv", log_text("item,position,reward,propensity", false)}});
  const auto report =
      evaluate_ope({.log = folder.path() + "/log.csv", .policies = {"always:c", "always:b"}});
  REQUIRE(report);
  REQUIRE(report->verdict.winner.has_value());
  CHECK(report->policies[*report->verdict.winner].policy == "always:c");
  CHECK(to_json(*report).find(R"("winner":"always:c")") != std::string::npos);
}

TEST_CASE("what cannot be read is named with its file and line") {
  const auto said = [](const std::string& text, std::vector<std::string> policies = {}) {
    const TestFolder folder({{"log.csv", text}});
    const auto report =
        evaluate_ope({.log = folder.path() + "/log.csv", .policies = std::move(policies)});
    REQUIRE_FALSE(report);
    return report.error().message;
  };
  const std::string head = "item,reward,propensity\n";
  CHECK(said("item,reward\na,1\n").find("log.csv:1: no column tells how probable") !=
        std::string::npos);
  CHECK(said(head + "a,1,0.5\nb,0,0\n").find("log.csv:3: the propensity") != std::string::npos);
  CHECK(said(head + "a,1,1.5\n").find("log.csv:2: the propensity") != std::string::npos);
  CHECK(said(head + "a,yes,0.5\n").find("log.csv:2: the reward") != std::string::npos);
  CHECK(said(head + ",1,0.5\n").find("log.csv:2: it does not say") != std::string::npos);
  CHECK(said(head).find("no rows") != std::string::npos);
  CHECK(said("").find("is empty") != std::string::npos);
  CHECK(said(head + "a,1,0.5\n", {"best"}).find("'best' is not a policy") != std::string::npos);
  CHECK(said(head + "a,1,0.5\n", {"always:z"}).find("never chose it") != std::string::npos);
  CHECK(said(head + "a,1,0.5\n", {"column:pi"}).find("no column pi") != std::string::npos);
  CHECK(evaluate_ope({.log = "/nowhere.csv"}).error().code == ground::ErrorCode::not_found);
}

}  // namespace
}  // namespace aizuchi::serve
