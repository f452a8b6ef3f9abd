#include "serve/tables/mapped_rows.h"

#include <doctest/doctest.h>

#include "ground/base/json.h"
#include "serve/tables/cell_value.h"

using namespace aizuchi::serve;
using namespace aizuchi::ground;

namespace {

const Snapshot& brand() {
  static const auto snapshot = [] {
    const auto files = read_brand_folder(std::string(AIZUCHI_ROOT) + "/demo/tsumugi");
    REQUIRE(files.has_value());
    Vocabulary names;
    return compile_brand(*files, names, 1).snapshot;
  }();
  REQUIRE(snapshot != nullptr);
  return *snapshot;
}

constexpr const char* members = R"(
source: signup
person: {user_id: 会員番号}
at: {column: 登録日}
facts:
  職種: {fact: job, values: {営業: sales, 総務: general-affairs}}
  メール: email
consents:
  お便り: {purpose: mail, yes: 希望する, no: 希望しない}
leave: [備考]
)";

Mapping mapping(std::string_view text) {
  ReadMapping read = read_mapping(text, "m.yaml", brand());
  for (const Finding& finding : read.findings) MESSAGE(format_finding(finding));
  REQUIRE(read.mapping.has_value());
  return *std::move(read.mapping);
}

std::string finding(std::string_view text) {
  const ReadMapping read = read_mapping(text, "m.yaml", brand());
  REQUIRE_FALSE(read.findings.empty());
  CHECK_FALSE(read.mapping.has_value());
  return format_finding(read.findings.front());
}

