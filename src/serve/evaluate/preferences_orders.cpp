// Tables of preferences, with a line of names or without, and two forms in which orders are
// published: PrefLib's (`# ALTERNATIVE NAME 1: tea`, then `3: 1,{2,4},3`, the best first, said by
// three people) and rows of `0 10 5 0 3 …` behind a line of two numbers.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "ground/base/text.h"
#include "serve/evaluate/preferences_rows.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

constexpr size_t looked_at = 3;  // rows, before it is said what they are

std::optional<double> number_of(std::string_view cell) {
  const std::string_view text = ground::trim(cell);
  double value = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (wrong != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> out;
  for (const std::string_view word : ground::split(line, ' '))
    if (!ground::trim(word).empty()) out.emplace_back(ground::trim(word));
  return out;
}

// A table whose cells are parted by blanks: lines of as many words, or a line of two numbers first.
bool parted_by_blanks(const std::string& first, const std::string& second) {
  if (first.find_first_of(",;\t\"") != std::string::npos) return false;
  const auto one = words_of(first), other = words_of(second);
  return one.size() > 2 ? one.size() == other.size()
                        : one.size() == 2 && number_of(one[0]) && other.size() > 4;
}

// 1 2 3 …, or 0 1 2 …: the names of columns, more likely than somebody's order.
bool counts_up(const std::vector<std::string>& cells) {
  for (size_t i = 0; i < cells.size(); ++i) {
    const auto value = number_of(cells[i]);
    if (!value || *value - static_cast<double>(i) != number_of(cells[0])) return false;
  }
  return true;
}

bool orders_of_the_same(const std::vector<TableRow>& rows) {
  if (rows.size() < looked_at || rows[0].cells.size() < 3 || counts_up(rows[0].cells)) return false;
  const std::set<std::string> names(rows[0].cells.begin(), rows[0].cells.end());
  return std::ranges::all_of(rows, [&](const TableRow& row) {
    return row.cells.size() == names.size() &&
           std::set(row.cells.begin(), row.cells.end()) == names;
  });
}

// Numbers that can be no names: two alike, or one that is not whole.
bool numbers_only(const std::vector<std::string>& cells) {
  std::set<double> seen;
  bool names = true;
  for (const std::string& cell : cells) {
    const auto value = number_of(cell);
    if (!value) return false;
    names = names && seen.insert(*value).second && *value == std::floor(*value);
  }
  return cells.size() > 1 && !names;
}

bool counted_orders(const std::vector<TableRow>& rows) {
  if (rows.size() < 2 || rows[0].cells.size() != 2 || !number_of(rows[0].cells[0])) return false;
  const auto& cells = rows[1].cells;
  const auto size = cells.size() > 4 ? number_of(cells[1]) : std::nullopt;
  return size && *size == static_cast<double>(cells.size() - 2);
}

}  // namespace

Result<void> PreferenceRows::read_table() {
  std::string first, second;
  std::getline(*in_, first), std::getline(*in_, second);
  in_->clear(), in_->seekg(0);
  if (ground::trim(first).starts_with("# ")) return read_preflib();
  TableForm form;
  blanks_ = parted_by_blanks(first, second);
  if (blanks_) form.separator = ' ';
  reader_ = std::make_unique<TableReader>(*in_, form);
  std::vector<TableRow> rows;
  for (TableRow row; rows.size() < looked_at && next(row);) rows.push_back(row);
  if (rows.empty()) return {};
  if (!rows[0].wrong.empty())
    return fail(ErrorCode::invalid, fmt::format("{}:{}: {}", file_, rows[0].line, rows[0].wrong));
  if (counted_orders(rows)) return read_counted(std::move(rows));
  if (orders_of_the_same(rows)) {
    for (size_t i = 0; i < rows[0].cells.size(); ++i) head_.push_back(fmt::format("rank{}", i + 1));
    note_ = "; no line of names: the best first";
  } else if (numbers_only(rows[0].cells)) {
    for (size_t i = 0; i < rows[0].cells.size(); ++i) head_.push_back(fmt::format("{}", i + 1));
    note_ = "; no line of names: columns by number";
  } else {
    head_ = rows[0].cells;
    rows.erase(rows.begin());
  }
  rows_ = std::move(rows);
  return {};
}

void PreferenceRows::add_order(uint64_t line, std::span<const std::string> names,
                               const std::string& who) {
  int64_t place = 0;
  for (const std::string& name : names)
    rows_.push_back({.line = line, .cells = {who, name, std::to_string(--place)}, .wrong = {}});
}

Result<void> PreferenceRows::read_counted(std::vector<TableRow> rows) {
  head_ = {"person", "option", "rating"};
  note_ = "; rows of orders behind a line of two numbers";
  for (TableRow row; next(row);) rows.push_back(row);
  for (size_t i = 1; i < rows.size(); ++i) {
    const auto& cells = rows[i].cells;
    const auto size = cells.size() > 2 ? number_of(cells[1]) : std::nullopt;
    if (!size || *size != static_cast<double>(cells.size() - 2))
      return fail(ErrorCode::invalid,
                  fmt::format("{}:{}: expected 0, how many, and as many names, the best first.",
                              file_, rows[i].line));
    add_order(rows[i].line, std::span(cells).subspan(2), fmt::format("line {}", rows[i].line));
  }
  reader_.reset();
  return {};
}

Result<void> PreferenceRows::read_preflib() {
  head_ = {"person", "option", "rating"};
  note_ = "; PrefLib";
  std::map<std::string, std::string> names;
  uint64_t number = 0;
  for (std::string line; std::getline(*in_, line);) {
    ++number;
    const std::string text(ground::trim(line));
    constexpr std::string_view naming = "# ALTERNATIVE NAME ";
    const size_t colon = text.find(':');
    if (text.starts_with(naming) && colon != std::string::npos)
      names[text.substr(naming.size(), colon - naming.size())] =
          ground::trim(text.substr(colon + 1));
    if (text.empty() || text.starts_with('#')) continue;
    const auto people = number_of(text.substr(0, colon));
    if (colon == std::string::npos || !people || *people < 1 || *people > 1e6)
      return fail(
          ErrorCode::invalid,
          fmt::format("{}:{}: expected how many people, a colon, and their order.", file_, number));
    int64_t level = 0;
    bool tied = false;
    std::vector<std::pair<std::string, int64_t>> order;
    for (const std::string_view part : ground::split(text.substr(colon + 1), ',')) {
      std::string name(ground::trim(part));
      if (!tied) --level;
      if (name.starts_with('{')) tied = true, name.erase(0, 1);
      if (name.ends_with('}')) tied = false, name.pop_back();
      if (const auto known = names.find(name); known != names.end()) name = known->second;
      if (!name.empty()) order.emplace_back(name, level);
    }
    for (int64_t one = 0; one < static_cast<int64_t>(*people); ++one)
      for (const auto& [name, place] : order)
        rows_.push_back({.line = number,
                         .cells = {fmt::format("{}.{}", number, one), name, std::to_string(place)},
                         .wrong = {}});
  }
  return {};
}

}  // namespace aizuchi::serve
