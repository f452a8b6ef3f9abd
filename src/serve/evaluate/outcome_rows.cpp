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
// Of trials, the first found is it; and none of them is a feature.
constexpr std::string_view trial_outcome_words[] = {
    "outcome",  "visit",  "conversion", "converted", "redeemed",  "purchased",
    "purchase", "target", "y",          "response",  "responded", "clicked",
    "click",    "opened", "spend",      "revenue",   "amount",    "exposure"};
constexpr std::string_view arm_words[] = {"arm",   "segment", "treatment", "variant",
                                          "group", "w",       "campaign"};
constexpr std::string_view control_words[] = {"control", "no e-mail", "no email", "no mail",
                                              "none",    "holdout",   "no",       "0"};
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

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// The column that is wanted, or the first of the usual names.
Result<size_t> column_of(const std::string& file, const std::vector<std::string>& names,
                         const std::string& wanted, std::span<const std::string_view> usual,
                         std::string_view what) {
  if (!wanted.empty()) {
    const auto found = std::ranges::find(names, wanted);
    if (found != names.end()) return static_cast<size_t>(found - names.begin());
    return fail(ErrorCode::invalid, fmt::format("{}:1: there is no column {}.", file, wanted));
  }
  for (const std::string_view word : usual)
    for (size_t i = 0; i < names.size(); ++i)
      if (lower(names[i]) == word) return i;
  return fail(ErrorCode::invalid, fmt::format("{}:1: no column tells {}.", file, what),
              fmt::format("Name it {}, or say --{} COLUMN.", usual.front(), usual.front()));
}

// The arms by name, the control first; which arm each row was in; and their shares.
Result<void> sort_arms(const std::string& file, const Cells& cells, size_t column,
                       const std::string& wanted, TrialRows& out) {
  std::map<std::string, size_t> counts;
  for (const auto& row : cells.rows) ++counts[row[column]];
  for (const auto& [name, count] : counts) out.arms.push_back(name);
  auto control = std::ranges::find(out.arms, wanted);
  for (const std::string_view word : control_words)
    if (wanted.empty() && control == out.arms.end())
      control = std::ranges::find_if(out.arms, [&](const auto& a) { return lower(a) == word; });
  if (control == out.arms.end())
    return fail(ErrorCode::invalid,
                wanted.empty()
                    ? fmt::format("{}: none of the {} arms of {} is named as a control.", file,
                                  out.arms.size(), cells.names[column])
                    : fmt::format("{}: no row of {} is {}.", file, cells.names[column], wanted),
                "Say --control ARM: the one that was left alone.");
  std::rotate(out.arms.begin(), control, control + 1);
  std::map<std::string, uint32_t> numbers;
  for (const std::string& arm : out.arms) {
    numbers.emplace(arm, static_cast<uint32_t>(numbers.size()));
    out.shares.push_back(static_cast<double>(counts[arm]) / static_cast<double>(cells.rows.size()));
  }
  for (const auto& row : cells.rows) out.arm.push_back(numbers.at(row[column]));
  const auto least = std::ranges::min_element(counts, {}, [](const auto& c) { return c.second; });
  if (counts.size() < 2 || counts.size() > trial_arms_max || least->second < trial_arm_min)
    return fail(ErrorCode::invalid,
                fmt::format("{}: {} has {} arms, the least of them with {} rows.", file,
                            cells.names[column], counts.size(), least->second),
                fmt::format("Expected 2 to {} arms of {} rows or more; --arm COLUMN names it.",
                            trial_arms_max, trial_arm_min));
  return {};
}

Result<Cells> read_cells(const std::filesystem::path& path, std::vector<uint64_t>& lines) {
  std::ifstream in(path, std::ios::binary);
  const std::string file = path.string();
  if (!in) return fail(ErrorCode::not_found, fmt::format("{} cannot be read.", file));
  TableReader reader(in, {});
  TableRow row;
  if (!reader.next(row)) return fail(ErrorCode::invalid, fmt::format("{} is empty.", file));
  Cells cells{.names = row.cells, .rows = {}};
  while (reader.next(row)) {
    if (!row.wrong.empty())
      return fail(ErrorCode::invalid, fmt::format("{}:{}: {}", file, row.line, row.wrong));
    row.cells.resize(cells.names.size());
    cells.rows.push_back(row.cells), lines.push_back(row.line);
  }
  return cells;
}

