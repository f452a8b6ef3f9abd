#include "respect/admission/counted.h"

#include <doctest/doctest.h>

#include "ground/base/dice.h"
#include "listen/events/test_person.h"

using namespace aizuchi;
using namespace aizuchi::respect;
using ground::Duration;
using ground::Instant;
using listen::test::TestPerson;

namespace {

std::map<std::string, std::string> base() {
  return {
      {"purposes.yaml",
       "purposes:\n"
       "  layout: {basis: notice, says: the order of the page}\n"
       "  improve: {basis: consent, says: to learn}\n"},
      {"contexts.yaml",
       "contexts: {browsing: {}, sign-up: {}, shop-page: {shows: true, continues: [browsing]}}\n"},
      {"sources.yaml",
       "sources:\n"
       "  web: {context: browsing, purposes: [layout, improve], notice: n, says: site}\n"
       "  form: {context: sign-up, purposes: [layout, improve], notice: n, says: form}\n"
       "  quiet: {context: browsing, purposes: [layout], notice: n, says: quiet}\n"},
      {"facts.yaml",
       "facts:\n"
       "  job: {type: string, label: job, purposes: [layout, improve], keep: 3d}\n"
       "  size: {type: int, label: size, purposes: [layout]}\n"}};
}

ground::BrandFiles with(const std::vector<std::string>& rules) {
  auto files = base();
  std::string& text = files["audiences.yaml"];
  text = "audiences:\n";
  for (size_t i = 0; i < rules.size(); ++i)
    text += "  a" + std::to_string(i) + ": {title: t, rule: \"" + rules[i] + "\"}\n";
  return listen::test::files(files);
}

Counted look(const TestPerson& p, Instant at) {
  return Counted(*p.brand, Handle(&p.person, p), at);
}
bool in(const TestPerson& p, size_t audience = 0) {
  return look(p, p.now).in().at(audience);
}

}  // namespace

TEST_CASE(
    "[P1] Who has not agreed to be counted is in no audience, even one that asks for nothing") {
  TestPerson p(with({"true", "facts.job == 'cook'"}));
  p.says("form", R"({"job":"cook"})");
  CHECK_FALSE(look(p, p.now).open());
  CHECK_FALSE(in(p, 0));
  p.answers("improve", true);
  CHECK(in(p, 0));
  CHECK(in(p, 1));
  p.answers("improve", false);
  CHECK_FALSE(in(p, 0));
  CHECK_FALSE(in(p, 1));
}

TEST_CASE("[P1] What is known and may not be counted makes nobody a member by its absence") {
  TestPerson p(with({"!has(facts.size)", "has(facts.job) || !has(facts.size)",
                     "count('Product Viewed') == 0", "count('Product Viewed') >= 1"}));
  p.answers("improve", true);
  CHECK(in(p, 0));
  CHECK(in(p, 2));
  p.says("form", R"({"size":4})");  // not collected for improve
  p.does("quiet", "Product Viewed");
  CHECK_FALSE(in(p, 0));
  CHECK_FALSE(in(p, 2));
  CHECK_FALSE(in(p, 3));
  p.does("web", "Product Viewed");
  CHECK(in(p, 3));
  CHECK_FALSE(in(p, 1));
  p.says("form", R"({"job":"cook"})");
  CHECK(in(p, 1));  // it did not have to ask for the size
}

TEST_CASE("An audience that asks about the question has no members to count") {
  TestPerson p(with({"context.page != '/x'", "!has(context.page)", "in_audience('a1')"}));
  p.answers("improve", true);
  for (size_t i = 0; i < 3; ++i) CHECK_FALSE(in(p, i));
  CHECK(p.brand->audiences[0].of_the_question);
  CHECK(p.brand->audiences[2].of_the_question);
}

TEST_CASE("Without a purpose improve a folder counts nobody") {
  auto files = base();
  files["purposes.yaml"] = "purposes: {layout: {basis: notice, says: x}}\n";
  files["sources.yaml"] =
      "sources: {web: {context: browsing, purposes: [layout], notice: n, says: s}}\n";
  files["facts.yaml"] = "facts: {}\n";
  files["audiences.yaml"] = "audiences: {a: {title: t, rule: \"visits > 2\"}}\n";
  const TestPerson p(listen::test::files(files));
  CHECK_FALSE(p.brand->counting.has_value());
}

TEST_CASE(
    "An audience is another one when its rule or what it rests on changes, not when copy does") {
  auto files = with({"facts.job == 'cook'"});
  const uint64_t before = TestPerson(files).brand->audiences[0].fingerprint;
  files.files["audiences.yaml"] = "audiences: {z: {title: other, rule: \"facts.job == 'cook'\"}}\n";
  CHECK(TestPerson(files).brand->audiences[0].fingerprint == before);
  files.files["voice.yaml"] = "avoid: {en: [cheap]}\n";
  CHECK(TestPerson(files).brand->audiences[0].fingerprint == before);
  files.files["facts.yaml"] += "  colour: {type: string, label: c, purposes: [improve]}\n";
  CHECK(TestPerson(files).brand->audiences[0].fingerprint != before);
}

TEST_CASE("Nothing changes by the clock before the moment that was told, whatever happened") {
  TestPerson p(with({"count('Product Viewed', duration('3h')) >= 2",
                     "count('Product Viewed', duration('96h')) == 1",
                     "sum('Order Completed', 'total', duration('30h')) > 10.0", "has(facts.job)",
                     "visits >= 3", "now - last('Order Completed') > duration('5h')",
                     "count('Product Viewed', duration('24h')) == 0 && visits > 1"}));
  ground::SeededDice dice{21};
  p.answers("improve", true);
  size_t changes = 0;
  for (int step = 0; step < 300; ++step) {
    switch (dice.next_u64() % 4) {
      case 0:
        p.does("web", "Product Viewed");
        break;
      case 1:
        p.does("web", "Order Completed", R"({"total":6})");
        break;
      case 2:
        p.says("form", R"({"job":"cook"})");
        break;
      default:
        break;
    }
    const Counted seen = look(p, p.now);
    const Instant end = std::min(seen.next_change(), p.now + Duration::days(9));
    for (Instant t = p.now; t < end; t = t + Duration::minutes(7))
      REQUIRE(look(p, t).in() == seen.in());
    REQUIRE(look(p, Instant{end.ms - 1}).in() == seen.in());
    changes += look(p, end).in() != seen.in() ? 1 : 0;
    p.later(
        Duration::minutes(static_cast<int64_t>(dice.next_u64() % (step % 10 == 0 ? 9000 : 200))));
  }
  CHECK(changes > 20);  // the moments are not merely all too early
}
