#include "serve/evaluate/propensity_protocol.h"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "ground/base/hash.h"
#include "ground/base/test_folder.h"

using namespace aizuchi;
using namespace aizuchi::serve;
using ground::test::TestFolder;

namespace {

double uniform(uint64_t n) {
  return static_cast<double>(ground::mix64(n) >> 11) * 0x1p-53;
}

// An outcome that hangs on a number and a word; `noise` hangs on nothing.
std::string made_rows(size_t count) {
  std::string out = "time,visits,kind,noise,outcome\n";
  for (size_t i = 0; i < count; ++i) {
    const double visits = std::floor(10 * uniform(3 * i));
    const bool member = uniform(3 * i + 1) < 0.4;
    const double p = 1 / (1 + std::exp(-(-3 + 0.3 * visits + (member ? 1.2 : 0))));
    out += std::to_string(1'500'000'000 + 3'600 * i) + "," + std::to_string(visits) + "," +
           (member ? "member" : "guest") + "," + std::to_string(uniform(7 * i)) + "," +
           (uniform(3 * i + 2) < p ? "1" : "0") + "\n";
  }
  return out;
}

}  // namespace

TEST_CASE("The area under the curve is the share of pairs in their order, ties counting half") {
  CHECK(area_under_curve({0.1, 0.4, 0.35, 0.8}, {0, 0, 1, 1}) == doctest::Approx(0.75));
  CHECK(area_under_curve({0.5, 0.5, 0.5}, {0, 1, 1}) == doctest::Approx(0.5));
  CHECK(area_under_curve({0.1, 0.2}, {1, 1}) == doctest::Approx(0.5));
}

TEST_CASE("A probability is learned from older rows and holds in newer ones") {
  const TestFolder folder({{"rows.csv", made_rows(4'000)}});
  const auto report =
      evaluate_propensity({.data = folder / "rows.csv", .outcome = {}, .since = {}});
  REQUIRE_MESSAGE(report.has_value(), report.error().message);
  CHECK(report->older == 2'800);
  CHECK(report->auc > 0.72);
  CHECK(report->ece < 0.05);
  CHECK(report->brier < report->brier_of_mean);
  CHECK(report->table.size() == 10);
  CHECK(report->weights.front().first == "visits");
  CHECK(to_json(*report).find("\"auc\"") != std::string::npos);
}

TEST_CASE("A day cuts the rows, and rows of one moment stay together") {
  const TestFolder folder({{"rows.csv", made_rows(2'000)}});
  const auto report = evaluate_propensity(
      {.data = folder / "rows.csv", .outcome = "outcome", .since = "2017-08-10"});
  REQUIRE(report.has_value());
  CHECK(report->older + report->newer == 2'000);
  std::string twice = "time,x,outcome\n";
  for (int i = 0; i < 100; ++i)
    twice += "2020-01-0" + std::to_string(1 + i / 25) + "," + std::to_string(i % 7) + "," +
             std::to_string(i % 3 == 0) + "\n";
  std::ofstream(folder / "days.csv") << twice;
  const auto days = evaluate_propensity({.data = folder / "days.csv", .outcome = {}, .since = {}});
  REQUIRE(days.has_value());
  CHECK(days->older % 25 == 0);
}

TEST_CASE("A folder of mailings is rows by what was known before each; people can be left out") {
  std::string given = "campaign_id,household_id\n",
              redeemed = "household_id,coupon_upc,campaign_id,redemption_date\n";
  std::string described = "campaign_id,campaign_type,start_date,end_date\n";
  for (int c = 0; c < 12; ++c) {
    const std::string day = "2017-" + std::string(c < 9 ? "0" : "") + std::to_string(c + 1) + "-0";
    described +=
        std::to_string(c) + ",Type " + (c % 3 == 0 ? "A" : "B") + "," + day + "1," + day + "9\n";
    for (int h = 0; h < 60; ++h) {
      given += std::to_string(c) + "," + std::to_string(h) + "\n";
      if (uniform(static_cast<uint64_t>(c * 60 + h)) < (h % 4 == 0 ? 0.6 : 0.05))
        redeemed += std::to_string(h) + ",u," + std::to_string(c) + "," + day + "5\n";
    }
  }
  const TestFolder folder(
      {{"campaigns.csv", given},
       {"campaign_descriptions.csv", described},
       {"coupon_redemptions.csv", redeemed},
       {"coupons.csv", "coupon_upc,product_id,campaign_id\nu,p,0\n"},
       {"transactions.csv",
        "household_id,basket_id,product_id,sales_value,coupon_disc,transaction_timestamp\n"
        "1,b,p,2.5,0,2017-01-02 10:00:00\n"},
       {"demographics.csv",
        "household_id,age,income,home_ownership,marital_status,household_size,kids_count\n"
        "1,19-24,35-49K,Renter,Single,1,0\n"}});
  const auto with =
      evaluate_propensity({.data = folder.path(), .outcome = {}, .since = "2017-09-01"});
  REQUIRE_MESSAGE(with.has_value(), with.error().message);
  const auto without = evaluate_propensity(
      {.data = folder.path(), .outcome = {}, .since = "2017-09-01", .with_people = false});
  REQUIRE(without.has_value());
  CHECK(with->features == without->features + 6);
  CHECK(without->newer == 240);
  CHECK(without->auc > 0.7);
}

TEST_CASE("What cannot be read, or learned from, is said with its place") {
  const TestFolder folder;
  const auto said = [&](const std::string& text) {
    std::ofstream(folder / "rows.csv") << text;
    const auto report =
        evaluate_propensity({.data = folder / "rows.csv", .outcome = {}, .since = {}});
    return report ? "" : report.error().message;
  };
  CHECK(said("a,b\n1,2\n").find("rows.csv:1: no column tells") != std::string::npos);
  CHECK(said("outcome,b\n2,2\n").find("rows.csv:2: the outcome must be 0 or 1") !=
        std::string::npos);
  CHECK(said("outcome,b\n1,2\n1,3\n").find("with the outcome and without") != std::string::npos);
  CHECK(
      evaluate_propensity({.data = folder / "none.csv", .outcome = {}, .since = {}}).error().code ==
      ground::ErrorCode::not_found);
}
