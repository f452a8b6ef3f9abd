#include "serve/evaluate/questionnaire_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "ground/base/text.h"
#include "serve/evaluate/preferences_rows.h"
#include "understand/resonance/graded.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

constexpr size_t grades_max = 11;
constexpr size_t scale_items_min = 3;

// Of people, not of what they were asked.
constexpr std::string_view no_items[] = {
    "age",          "gender",     "sex",         "country",
    "race",         "hand",       "education",   "urban",
    "engnat",       "religion",   "person",      "user",
    "id",           "orient",     "voted",       "married",
    "score",        "total",      "source",      "elapse",
    "elapsed",      "testelapse", "introelapse", "surveyelapse",
    "screenw",      "screenh",    "ipc",         "network",
    "introduction", "familysize", "asian",       "uniquenetworklocation",
    "major",        "accuracy"};

bool of_people(const std::string& name) {
  return std::ranges::find(no_items, std::string_view(ground::ascii_lower(ground::trim(name)))) !=
         std::end(no_items);
}

// "EXT" of EXT1, EXT_1, ext-01r; the whole name where no number ends it.
std::string group_of(std::string_view name) {
  std::string text = ground::ascii_lower(ground::trim(name));
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() > 2 && text.back() == 'r' && digit(text[text.size() - 2])) text.pop_back();
  size_t end = text.size();
  while (end > 0 && digit(text[end - 1])) --end;
  if (end == text.size()) return text;
  while (end > 0 && (text[end - 1] == '_' || text[end - 1] == '-' || text[end - 1] == '.' ||
                     text[end - 1] == ' '))
    --end;
  return text.substr(0, end);
}

struct ColumnRead {
  std::vector<float> cells;
  std::set<float> grades;  // the first few
  std::string wrong;       // why it holds no grades
};

class Reading {
 public:
  Reading(const QuestionnaireFiles& files, PreferenceRows rows)
      : files_(files), rows_(std::move(rows)), head_(rows_.head()), columns_(head_.size()) {}

  Result<Questionnaire> read() {
    TRY(find_named());
    for (TableRow row; rows_.next(row);) {
      if (!row.wrong.empty()) return wrong(row, row.wrong);
      if (row.cells.size() < head_.size())
        return wrong(row, fmt::format("{} cells; expected {}.", row.cells.size(), head_.size()));
      for (size_t i = 0; i < head_.size(); ++i)
        if (is_named(i)) TRY(take(row, i));
    }
    TRY(gather());
    TRY(find_scales());
    return std::move(out_);
  }

 private:
  std::unexpected<ground::Error> wrong(const TableRow& row, std::string_view what) const {
    return fail(ErrorCode::invalid, fmt::format("{}:{}: {}", files_.data, row.line, what));
  }
  bool is_named(size_t column) const {
    return files_.items.empty() ||
           std::ranges::find(files_.items, head_[column]) != files_.items.end();
  }
  Result<void> find_named() const {
    for (const std::string& name : files_.items)
      if (std::ranges::find(head_, name) == head_.end())
        return fail(ErrorCode::invalid, fmt::format("{} has no column \"{}\".", files_.data, name));
    return {};
  }

  // nullopt: it is no number. NaN: not answered.
  std::optional<float> grade_of(std::string_view cell) const {
    const std::string_view text = ground::trim(cell);
    const std::string word = ground::ascii_lower(text);
    if (word.empty() || word == "na" || word == "nan" || word == "null" ||
        std::ranges::find(files_.absent, text) != files_.absent.end())
      return std::nanf("");
    float value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
      return std::nullopt;
    return value;
  }

  Result<void> take(const TableRow& row, size_t i) {
    ColumnRead& column = columns_[i];
    if (!column.wrong.empty()) return {};
    const auto grade = grade_of(row.cells[i]);
    if (!grade && !files_.items.empty())
      return wrong(
          row, fmt::format("column \"{}\": expected a grade as a number, or nothing.", head_[i]));
    if (!grade) {
      column.wrong = "words";
    } else if (!std::isnan(*grade) && files_.items.empty()) {
      if (*grade != std::floor(*grade)) column.wrong = "not whole numbers";
      if (column.grades.size() <= grades_max) column.grades.insert(*grade);
      if (column.grades.size() > grades_max) column.wrong = "more than eleven numbers";
    }
    if (column.wrong.empty())
      column.cells.push_back(*grade);
    else
      column.cells = {};
    return {};
  }

