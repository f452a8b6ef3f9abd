#include "serve/evaluate/outcome_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <optional>
#include <span>

#include "serve/evaluate/mailings.h"
#include "serve/evaluate/plain_file.h"
#include "serve/tables/table_reader.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

constexpr std::string_view outcome_words[] = {"outcome", "redeemed",  "conversion", "converted",
                                              "y",       "purchased", "revenue",    "target"};
constexpr size_t words_most = 12;

std::optional<double> number(const std::string& text) {
  double value = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (wrong != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> yes_or_no(const std::string& text) {
  for (const char* yes : {"1", "yes", "true", "TRUE", "True"})
    if (text == yes) return 1;
  for (const char* no : {"0", "no", "false", "FALSE", "False"})
    if (text == no) return 0;
  return std::nullopt;
}

struct Cells {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> rows;
};

// One column as features: its number, or its words.
void add_column(const Cells& cells, size_t column, OutcomeRows& out) {
  std::map<std::string, size_t> counts;
  bool numeric = true;
  for (const auto& row : cells.rows) {
    numeric = numeric && number(row[column]).has_value();
    ++counts[row[column]];
  }
  const auto add = [&](const std::string& name, const auto& value_of) {
    out.features.push_back(name);
    out.about_people.push_back(false);
    for (size_t i = 0; i < cells.rows.size(); ++i)
      out.rows[i].features.push_back(value_of(cells.rows[i][column]));
  };
  if (numeric) return add(cells.names[column], [](const std::string& t) { return *number(t); });
  std::vector<std::pair<size_t, std::string>> words;
  for (const auto& [word, count] : counts) words.emplace_back(count, word);
  std::ranges::sort(words, std::greater{});
  words.resize(std::min(words.size(), words_most));
  for (const auto& [count, word] : words)
    add(cells.names[column] + "=" + word,
        [&](const std::string& t) { return t == word ? 1.0 : 0; });
}

Result<size_t> outcome_column(const std::string& file, const std::vector<std::string>& names,
                              const std::string& wanted) {
  const auto at = [&](std::string_view name) { return std::ranges::find(names, name); };
  if (!wanted.empty() && at(wanted) == names.end())
    return fail(ErrorCode::invalid, fmt::format("{}:1: there is no column {}.", file, wanted));
  if (!wanted.empty()) return static_cast<size_t>(at(wanted) - names.begin());
  for (const std::string_view known : outcome_words) {
    std::string word(known);
    if (at(word) != names.end()) return static_cast<size_t>(at(word) - names.begin());
    word[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(word[0])));
    if (at(word) != names.end()) return static_cast<size_t>(at(word) - names.begin());
  }
  return fail(ErrorCode::invalid, fmt::format("{}:1: no column tells what came of it.", file),
              "Name it outcome, or say --outcome COLUMN.");
}

Result<OutcomeRows> read_file(const std::filesystem::path& path, const std::string& wanted) {
  std::ifstream in(path, std::ios::binary);
  const std::string file = path.string();
  if (!in) return fail(ErrorCode::not_found, fmt::format("{} cannot be read.", file));
  TableReader reader(in, {});
  TableRow row;
  if (!reader.next(row)) return fail(ErrorCode::invalid, fmt::format("{} is empty.", file));
  Cells cells{.names = row.cells, .rows = {}};
  const size_t outcome = TRY(outcome_column(file, cells.names, wanted));
  const auto time = find_column(cells.names, Column::time);
  OutcomeRows out{.form =
                      fmt::format("{}: {} by {}", path.filename().string(), cells.names[outcome],
                                  time ? cells.names[*time] : "the order of the rows")};
  while (reader.next(row)) {
    if (!row.wrong.empty())
      return fail(ErrorCode::invalid, fmt::format("{}:{}: {}", file, row.line, row.wrong));
    row.cells.resize(cells.names.size());
    const auto came = yes_or_no(row.cells[outcome]);
    if (!came)
      return fail(ErrorCode::invalid,
                  fmt::format("{}:{}: the outcome must be 0 or 1.", file, row.line));
    const auto at = time ? seconds_of(row.cells[*time]) : static_cast<double>(row.line);
    if (!at)
      return fail(ErrorCode::invalid, fmt::format("{}:{}: the time is not one.", file, row.line));
    out.rows.push_back({.at = *at, .outcome = *came, .features = {}});
    cells.rows.push_back(row.cells);
  }
  for (size_t column = 0; column < cells.names.size(); ++column)
    if (column != outcome && column != time) add_column(cells, column, out);
  std::ranges::sort(out.rows, {}, [](const OutcomeRow& r) { return std::pair(r.at, r.features); });
  return out;
}

}  // namespace

Result<OutcomeRows> read_outcomes(const std::filesystem::path& file_or_folder,
                                  const std::string& outcome) {
  if (std::filesystem::is_directory(file_or_folder)) return read_mailings(file_or_folder);
  return read_file(file_or_folder, outcome);
}

}  // namespace aizuchi::serve