// The file itself, or the only table of a folder.
Result<std::filesystem::path> only_table(const std::filesystem::path& file_or_folder) {
  if (!std::filesystem::is_directory(file_or_folder)) return file_or_folder;
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(file_or_folder))
    if (entry.path().extension() == ".csv" || entry.path().extension() == ".tsv")
      found.push_back(entry.path());
  if (found.size() == 1) return found.front();
  return fail(ErrorCode::invalid,
              fmt::format("{} has {} tables (.csv, .tsv).", file_or_folder.string(), found.size()),
              "Expected one; --data FILE names it.");
}

Result<OutcomeRows> read_file(const std::filesystem::path& path, const std::string& wanted) {
  const std::string file = path.string();
  std::vector<uint64_t> lines;
  const Cells cells = TRY(read_cells(path, lines));
  const size_t outcome = TRY(outcome_column(file, cells.names, wanted));
  const auto time = find_column(cells.names, Column::time);
  OutcomeRows out{.form =
                      fmt::format("{}: {} by {}", path.filename().string(), cells.names[outcome],
                                  time ? cells.names[*time] : "the order of the rows")};
  for (size_t i = 0; i < cells.rows.size(); ++i) {
    const auto came = yes_or_no(cells.rows[i][outcome]);
    if (!came)
      return fail(ErrorCode::invalid,
                  fmt::format("{}:{}: the outcome must be 0 or 1.", file, lines[i]));
    const auto at = time ? seconds_of(cells.rows[i][*time]) : static_cast<double>(lines[i]);
    if (!at)
      return fail(ErrorCode::invalid, fmt::format("{}:{}: the time is not one.", file, lines[i]));
    out.rows.push_back({.at = *at, .outcome = *came, .features = {}});
  }
  for (size_t column = 0; column < cells.names.size(); ++column)
    if (column != outcome && column != time) add_column(cells, column, out);
  std::ranges::sort(out.rows, {}, [](const OutcomeRow& r) { return std::pair(r.at, r.features); });
  return out;
}

// Every column that was known when the arm was drawn.
void add_features(const Cells& cells, size_t arm, size_t outcome,
                  const std::vector<std::string>& without, OutcomeRows& out) {
  const auto who = find_column(cells.names, Column::who);
  const auto time = find_column(cells.names, Column::time);
  for (size_t column = 0; column < cells.names.size(); ++column) {
    const std::string name = lower(cells.names[column]);
    if (name == "id" || name.ends_with("_id")) continue;
    const bool later =
        std::ranges::find(trial_outcome_words, name) != std::end(trial_outcome_words) ||
        std::ranges::find(without, cells.names[column]) != without.end();
    if (column != arm && column != outcome && column != who && column != time && !later)
      add_column(cells, column, out);
  }
}

}  // namespace

Result<TrialRows> read_trial(const std::filesystem::path& file_or_folder,
                             const TrialColumns& columns) {
  const std::filesystem::path path = TRY(only_table(file_or_folder));
  const std::string file = path.string();
  std::vector<uint64_t> lines;
  const Cells cells = TRY(read_cells(path, lines));
  const size_t arm = TRY(column_of(file, cells.names, columns.arm, arm_words, "which arm it was"));
  const size_t outcome =
      TRY(column_of(file, cells.names, columns.outcome, trial_outcome_words, "what came of it"));
  for (const std::string& name : columns.without)
    TRY(column_of(file, cells.names, name, trial_outcome_words, "it"));
  TrialRows out{.of = {}, .outcome = cells.names[outcome], .arms = {}, .arm = {}, .shares = {}};
  for (size_t i = 0; i < cells.rows.size(); ++i) {
    const std::string& text = cells.rows[i][outcome];
    const auto came = yes_or_no(text).has_value() ? yes_or_no(text) : number(text);
    if (!came)
      return fail(ErrorCode::invalid, fmt::format("{}:{}: the outcome {} must be a number.", file,
                                                  lines[i], cells.names[outcome]));
    out.of.rows.push_back({.at = static_cast<double>(lines[i]), .outcome = *came, .features = {}});
  }
  TRY(sort_arms(file, cells, arm, columns.control, out));
  add_features(cells, arm, outcome, columns.without, out.of);
  out.of.form = fmt::format("{}: {} by {}, against {}", path.filename().string(), out.outcome,
                            cells.names[arm], out.arms.front());
  return out;
}

Result<OutcomeRows> read_outcomes(const std::filesystem::path& file_or_folder,
                                  const std::string& outcome) {
  if (std::filesystem::is_directory(file_or_folder)) return read_mailings(file_or_folder);
  return read_file(file_or_folder, outcome);
}

}  // namespace aizuchi::serve
