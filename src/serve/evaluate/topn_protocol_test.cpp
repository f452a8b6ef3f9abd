#include "serve/evaluate/topn_protocol.h"

#include <doctest/doctest.h>

#include "ground/base/hash.h"
#include "ground/base/test_folder.h"
#include "serve/evaluate/pairs_file.h"

namespace aizuchi::serve {

using ground::test::TestFolder;

namespace {

// A hundred people of two tastes, as a list of items a person.
std::string baskets(int from, int to) {
  std::string out;
  for (int u = 0; u < 100; ++u) {
    out += std::to_string(u);
    for (int i = from; i < to; ++i)
      if (aizuchi::ground::mix64(uint64_t(u * 100 + i)) % 3 != 0)
        out += " " + std::to_string(2 * i + u % 2);
    out += "\n";
  }
  return out;
}

TEST_CASE("the same pairs in every form that a file may have") {
  const TestFolder folder({{"baskets.txt", "7 1 2 3\n8 2\n9\n"},
                           {"named.csv", "rating,movieId,userId\n5,1,7\n1,2,7\n4,3,7\n3,2,8\n"},
                           {"dat.dat",
                            "7::1::5::978300760\n7::2::4::978300761\n7::3::4::978300762\n"
                            "8::2::1::978300763\n"},
                           {"pairs.tsv", "7\t1\n7\t2\n7\t3\n8\t2\n"}});
  for (const char* file : {"baskets.txt", "named.csv", "dat.dat", "pairs.tsv"}) {
    CAPTURE(file);
    PairNames names;
    const auto pairs = read_pairs(folder.path() + "/" + file, names);
    REQUIRE(pairs);
    std::vector<std::string> read;
    for (const auto& pair : *pairs)
      read.push_back(names.people[pair.person] + "-" + names.items[pair.item]);
    CHECK(read == std::vector<std::string>{"7-1", "7-2", "7-3", "8-2"});
    CHECK((pairs->back().at == 978300763) == (std::string(file) == "dat.dat"));
  }
}

TEST_CASE("train and test files: chosen on a slice of the first, measured on the second") {
  const TestFolder folder({{"train.txt", baskets(0, 20)}, {"test.txt", baskets(20, 25)}});
  const auto report = evaluate_topn({.parts = *find_parts(folder.path(), "", ""), .seed = 3});
  REQUIRE(report);
  CHECK(report->people == 100);
  CHECK(report->tried.size() > 10);
  CHECK(report->seed == 3);
  CHECK(report->measured.people > 90);
  CHECK(report->protocol.find("slice of the train file") != std::string::npos);
}

TEST_CASE("one file: one of each person's items is looked for, whoever has three") {
  const TestFolder folder({{"areas.txt", baskets(0, 12) + "x 1 2\n"}});
  const auto report = evaluate_topn({.parts = *find_parts(folder.path(), "", "")});
  REQUIRE(report);
  CHECK(report->measured.people == 100);
  CHECK(report->measured.hr10 > report->popular.hr10);
  const auto again = evaluate_topn({.parts = *find_parts(folder.path(), "", "")});
  CHECK(again->measured.ndcg20 == report->measured.ndcg20);
}

TEST_CASE("people of other names than those of the train file are told, and broken rows") {
  const TestFolder folder({{"train.csv", "user,item\na,1\na,2\nb,1\n"},
                           {"test.csv", "user,item\nq,3\n"},
                           {"broken.csv", "user,item\na,1\nb\n"}});
  const auto strangers = evaluate_topn({.parts = *find_parts(folder.path(), "", "")});
  REQUIRE_FALSE(strangers);
  CHECK(strangers.error().hint.find("same names in both files") != std::string::npos);
  PairNames names;
  const auto broken = read_pairs(folder.path() + "/broken.csv", names);
  REQUIRE_FALSE(broken);
  CHECK(broken.error().message.find("broken.csv:3: expected a person") != std::string::npos);
  CHECK_FALSE(read_pairs(folder.path() + "/none.csv", names));
}

}  // namespace
}  // namespace aizuchi::serve
