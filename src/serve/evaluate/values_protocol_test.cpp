#include "serve/evaluate/values_protocol.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "ground/base/hash.h"
#include "ground/base/test_folder.h"

namespace aizuchi::serve {

using ground::test::TestFolder;

namespace {

// People whose likings go together: two directions behind ten options, and something of their own.
std::vector<std::array<double, 10>> made_people(size_t count, uint64_t seed) {
  auto normal = [at = ground::mix64(seed)]() mutable {
    const auto whole = static_cast<double>(ground::mix64(at++) >> 11);
    return understand::normal_below_inverse((whole + 0.5) / 0x1p53);
  };
  std::vector<std::array<double, 10>> out(count);
  for (auto& person : out) {
    const double one = normal(), two = normal();
    for (size_t i = 0; i < 10; ++i) {
      const double around = 0.6283 * static_cast<double>(i);
      person[i] = 0.5 * std::cos(2.3 * around) + 1.2 * one * std::cos(around) +
                  1.2 * two * std::sin(around) + 0.6 * normal();
    }
  }
  return out;
}

const std::string head = "person,a,b,c,d,e,f,g,h,i,j\n";

std::string as_table(const std::vector<std::array<double, 10>>& people, double sign = 1) {
  std::string out = head;
  for (size_t p = 0; p < people.size(); ++p) {
    out += "p" + std::to_string(p);
    for (const double value : people[p]) out += "," + std::to_string(sign * value);
    out += "\n";
  }
  return out;
}

ValuesReport report_of(const std::string& file, Chosen chosen = Chosen::by_model, double flip = 0) {
  ValuesQuestion question{
      .data = file, .options = {}, .chosen = chosen, .flip = flip, .progress = {}};
  auto report = evaluate_values(question);
  REQUIRE_MESSAGE(report, report.error().message);
  return *std::move(report);
}

TEST_CASE("more is known with each question, chosen ones tell more, and wrong answers less") {
  const TestFolder folder({{"people.csv", as_table(made_people(800, 1))}});
  const std::string file = folder.path() + "/people.csv";
  const ValuesReport chosen = report_of(file);
  const ValuesReport any = report_of(file, Chosen::at_random);
  const ValuesReport wrong = report_of(file, Chosen::by_model, 0.1);
  CHECK(chosen.asked == 800);
  REQUIRE(chosen.after.size() == 6);
  MESSAGE("chosen " << chosen.after[2].accuracy << " " << chosen.after[5].accuracy << ", random "
                    << any.after[5].accuracy << ", flipped " << wrong.after[5].accuracy);
  for (size_t i = 1; i < 6; ++i)
    CHECK(chosen.after[i].accuracy > chosen.after[i - 1].accuracy - 0.002);
  CHECK(chosen.after[0].accuracy == any.after[0].accuracy);  // the same pairs were set aside
  CHECK(chosen.after[2].accuracy > any.after[2].accuracy + 0.03);
  CHECK(chosen.after[5].accuracy > any.after[5].accuracy + 0.02);
  CHECK(chosen.after[5].accuracy > chosen.after[0].accuracy + 0.15);
  CHECK(wrong.after[5].accuracy < chosen.after[5].accuracy - 0.01);
  CHECK(wrong.after[5].accuracy > chosen.after[0].accuracy + 0.08);
  CHECK(chosen.after[5].error < 0.01);
}

TEST_CASE("without anything that goes together, answers tell only what is asked") {
  std::vector<std::array<double, 10>> people(400);
  uint64_t at = 1;
  for (auto& person : people)
    for (double& one : person) one = static_cast<double>(ground::mix64(at++) >> 40);
  const TestFolder folder({{"people.csv", as_table(people)}});
  const ValuesReport report = report_of(folder.path() + "/people.csv", Chosen::at_random);
  CHECK(std::abs(report.after[0].accuracy - 0.5) < 0.03);
  CHECK(report.after[5].accuracy < 0.72);
}

TEST_CASE("ranks and ratings, a table, a list and bare choices are the same people") {
  const auto people = made_people(200, 2);
  std::string list = "rating;user;item\n", choices = "worse,better,respondent\n";
  for (size_t p = 0; p < people.size(); ++p)
    for (size_t i = 0; i < 10; ++i) {
      list += std::to_string(people[p][i]) + ";" + std::to_string(p) + ";" +
              std::string(1, static_cast<char>('a' + i)) + "\n";
      for (size_t j = 0; j < 10; ++j)
        if (people[p][i] > people[p][j])
          choices += std::string(1, static_cast<char>('a' + j)) + "," +
                     std::string(1, static_cast<char>('a' + i)) + "," + std::to_string(p) + "\n";
    }
  const TestFolder folder({{"table.csv", as_table(people)},
                           {"turned.csv", as_table(people, -1)},
                           {"list.csv", list},
                           {"choices.csv", choices}});
  const auto after = [&](const char* name) {
    return report_of(folder.path() + "/" + name).after[5].accuracy;
  };
  const double table = after("table.csv");
  CHECK(after("list.csv") == table);
  CHECK(std::abs(after("turned.csv") - table) < 0.03);
  CHECK(std::abs(after("choices.csv") - table) < 0.03);
}

TEST_CASE("a column that says who is known by what it holds, a lone file by its folder") {
  const auto people = made_people(200, 4);
  const auto with = [&](const std::string& who, auto&& name) {
    std::string out = who + as_table(people).substr(std::string("person").size());
    for (size_t p = people.size(); p-- > 0;) {
      const std::string from = "\np" + std::to_string(p) + ",";
      out.replace(out.find(from), from.size(), "\n" + name(p) + ",");
    }
    return out;
  };
  const TestFolder words(
      {{"words.csv", with("label", [](size_t p) { return "q" + std::to_string(p); })}});
  const TestFolder numbers(
      {{"numbers.csv", with("label", [](size_t p) { return std::to_string(1000 + 7 * p); })},
       {"about.md", "what it is"}});
  const ValuesReport by_word = report_of(words.path()), by_number = report_of(numbers.path());
  CHECK(by_word.options == 10);
  CHECK(by_number.options == 10);
  CHECK(by_number.form.find("\"label\" numbers the people") != std::string::npos);
  CHECK(by_word.after[5].accuracy == by_number.after[5].accuracy);
  const TestFolder two({{"a.csv", head}, {"b.tsv", head}});
  const auto told = evaluate_values({.data = two.path(), .options = {}, .progress = {}});
  REQUIRE_FALSE(told);
  CHECK(told.error().message.find("has 2 files .csv, .tsv, .ndjson or .json") != std::string::npos);
}

// The same people in every form; the letters of options are their names.
namespace forms {

std::string name(size_t option) {
  return std::string(1, static_cast<char>('a' + option));
}
std::vector<size_t> order_of(const std::array<double, 10>& person) {
  std::vector<size_t> order{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  std::ranges::sort(order, std::greater{}, [&](size_t i) { return person[i]; });
  return order;
}
std::string joined(const std::array<double, 10>& person, std::string_view between,
                   std::string_view quote = "") {
  std::string out;
  for (const size_t i : order_of(person))
    out += (out.empty() ? "" : std::string(between)) + std::string(quote) + name(i) +
           std::string(quote);
  return out;
}
// visit(i, j, i is preferred) of every pair.
template <typename Visit>
void pairs(const std::array<double, 10>& person, Visit&& visit) {
  for (size_t i = 0; i < 10; ++i)
    for (size_t j = i + 1; j < 10; ++j) visit(i, j, person[i] > person[j]);
}

}  // namespace forms

TEST_CASE(
    "rankings, pairs with the chosen one, a pair a column and JSON are read as what they say") {
  using namespace forms;
  const auto people = made_people(150, 2);
  std::string ranking = "id;ranking\n", places = "id", chosen = "person,left,right,chosen\n",
              sides = "respondent,option1,option2,choice\n", wide = "id", lines, nested, flat, two;
  for (int i = 1; i <= 10; ++i) places += ",rank" + std::to_string(i);
  pairs(people[0], [&](size_t i, size_t j, bool) { wide += "," + name(i) + "_vs_" + name(j); });
  places += "\n", wide += "\n";
  for (size_t p = 0; p < people.size(); ++p) {
    const std::string id = "p" + std::to_string(p);
    ranking += id + ";" + joined(people[p], " > ") + "\n";
    places += id + "," + joined(people[p], ",") + "\n";
    wide += id;
    lines += R"({"id":")" + id + R"(","ranking":[)" + joined(people[p], ",", "\"") + "]}\n";
    std::string likes, said;
    for (size_t i = 0; i < 10; ++i)
      likes += (i == 0 ? "\"" : ",\"") + name(i) + "\":" + std::to_string(people[p][i]);
    nested += R"({"id":")" + id + R"(","ratings":{)" + likes + "}}\n";
    flat += (p == 0 ? "[" : ",") + (R"({"id":")" + id) + "\"," + likes + "}";
    pairs(people[p], [&](size_t i, size_t j, bool first) {
      const std::string row = id + "," + name(i) + "," + name(j) + ",";
      chosen += row + (first ? name(i) : name(j)) + "\n";
      sides += row + (first ? "1" : "2") + "\n";
      wide += first ? ",1" : ",0";
      said += (said.empty() ? "[\"" : ",[\"") + name(first ? i : j) + "\",\"" +
              name(first ? j : i) + "\"]";
    });
    wide += "\n";
    two += R"({"id":")" + id + R"(","pairs":[)" + said + "]}\n";
  }
  const TestFolder folder({{"table.csv", as_table(people)},
                           {"ranking.csv", ranking},
                           {"places.csv", places},
                           {"lines.ndjson", lines},
                           {"nested.jsonl", nested},
                           {"flat.json", flat + "]"},
                           {"chosen.csv", chosen},
                           {"sides.csv", sides},
                           {"wide.csv", wide},
                           {"two.ndjson", two}});
  const auto known = [&](const char* file) {
    auto read = read_preferences(folder.path() + "/" + file, {});
    REQUIRE_MESSAGE(read, read.error().message);
    CHECK(read->options.size() == 10);
    // By names: the numbers are by appearance.
    std::vector<std::set<std::string>> out;
    for (const auto& each : read->known) {
      out.emplace_back();
      for (const auto& one : each)
        out.back().insert(read->options[one.better] + ">" + read->options[one.worse]);
    }
    return out;
  };
  const auto table = known("table.csv");
  REQUIRE(table.size() == 150);
  CHECK(table[0].size() == 45);
  for (const char* file : {"ranking.csv", "places.csv", "lines.ndjson", "nested.jsonl", "flat.json",
                           "chosen.csv", "sides.csv", "wide.csv", "two.ndjson"})
    CHECK_MESSAGE(known(file) == table, file);
  const auto some = read_preferences(folder.path() + "/chosen.csv", {"a", "b", "c", "d"});
  REQUIRE(some);
  CHECK(some->options.size() == 4);
  CHECK(some->known[0].size() == 6);
}

// By names: what each person is known to prefer.
std::vector<std::set<std::string>> known_in(const std::string& file,
                                            const std::vector<std::string>& absent = {}) {
  const auto read = read_preferences(file, {}, absent);
  REQUIRE_MESSAGE(read, read.error().message);
  std::vector<std::set<std::string>> out;
  for (const auto& each : read->known) {
    out.emplace_back();
    for (const auto& one : each)
      out.back().insert(read->options[one.better] + ">" + read->options[one.worse]);
  }
  return out;
}

TEST_CASE("orders as they are published, with names or numbers and without a line of names") {
  using namespace forms;
  const auto people = made_people(60, 5);
  std::string counted = "10 1\n", bare, places = "rank1", preflib = "# TITLE: teas\n", lists = "[";
  std::string alone = "ranking\n", table;
  for (int i = 2; i <= 10; ++i) places += ",rank" + std::to_string(i);
  for (size_t i = 0; i < 10; ++i) {
    preflib += "# ALTERNATIVE NAME " + std::to_string(i + 1) + ": " + std::to_string(i) + "\n";
    table += (i == 0 ? "" : ",") + std::to_string(i);
  }
  places += "\n", table += "\n";
  for (const auto& person : people) {
    std::string blanks, commas, from_one;
    for (const size_t i : order_of(person)) {
      blanks += " " + std::to_string(i);
      commas += (commas.empty() ? "" : ",") + std::to_string(i);
      from_one += (from_one.empty() ? "" : ",") + std::to_string(i + 1);
    }
    counted += "0 10" + blanks + "\n", bare += commas + "\n", places += commas + "\n";
    preflib += "1: " + from_one + "\n";
    lists += (lists.size() == 1 ? "[" : ",[") + commas + "]";
    std::replace(commas.begin(), commas.end(), ',', '>');
    alone += commas + "\n";
    for (size_t i = 0; i < 10; ++i) table += (i == 0 ? "" : ",") + std::to_string(person[i]);
    table += "\n";
  }
  const TestFolder folder({{"table.csv", table},
                           {"counted.order", counted},
                           {"bare.csv", bare},
                           {"places.csv", places},
                           {"teas.soc", preflib},
                           {"alone.csv", alone},
                           {"lists.json", lists + "]"}});
  const auto is = known_in(folder.path() + "/table.csv");
  REQUIRE(is.size() == 60);
  REQUIRE(is[0].size() == 45);
  for (const char* file :
       {"counted.order", "bare.csv", "places.csv", "teas.soc", "alone.csv", "lists.json"})
    CHECK_MESSAGE(known_in(folder.path() + "/" + file) == is, file);
}

TEST_CASE("PrefLib counts people and ties options; what stands for nothing is named") {
  const TestFolder folder({{"a.toc", "# ALTERNATIVE NAME 1: tea\n2: 1,{2,3},4\n1: {4,2}\n"},
                           {"wrong.toc", "# TITLE: x\n1,2,3\n"},
                           {"r.csv", "3.5,-1,2,2\n1,2,-1,-1\n"},
                           {"age.csv", "id,Age,x,y,z\nq,40,1,2,3\nr,41,3,2,1\n"}});
  const auto tied = known_in(folder.path() + "/a.toc");
  REQUIRE(tied.size() == 3);
  CHECK(tied[0] == std::set<std::string>{"tea>2", "tea>3", "tea>4", "2>4", "3>4"});
  CHECK(tied[1] == tied[0]);
  CHECK(tied[2].empty());
  const auto refused = read_preferences(folder.path() + "/wrong.toc", {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("wrong.toc:2: expected how many people") != std::string::npos);
  CHECK(known_in(folder.path() + "/r.csv", {"-1"})[1] == std::set<std::string>{"2>1"});
  CHECK(known_in(folder.path() + "/r.csv")[0].size() == 5);
  const auto aged = read_preferences(folder.path() + "/age.csv", {});
  REQUIRE(aged);
  CHECK(aged->options == std::vector<std::string>{"x", "y", "z"});
  CHECK(aged->form.find("\"Age\" left out") != std::string::npos);
}

TEST_CASE("questions with two answers of their own are asked as such, and no others") {
  std::string numbers = "id,q1,q2,q3,q4,q5,q6,q7,q8,q9,q10,q11,q12\n", words = numbers;
  for (size_t p = 0; p < 400; ++p) {
    numbers += std::to_string(p), words += std::to_string(p);
    const size_t kind = ground::mix64(p) % 2;
    for (size_t q = 0; q < 12; ++q) {
      const bool odd = ground::mix64(p * 100 + q) % 8 == 0;
      const bool first = ((q % 2 == kind) != odd);
      numbers += first ? ",1" : ",2", words += first ? ",A" : ",B";
    }
    numbers += "\n", words += "\n";
  }
  const TestFolder folder({{"numbers.csv", numbers}, {"words.csv", words}});
  for (const char* file : {"numbers.csv", "words.csv"}) {
    const auto report = evaluate_values({.data = folder.path() + "/" + file,
                                         .options = {},
                                         .questions = 2,
                                         .aside = 6,
                                         .progress = {}});
    REQUIRE_MESSAGE(report, report.error().message);
    CHECK(report->form.starts_with("choices: a person a row, a question of two answers"));
    CHECK(report->asked == 400);
    CHECK(report->after[0].accuracy == doctest::Approx(0.5).epsilon(0.08));
    // Two answers tell the kind, up to one of eight that is odd.
    CHECK(report->after[2].accuracy > 0.78);
  }
}

TEST_CASE("a pair a column is known by few names in many columns, and a person has one row") {
  std::string dashes = "o1-o2,o1-o3,o2-o3,o1-o4,o2-o4\n1,0,1,1,\n", other = "a_x,b_x,c-y,d\n";
  const TestFolder folder({{"dashes.csv", dashes},
                           {"ij.csv", "user,item_i,item_j,label\n7,x,y,1\n7,x,z,0\n"},
                           {"pairs.ndjson",
                            "{\"id\":1,\"pairs\":[{\"a\":\"x\",\"b\":\"y\",\"chosen\":\"y\"},"
                            "{\"a\":\"x\",\"b\":\"z\",\"chosen\":\"x\"}]}\n"},
                           {"other.csv", other + "1,2,3,4\n"},
                           {"twice.csv", "id,a,b,c\n1,1,2,3\n1,3,2,1\n"}});
  CHECK(known_in(folder.path() + "/dashes.csv")[0] ==
        std::set<std::string>{"o1>o2", "o3>o1", "o2>o3", "o1>o4"});
  CHECK(known_in(folder.path() + "/ij.csv")[0] == std::set<std::string>{"x>y", "z>x"});
  CHECK(known_in(folder.path() + "/pairs.ndjson")[0] == std::set<std::string>{"y>x", "x>z"});
  CHECK(known_in(folder.path() + "/other.csv")[0].size() == 6);
  const auto twice = read_preferences(folder.path() + "/twice.csv", {});
  REQUIRE_FALSE(twice);
  CHECK(twice.error().message.find("twice.csv:3: \"id\" has a row before") != std::string::npos);
}

TEST_CASE("what is not known is not needed, and equals are not asked about") {
  auto people = made_people(600, 3);
  std::string table = head;
  for (size_t p = 0; p < people.size(); ++p) {
    table += std::to_string(p);
    for (size_t i = 0; i < 10; ++i) {
      table += ",";
      if ((p + i) % 5 != 0) table += std::to_string(std::lround(3 * people[p][i]));
    }
    table += "\n";
  }
  const TestFolder folder({{"people.csv", table}});
  ValuesQuestion question{
      .data = folder.path() + "/people.csv", .options = {}, .aside = 8, .progress = {}};
  const auto report = evaluate_values(question);
  REQUIRE(report);
  CHECK(report->people == 600);
  CHECK(report->asked > 550);
  CHECK(report->after[5].accuracy > report->after[0].accuracy + 0.1);
  // The same people for the same seed, others for another.
  CHECK(evaluate_values(question)->after[5].accuracy == report->after[5].accuracy);
  question.seed = 2;
  CHECK(evaluate_values(question)->after[5].accuracy != report->after[5].accuracy);
}

TEST_CASE("a cell that is no number is told with its line and column, and so is what is missing") {
  const TestFolder folder({{"word.csv", "id,a,b,c\n1,1,2,3\n2,1,much,3\n"},
                           {"short.csv", "id,a,b,c\n1,1,2\n"},
                           {"two.csv", "id,a,b\n1,1,2\n"},
                           {"twice.csv", "id,a,a,b\n1,1,2,3\n"},
                           {"again.csv", "user,item,rating\n1,x,2\n1,x,3\n"},
                           {"self.csv", "user,better,worse\n1,x,x\n"},
                           {"empty.csv", ""},
                           {"chosen.csv", "id,left,right,chosen\n1,x,y,z\n"},
                           {"ranked.csv", "id,ranking\n1,a > b > a\n"},
                           {"mixed.ndjson",
                            "{\"id\":1,\"ranking\":[\"a\",\"b\"]}\n"
                            "{\"id\":2,\"pairs\":[[\"a\",\"b\"]]}\n"},
                           {"broken.ndjson", "{\"id\":1,\n"},
                           {"pairs.ndjson", "{\"id\":1,\"pairs\":[[\"a\"]]}\n"},
                           {"few.csv", "id,a,b,c\n1,1,2,3\n2,3,2,1\n"}});
  const auto told = [&](const char* name, std::vector<std::string> options = {}) {
    ValuesQuestion question{
        .data = folder.path() + "/" + name, .options = std::move(options), .progress = {}};
    const auto report = evaluate_values(question);
    REQUIRE_FALSE(report);
    return report.error().message;
  };
  const auto has = [](const std::string& text, std::string_view part) {
    CHECK_MESSAGE(text.find(part) != std::string::npos, text);
  };
  has(told("word.csv"), "word.csv:3: column \"b\": expected a rating or rank as a number");
  has(told("word.csv", {"a", "z"}), "no column \"z\"");
  has(told("short.csv"), "short.csv:2: 3 cells; expected 4");
  has(told("two.csv"), "has 2 options; expected 3 to 100");
  has(told("twice.csv"), "two columns of one name");
  has(told("again.csv"), "again.csv:3: this person has rated this option before");
  has(told("self.csv"), "self.csv:2: an option is preferred to itself");
  has(told("empty.csv"), "has no rows");
  has(told("few.csv"), "0 of 2 people");
  has(told("none.csv"), "cannot be read");
  has(told("chosen.csv"), "chosen.csv:2: column \"chosen\": expected \"x\", \"y\"");
  has(told("ranked.csv"), "ranked.csv:2: \"a\" is in this person's ranking twice");
  has(told("mixed.ndjson"), "mixed.ndjson:2: it is of another form");
  has(told("broken.ndjson"), "broken.ndjson:1: ");
  has(told("pairs.ndjson"), "pairs.ndjson:1: a pair is");
}

}  // namespace
}  // namespace aizuchi::serve