std::string text_of(const MappedRow& row) {
  std::string out;
  for (const auto& event : row.events) out += event.source + " " + to_json(event.json) + "\n";
  for (const auto& wrong : row.mistakes) out += wrong.column + ": " + wrong.expected + "\n";
  return out;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("A row becomes what it says: facts, consents and the event that it is [P3]") {
  const Mapping members_map = mapping(members);
  RowMapper rows(members_map, brand());
  REQUIRE(rows.header({"会員番号", "職種", "メール", "お便り", "登録日", "備考", "電話"}));
  CHECK(rows.not_taken() == std::vector<std::string>{"電話"});
  const MappedRow row =
      rows.row(2, {"u-1", "営業", "a@b.example", "希望する", "2026/4/1 9:30", "x", "0120"});
  const std::string said = text_of(row);
  CHECK(contains(said, R"("traits":{"job":"sales","email":"a@b.example"})"));
  CHECK(contains(said, R"("event":"Consent Updated","properties":{"purposes":{"mail":true}})"));
  CHECK(contains(said, "2026-04-01T00:30:00"));  // 9:30 in Tokyo
  CHECK(row.mistakes.empty());
  CHECK(row.events.size() == 2);
}

TEST_CASE("A row with a mistake brings nothing in, names its cells and echoes none of them") {
  const Mapping members_map = mapping(members);
  RowMapper rows(members_map, brand());
  REQUIRE(rows.header({"会員番号", "職種", "メール", "お便り", "登録日"}));
  const MappedRow row = rows.row(7, {"", "secret-job", "secret-mail", "maybe-secret", "soon"});
  CHECK(row.events.empty());
  std::vector<std::string> columns;
  for (const RowMistake& mistake : row.mistakes) {
    columns.push_back(mistake.column);
    CHECK(mistake.line == 7);
    CHECK_FALSE(contains(mistake.expected, "secret"));
    CHECK_FALSE(contains(mistake.expected, "soon"));
  }
  CHECK(columns == std::vector<std::string>{"会員番号", "登録日", "職種", "メール", "お便り"});
  CHECK(contains(text_of(rows.row(8, {"u", "x"})), "expected 5 cells"));
}

TEST_CASE("Empty cells say nothing") {
  const Mapping members_map = mapping(members);
  RowMapper rows(members_map, brand());
  REQUIRE(rows.header({"会員番号", "職種", "メール", "お便り", "登録日"}));
  const MappedRow row = rows.row(2, {"u-1", "", " ", "", "2026-04-01"});
  CHECK(row.events.empty());
  CHECK(row.mistakes.empty());
}

TEST_CASE("The same row has the same ids, another content another, an order's id is its key") {
  const Mapping orders = mapping(
      "{source: shop, person: {user_id: u}, at: {column: d}, key: n, event: {name: Order "
      "Completed, "
      "properties: {order_id: n, total: {column: t, type: number}}}, facts: {j: job}}");
  RowMapper rows(orders, brand());
  REQUIRE(rows.header({"u", "d", "n", "t", "j"}));
  const auto ids = [&](uint64_t line, const char* total, const char* job) {
    std::vector<std::string> out;
    for (const auto& event : rows.row(line, {"u-1", "2026-04-01", "N-1", total, job}).events)
      out.push_back(event.json.find("messageId")->as_string());
    return out;
  };
  CHECK(ids(2, "１,２００", "sales") == ids(9, "1200", "sales"));
  CHECK(ids(2, "1200", "sales")[1] == ids(2, "1300", "sales")[1]);
  CHECK(ids(2, "1200", "sales")[0] != ids(2, "1200", "other")[0]);
  CHECK(
      contains(text_of(rows.row(2, {"u", "2026-04-01", "N", "１,２００", ""})), "\"total\":1200"));
}

TEST_CASE("Without a key two rows alike are two events, and the same line is the same one") {
  const Mapping visits = mapping(
      "{source: shop, person: {user_id: u}, at: 2026-04-01, event: {name: Order Completed}}");
  RowMapper rows(visits, brand());
  REQUIRE(rows.header({"u"}));
  const auto id = [&](uint64_t line) {
    return rows.row(line, std::vector<std::string>{"u-1"})
        .events[0]
        .json.find("messageId")
        ->as_string();
  };
  CHECK(id(2) == id(2));
  CHECK(id(2) != id(3));
}

TEST_CASE("Lines of JSON are rows too, and dots walk into them") {
  const Mapping of_json =
      mapping("{source: shop, person: {user_id: user.id}, at: {column: at}, facts: {job: job}}");
  const RowMapper rows(of_json, brand());
  const auto line =
      parse_json(R"({"user":{"id":"u-1"},"at":"2026-04-01T00:00:00Z","job":"sales"})");
  CHECK(contains(text_of(rows.row(1, *line)), R"("userId":"u-1")"));
  CHECK(contains(text_of(rows.row(1, Value("text"))), "one JSON object"));
}

TEST_CASE("A mapping's mistakes are told with their place and what was expected") {
  CHECK(contains(finding("{source: shp, person: {user_id: u}, at: 2026-04-01, facts: {j: job}}"),
                 "m.yaml:1:10: error: unknown-source: 'shp'"));
  CHECK(contains(finding("{source: shop, person: {user_id: u}, at: 2026-04-01, facts: {j: jbo}}"),
                 "did you mean 'job'?"));
  CHECK(contains(finding("{source: shop, person: {user_id: u}, at: 2026-04-01}"), "needs facts:"));
  CHECK(
      contains(finding("{source: shop, person: {}, at: 2026-04-01, facts: {j: job}}"), "user_id"));
  CHECK(contains(finding("{source: shop, person: {user_id: u}, at: soon, facts: {j: job}}"),
                 "or a date"));
  CHECK(contains(finding("{source: shop, person: {user_id: u}, at: 2026-04-01, facts: {j: "
                         "favourite}}"),
                 "derived"));
  CHECK(contains(finding("source: [\n"), "m.yaml:"));
}

TEST_CASE("What a mapping says of its source must be what the source says [P3]") {
  const std::string rest = ", source: shop, person: {user_id: u}, at: 2026-04-01, facts: {j: job}}";
  CHECK(contains(finding("{method: told_to_staff" + rest), "other-than-source"));
  CHECK(contains(finding("{context: meeting" + rest), "expected that, or another source"));
  CHECK(contains(finding("{purposes: [values]" + rest), "does not collect for it"));
}

TEST_CASE("A header that lacks a column says which, and what was meant") {
  const Mapping members_map = mapping(members);
  RowMapper rows(members_map, brand());
  const auto done = rows.header({"会員番号", "職種", "メール", "登録日"});
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().message == "The file has no column お便り.");
  RowMapper twice(members_map, brand());
  CHECK_FALSE(twice.header({"a", "a"}).has_value());
}

TEST_CASE("Dates are read as people write them, days that do not exist are not") {
  const auto tokyo = TimeZone::find("Asia/Tokyo");
  const auto at = [&](const char* text, const char* format = "") {
    const auto instant = cell_instant(text, format, **tokyo);
    return instant ? format_instant(*instant).substr(0, 16) : instant.error();
  };
  CHECK(at("2026/4/1") == "2026-03-31T15:00");
  CHECK(at("2026-04-01 09:30") == "2026-04-01T00:30");
  CHECK(at("2026年4月1日") == "2026-03-31T15:00");
  CHECK(at("2026-04-01T00:30:00Z") == "2026-04-01T00:30");
  CHECK(at("2026-04-01T09:30+09:00") == "2026-04-01T00:30");
  CHECK(at("01.04.26 9h", "%d.%m.%y %Hh") == "2026-04-01T00:00");
  CHECK(contains(at("2026/4/31"), "a date such as"));
  CHECK(contains(at("4/1"), "a date such as"));
  CHECK(contains(at("x", "%Y"), "written as %Y"));
}
