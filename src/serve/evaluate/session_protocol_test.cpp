#include "serve/evaluate/session_protocol.h"

#include <doctest/doctest.h>

#include <fstream>

#include "ground/base/test_folder.h"

namespace aizuchi::serve {

using ground::test::TestFolder;

namespace {

constexpr const char* train =
    "SessionId\tItemId\tTime\na\t1\t10.0\na\t2\t11\nb\t1\t20\nb\t2\t21\nc\t1\t30\nc\t3\t31\n";

TEST_CASE("the next item of a visit is met at its place, by hand") {
  const TestFolder folder(
      {{"train.txt", train}, {"test.txt", "SessionId\tItemId\tTime\nx\t1\t1\nx\t3\t2\nx\t3\t3\n"}});
  const auto report = evaluate_session(*find_parts(folder.path(), "", ""));
  REQUIRE(report);
  CHECK(report->train_visits == 3);
  CHECK(report->predictions == 2);  // 1 → 3, and 3 → 3, which is on screen and so never met
  CHECK(report->mrr20 == doctest::Approx(0.25));  // 2 is first, 3 is second; of two
  CHECK(report->hr20 == doctest::Approx(0.5));
}

TEST_CASE("the order of rows and other names for the same change nothing") {
  const TestFolder one({{"train.txt", train}, {"test.txt", "x,1,1\nx,2,2\nx,3,3\n"}});
  const TestFolder other(
      {{"test.csv", "time;session;product_id\n1970-01-01T00:00:03Z;q;three\n2;q;two\n1;q;one\n"},
       {"shop.train.csv",
        "time,item,visit\n31,three,k\n21,two,l\n11,two,m\n30,one,k\n10,one,m\n20,one,l\n"}});
  const auto a = evaluate_session(*find_parts(one.path(), "", ""));
  const auto b = evaluate_session(
      {.train = other.path() + "/shop.train.csv", .test = other.path() + "/test.csv"});
  REQUIRE(a);
  REQUIRE(b);
  CHECK(a->mrr20 == b->mrr20);
  CHECK(a->popular_mrr20 == b->popular_mrr20);
  CHECK(a->mrr20 > 0);
}

TEST_CASE("a visit is not taken for the person it is of, nor an item for a time") {
  const TestFolder plain({{"train.txt", train}, {"test.txt", "x,1,1\nx,2,2\nx,3,3\n"}});
  const TestFolder other({{"log.train",  // the whole of it by one person; the kind is in no name
                           "user_id,session_id,item_id,timestamp\nu,a,1,10\nu,a,2,11\nu,b,1,20\n"
                           "u,b,2,21\nu,c,1,30\nu,c,3,31\n"},
                          {"log.test",  // who, when, which, and of what kind
                           "x,1970-01-01T00:00:01Z,1,0\nx,1970-01-01T00:00:02Z,2,0\n"
                           "x,1970-01-01T00:00:03Z,3,0\n"}});
  const auto a = evaluate_session(*find_parts(plain.path(), "", ""));
  const auto b = evaluate_session(*find_parts(other.path(), "", ""));
  REQUIRE(a);
  REQUIRE(b);
  CHECK(b->train_visits == 3);
  CHECK(a->mrr20 == b->mrr20);
  CHECK(a->hr20 == b->hr20);
}

TEST_CASE("a single file is cut by time: the tenth of the visits that ended last is foreseen") {
  std::string rows;
  for (int visit = 0; visit < 20; ++visit)
    for (int item = 0; item < 2; ++item)
      rows += std::to_string(visit) + "," + std::to_string(item) + "," +
              std::to_string(100 * visit + item) + "\n";
  const TestFolder folder({{"clicks.csv", rows}});
  const auto report = evaluate_session(*find_parts(folder.path(), "", ""));
  REQUIRE(report);
  CHECK(report->train_visits == 18);
  CHECK(report->test_visits == 2);
  CHECK(report->mrr20 == 1);
}

TEST_CASE("a folder without files, a row without time and a test of single clicks are told") {
  const TestFolder empty({});
  const auto parts = find_parts(empty.path(), "", "");
  REQUIRE_FALSE(parts);
  CHECK(parts.error().message.find("neither a file named train") != std::string::npos);
  CHECK_FALSE(find_parts(empty.path() + "/nowhere", "", ""));
  const TestFolder bad({{"train.csv", "SessionId,ItemId,Time\na,1,10\na,2,soon\n"},
                        {"none.csv", "SessionId,ItemId,Time\n"},
                        {"odd.csv", "colour,size\nred,3\n"},
                        {"good.csv", "a,1,10\na,2,11\n"},
                        {"single.csv", "a,1,10\nb,2,11\n"}});
  const auto told = [&](const char* first, const char* second) {
    const auto report =
        evaluate_session({.train = bad.path() + "/" + first, .test = bad.path() + "/" + second});
    REQUIRE_FALSE(report);
    return report.error().message;
  };
  CHECK(told("train.csv", "good.csv").find("train.csv:3: expected who") != std::string::npos);
  CHECK(told("none.csv", "good.csv").find("has no rows") != std::string::npos);
  CHECK(told("odd.csv", "good.csv").find("has no columns") != std::string::npos);
  CHECK(told("good.csv", "single.csv").find("no visit of two items") != std::string::npos);
}

}  // namespace
}  // namespace aizuchi::serve
