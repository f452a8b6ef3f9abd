#include "ground/catalog/sheet.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "ground/catalog/condition_words.h"
#include "ground/catalog/test_brand.h"

using namespace aizuchi::ground;
using namespace aizuchi::ground::catalog;

namespace {

BrandFiles sample() {
  const auto files = read_brand_folder(std::string(AIZUCHI_ROOT) + "/demo/tsumugi");
  REQUIRE(files.has_value());
  return *files;
}

std::string as_it_is(std::string_view text) {
  return std::string(text);
}

std::vector<ReturnedRow> returned(const Sheet& sheet) {
  std::vector<ReturnedRow> out;
  for (const SheetRow& row : sheet.rows) {
    ReturnedRow back{.name = "row " + std::to_string(out.size() + 2),
                     .item = row.item,
                     .wording = row.wording,
                     .check = row.check,
                     .texts = {}};
    for (const std::string& column : sheet.text_columns) {
      const auto at = row.texts.find(column);
      back.texts[column] = at == row.texts.end() ? "" : at->second;
    }
    out.push_back(std::move(back));
  }
  return out;
}

ReturnedRow& row_of(std::vector<ReturnedRow>& rows, std::string_view item,
                    std::string_view wording = "default") {
  const auto at = std::ranges::find_if(
      rows, [&](const ReturnedRow& r) { return r.item == item && r.wording == wording; });
  REQUIRE(at != rows.end());
  return *at;
}

SheetOutcome merged(const BrandFiles& files, const std::vector<ReturnedRow>& rows) {
  return merge_sheet(files, rows, as_it_is);
}

std::string words(std::string_view cel, LocaleId locale) {
  static const Compiled compiled = [] {
    Vocabulary names;
    return compile_brand(sample(), names, 1);
  }();
  REQUIRE(compiled.snapshot);
  return condition_in_words(cel, *compiled.snapshot, locale).value_or("none");
}

}  // namespace

TEST_CASE("A sheet that comes back as it went out changes nothing") {
  const BrandFiles files = sample();
  const auto sheet = sheet_of(files);
  REQUIRE(sheet.has_value());
  CHECK(sheet->rows.size() > 20);
  const SheetOutcome outcome = merged(files, returned(*sheet));
  CHECK(outcome.changes.empty());
  CHECK(outcome.refusals.empty());
  CHECK(outcome.files.files == files.files);
}

TEST_CASE("Every text of the sample brand can be changed, and nothing else is") {
  const BrandFiles files = sample();
  const auto sheet = sheet_of(files);
  REQUIRE(sheet.has_value());
  auto rows = returned(*sheet);
  size_t changed = 0;
  for (ReturnedRow& row : rows)
    for (auto& [column, text] : row.texts)
      if (!text.empty()) {
        text = "新しい: " + text + " #1";
        ++changed;
      }
  const SheetOutcome outcome = merged(files, rows);
  for (const std::string& refusal : outcome.refusals) MESSAGE(refusal);
  CHECK(outcome.refusals.empty());
  CHECK(outcome.changes.size() == changed);
  const auto comments = [](const BrandFiles& of) {
    size_t lines = 0;
    for (const auto& [path, text] : of.files)
      for (size_t at = text.find("# "); at != std::string::npos; at = text.find("# ", at + 1))
        ++lines;
    return lines;
  };
  CHECK(comments(outcome.files) >= comments(files));
  for (const auto& [path, text] : outcome.files.files)
    if (!path.starts_with("items/")) CHECK(text == files.files.at(path));
}

TEST_CASE("A row that was changed in the folder meanwhile is refused, one that agrees is not") {
  const BrandFiles files = sample();
  auto rows = returned(*sheet_of(files));
  const std::string column = "title.ja";
  row_of(rows, "cta-default").texts[column] = "先に決めた言葉";
  const SheetOutcome theirs = merged(files, rows);
  REQUIRE(theirs.changes.size() == 1);
  // The same sheet again, on the folder that has it already: nothing to do.
  const SheetOutcome twice = merged(theirs.files, rows);
  CHECK(twice.refusals.empty());
  CHECK(twice.changes.empty());
  // Another sheet of the same day, which says something else.
  row_of(rows, "cta-default").texts[column] = "あとから来た言葉";
  const SheetOutcome stale = merged(theirs.files, rows);
  REQUIRE(stale.refusals.size() == 1);
  CHECK(stale.refusals[0].find("was changed in the folder since") != std::string::npos);
  CHECK(stale.refusals[0].find("items/cta.yaml:") != std::string::npos);
  CHECK(stale.files.files == theirs.files.files);
}

TEST_CASE("Unknown rows, a row given twice and an emptied cell are refused") {
  const BrandFiles files = sample();
  const auto sheet = returned(*sheet_of(files));
  const auto refusal = [&](const std::function<void(std::vector<ReturnedRow>&)>& bend) {
    auto rows = sheet;
    bend(rows);
    const SheetOutcome outcome = merged(files, rows);
    CHECK(outcome.files.files == files.files);
    return outcome.refusals.empty() ? std::string("taken") : outcome.refusals[0];
  };
  CHECK(refusal([](auto& rows) { rows[0].item = "no-such"; }).find("there is no item no-such") !=
        std::string::npos);
  CHECK(refusal([](auto& rows) { rows.push_back(rows[0]); }).find("twice") != std::string::npos);
  CHECK(refusal([](auto& rows) {
          row_of(rows, "cta-default").texts["title.ja"] = "";
        }).find("column title.ja is empty") != std::string::npos);
  CHECK(refusal([](auto& rows) {
          row_of(rows, "cta-default").texts["title.fr"] = "nouveau";
        }).find("column title.fr") != std::string::npos);
}

TEST_CASE("A field that a wording did not have yet can be filled in") {
  const BrandFiles files = sample();
  auto rows = returned(*sheet_of(files));
  ReturnedRow& row = row_of(rows, "cta-by-job", "sales");
  row.texts["note.ja"] = "新しい欄, 一つ";
  const SheetOutcome outcome = merged(files, rows);
  CHECK(outcome.refusals.empty());
  CHECK(outcome.files.files.at("items/cta.yaml").find("note: \"新しい欄, 一つ\"}") !=
        std::string::npos);
}

TEST_CASE("A rule is said in the brand's words, in both languages, or not at all") {
  const LocaleId ja{0};
  const LocaleId en{1};
  CHECK(words("facts.job == 'sales'", ja) == "職種が「営業」");
  CHECK(words("facts.job == 'sales'", en) == "your role is “sales”");
  CHECK(words("has(facts.job) && visits >= 2", ja) ==
        "職種が分かっている、かつ、訪問の回数が2以上");
  CHECK(words("has(facts.job) && (visits >= 2 || cart.count < 1)", en) ==
        "your role is known and (visits: at least 2 or items in the cart: less than 1)");
  CHECK(words("now - last('Unheard Of') > duration('48h')", en) ==
        "time since the last “Unheard Of”: more than 2 days");
  CHECK(words("count('Unheard Of', duration('1h'), {'category': 'tea'}) == 0", ja) ==
        "「Unheard Of」 (1時間以内、category tea)の回数が0");
  CHECK(words("visits > 1 && rfm.recency >= 4", ja) ==
        "訪問の回数が1より多い、かつ、最近さ(5段階)が4以上");
  CHECK(words("!(visits > 1)", ja) == "(訪問の回数が1より多い)ではない");
  CHECK(words("facts.job.size() > 3", ja) == "none");
  CHECK(words("visits >=", ja) == "none");
}
