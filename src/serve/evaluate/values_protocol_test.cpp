#include "serve/evaluate/values_protocol.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>

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
  CHECK(told.error().message.find("has 2 files .csv or .tsv; expected one") != std::string::npos);
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
}

}  // namespace
}  // namespace aizuchi::serve