  Result<void> gather() {
    std::vector<size_t> taken;
    for (size_t i = 0; i < head_.size(); ++i) {
      ColumnRead& column = columns_[i];
      const bool named = !files_.items.empty() && is_named(i);
      if (!named && column.wrong.empty() && of_people(head_[i])) column.wrong = "about people";
      if (!named && column.wrong.empty() && column.grades.size() < 2) column.wrong = "all alike";
      if (is_named(i) && column.wrong.empty())
        taken.push_back(i);
      else if (files_.items.empty())
        out_.left_out.push_back(fmt::format("{} ({})", head_[i], column.wrong));
    }
    if (taken.size() < scale_items_min || taken.size() > graded_items_max)
      return fail(ErrorCode::invalid,
                  fmt::format("{} has {} columns of grades; expected {} to {}.", files_.data,
                              taken.size(), scale_items_min, graded_items_max),
                  "A person a row, an item a column, a whole number in each cell; --items a,b,c "
                  "names the columns.");
    const size_t people = columns_[taken.front()].cells.size();
    for (const size_t i : taken) out_.items.push_back(head_[i]);
    out_.answers.resize(people * taken.size());
    for (size_t k = 0; k < taken.size(); ++k) {
      for (size_t p = 0; p < people; ++p)
        out_.answers[p * taken.size() + k] = columns_[taken[k]].cells[p];
      columns_[taken[k]].cells = {};
    }
    return {};
  }

  Result<void> find_scales() {
    std::map<std::string, std::vector<uint32_t>> groups;
    if (!files_.scales.empty()) return read_scales();
    for (uint32_t i = 0; i < out_.items.size(); ++i) groups[group_of(out_.items[i])].push_back(i);
    std::erase_if(groups, [](const auto& one) { return one.second.size() < scale_items_min; });
    out_.form = "scales by the names of items";
    if (groups.size() < 2) {
      groups.clear();
      for (uint32_t i = 0; i < out_.items.size(); ++i) groups["all"].push_back(i);
      out_.form = "one scale of all items: their names tell no others";
    }
    understand::Moments moments(out_.items.size());
    for (size_t p = 0; p < out_.people(); ++p) moments.add(out_.of(p));
    const understand::Belief usual = moments.usual();
    for (const auto& [name, items] : groups) {
      const std::vector<double> signs = understand::keyed(usual, items);
      for (size_t k = 0; k < items.size(); ++k) add(name, items[k], signs[k]);
    }
    out_.form += ", each item counting the way it goes with the others";
    return {};
  }

  void add(const std::string& scale, uint32_t item, double sign) {
    auto found = std::ranges::find(out_.scales, scale, &Questionnaire::Scale::name);
    if (found == out_.scales.end()) {
      out_.scales.push_back({.name = scale, .weights = std::vector<double>(out_.items.size())});
      found = std::prev(out_.scales.end());
    }
    found->weights[item] = sign;
    ++found->items;
  }

  // item, scale and perhaps key: + or -, 1 or -1.
  Result<void> read_scales() {
    PreferenceRows rows = TRY(PreferenceRows::open(files_.scales));
    const auto column = [&](std::string_view name) -> std::optional<size_t> {
      for (size_t i = 0; i < rows.head().size(); ++i)
        if (ground::ascii_lower(ground::trim(rows.head()[i])) == name) return i;
      return std::nullopt;
    };
    const auto item = column("item"), scale = column("scale"), key = column("key");
    if (!item || !scale)
      return fail(ErrorCode::invalid,
                  fmt::format("{}: expected columns item and scale, perhaps key.", files_.scales));
    for (TableRow row; rows.next(row);) {
      const auto refused = [&](std::string_view what) {
        return fail(ErrorCode::invalid, fmt::format("{}:{}: {}", files_.scales, row.line, what));
      };
      if (!row.wrong.empty()) return refused(row.wrong);
      row.cells.resize(rows.head().size());
      const auto found = std::ranges::find(out_.items, row.cells[*item]);
      if (found == out_.items.end())
        return refused(fmt::format("\"{}\" is no item of {}.", row.cells[*item], files_.data));
      const std::string sign = key ? std::string(ground::trim(row.cells[*key])) : "";
      if (!sign.empty() && sign != "+" && sign != "-" && sign != "1" && sign != "-1" &&
          sign != "+1")
        return refused("key: expected + or -.");
      add(row.cells[*scale], static_cast<uint32_t>(found - out_.items.begin()),
          sign.starts_with('-') ? -1 : 1);
    }
    if (out_.scales.empty())
      return fail(ErrorCode::invalid, fmt::format("{} has no rows.", files_.scales));
    out_.form = "scales as " + files_.scales + " says";
    return {};
  }

  const QuestionnaireFiles& files_;
  PreferenceRows rows_;
  std::vector<std::string> head_;
  std::vector<ColumnRead> columns_;
  Questionnaire out_;
};

}  // namespace

Result<Questionnaire> read_questionnaire(const QuestionnaireFiles& files) {
  return Reading(files, TRY(PreferenceRows::open(files.data))).read();
}

}  // namespace aizuchi::serve
