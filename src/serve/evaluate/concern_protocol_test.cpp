#include "serve/evaluate/concern_protocol.h"

#include <doctest/doctest.h>

#include "ground/base/test_folder.h"

namespace aizuchi::serve {

using ground::test::TestFolder;

namespace {

// A row for each of `n`; `write` makes it of text and label.
template <typename Write>
std::string rows(int from, int n, Write write) {
  std::string out;
  for (int i = from; i < from + n; ++i) {
    const std::string number = std::to_string(i);
    out += write("荷物が届かない" + number, "delivery");
    out += write("my card was charged " + number, "billing");
    out += write("返品の方法 " + number, "returns");
  }
  return out;
}
std::string csv_row(const std::string& text, const std::string& label) {
  return text + "," + label + "\n";
}

TEST_CASE("messages of a test file are told after a train file; each way of writing them counts") {
  const TestFolder folder({{"train.csv", "text,category\n" + rows(0, 12, csv_row)},
                           {"test.csv", "text,category\n" + rows(50, 4, csv_row)}});
  const auto report = evaluate_concern({.folder = folder.path()});
  REQUIRE(report);
  REQUIRE(report->sets.size() == 1);
  const auto& set = report->sets.front();
  CHECK(set.labels == 3);
  CHECK(set.learned == 36);
  CHECK(set.asked_rows == 12);
  CHECK(set.asked == "test");
  CHECK(set.accuracy == 1);
  CHECK(set.usual == doctest::Approx(1.0 / 3));

  const auto line = [](const std::string& split) {
    return [split](const std::string& text, const std::string& label) {
      return R"({"topic":")" + label + R"(","split":")" + split + R"(","text":")" + text + "\"}\n";
    };
  };
  const TestFolder lines({{"a.ndjson", rows(0, 12, line("train")) + rows(50, 4, line("dev"))},
                          {"b.ndjson", rows(0, 12, line("train")) + rows(90, 2, line("test"))}});
  const auto two = evaluate_concern({.folder = lines.path()});
  REQUIRE(two);
  REQUIRE(two->sets.size() == 2);
  CHECK(two->sets[0].asked == "valid");
  CHECK(two->sets[0].accuracy == set.accuracy);
  CHECK(two->sets[1].asked_rows == 6);
}

TEST_CASE("a document's members say what is for learning, and what is none of the labels") {
  std::string pairs = rows(0, 12, [](const std::string& text, const std::string& label) {
    return "[\"" + text + "\",\"" + label + "\"],";
  });
  pairs.pop_back();
  const TestFolder folder(
      {{"train-val.json",
        "{\"train\":[" + pairs +
            R"(],"oos_train":[["sing a song","oos"]],"val":[["荷物が来ない","delivery"]],
                              "oos_val":[["zzz qqq","oos"],["wvu tsr","oos"]]})"}});
  const auto report = evaluate_concern({.folder = folder.path()});
  REQUIRE(report);
  const auto& set = report->sets.front();
  CHECK(set.learned == 36);
  CHECK(set.learned_of_none == 1);
  CHECK(set.asked_of_none == 2);
  CHECK(set.none_recall == 1);
  CHECK(to_json(*report).find("\"oos_recall\":1") != std::string::npos);
}

TEST_CASE("labels are any text or number, texts may be empty, and a file alone is a set") {
  const auto numbered = [](const std::string& text, const std::string& label) {
    return R"({"text":")" + text + R"(","topic":)" + std::to_string(label.size()) + "}\n";
  };
  const auto odd = [](const std::string& text, const std::string& label) {
    return text + ",\"" + (label == "billing" ? "a, \"\"b\"\"\n😀" : label) + "\"\n";
  };
  const TestFolder folder(
      {{"train.ndjson", rows(0, 12, numbered)},
       {"test.ndjson", rows(50, 4, numbered)},
       {"odd.csv", "text,label\n" + rows(0, 12, odd)},
       {"later.csv", "text,label\n" + rows(50, 4, odd)},
       {"empty.csv", "text,label,split\n,billing,TEST\n" +
                         rows(0, 12,
                              [](const std::string& text, const std::string& l) {
                                return text + "," + l + ",Train\n";
                              })},
       {"once.csv", "text,label,split\nhello,x,later\n"}});
  const auto numbers = evaluate_concern(
      {.train = folder.path() + "/train.ndjson", .test = folder.path() + "/test.ndjson"});
  REQUIRE_MESSAGE(numbers, numbers.error().message);
  CHECK(numbers->sets[0].accuracy == 1);
  const auto texts =
      evaluate_concern({.train = folder.path() + "/odd.csv", .test = folder.path() + "/later.csv"});
  REQUIRE_MESSAGE(texts, texts.error().message);
  CHECK(texts->sets[0].labels == 3);
  CHECK(texts->sets[0].accuracy == 1);
  const auto empty = evaluate_concern({.folder = folder.path() + "/empty.csv"});
  REQUIRE_MESSAGE(empty, empty.error().message);
  CHECK(empty->sets[0].asked_rows == 1);
  CHECK(empty->sets[0].accuracy == 0);  // nothing can be told of it
  CHECK(empty->sets[0].answered == 0);
  const auto once = evaluate_concern({.train = folder.path() + "/once.csv"});
  REQUIRE_FALSE(once);
  CHECK(once.error().message.find("once.csv:2: expected train, valid (or dev) or test") !=
        std::string::npos);
}

TEST_CASE("the label of texts that are none of the others may be named") {
  const TestFolder folder(
      {{"train.csv", "text,label\n" + rows(0, 12, csv_row) + "sing a song,L7\n"},
       {"test.csv", "text,label\nzzz qqq,L7\nwvu tsr,L7\nvvv www,oos\n" + rows(50, 2, csv_row)}});
  const auto named = evaluate_concern({.folder = folder.path(), .none = "L7"});
  REQUIRE(named);
  CHECK(named->sets[0].labels == 3);
  CHECK(named->sets[0].learned_of_none == 1);
  CHECK(named->sets[0].asked_of_none == 2);
  CHECK(named->sets[0].asked_rows == 7);
  const auto usual = evaluate_concern({.folder = folder.path()});
  REQUIRE(usual);
  CHECK(usual->sets[0].labels == 4);
  CHECK(usual->sets[0].asked_of_none == 1);
}

TEST_CASE("without a test a fifth is asked, another with another seed; what is wrong is named") {
  const TestFolder one(
      {{"mails.tsv",
        "intent\tutterance\n" + rows(0, 40, [](const std::string& text, const std::string& of) {
          return of + "\t" + text + "\n";
        })}});
  const auto a = evaluate_concern({.folder = one.path(), .seed = 1});
  const auto b = evaluate_concern({.folder = one.path(), .seed = 2});
  REQUIRE(a);
  REQUIRE(b);
  CHECK(a->sets[0].asked == "a fifth");
  CHECK(a->sets[0].asked_rows > 10);
  CHECK(a->sets[0].asked_rows < 40);
  CHECK(a->sets[0].asked_rows != b->sets[0].asked_rows);

  const TestFolder wrong({{"x.csv", "text,label\nhello,\n"}, {"y.csv", "a,b\n1,2\n"}});
  const auto row = evaluate_concern({.train = wrong.path() + "/x.csv"});
  REQUIRE_FALSE(row);
  CHECK(row.error().message.find("x.csv:2: expected a text and its label") != std::string::npos);
  CHECK_FALSE(evaluate_concern({.train = wrong.path() + "/y.csv"}));
  CHECK(evaluate_concern({.folder = wrong.path() + "/none"}).error().code ==
        ground::ErrorCode::not_found);
}

}  // namespace

}  // namespace aizuchi::serve
