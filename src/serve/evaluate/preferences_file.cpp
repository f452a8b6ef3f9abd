#include "serve/evaluate/preferences_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include "ground/base/text.h"
#include "serve/evaluate/plain_file.h"
#include "serve/tables/table_reader.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using understand::Liking;
using understand::Preference;

namespace {

// A number; nullopt when it is not one. Empty, NA and NaN are "not known".
std::optional<double> number_of(std::string_view cell) {
  const std::string_view text = ground::trim(cell);
  const std::string word = ground::ascii_lower(text);
  if (word.empty() || word == "na" || word == "nan" || word == "null") return std::nan("");
  double value = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (wrong != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::optional<size_t> column(const std::vector<std::string>& head,
                             std::initializer_list<std::string_view> words) {
  for (size_t i = 0; i < head.size(); ++i) {
    const std::string name = ground::ascii_lower(ground::trim(head[i]));
    if (std::ranges::find(words, std::string_view(name)) != words.end()) return i;
  }
  return std::nullopt;
}

std::optional<size_t> who_column(const std::vector<std::string>& head) {
  if (const auto known = find_column(head, Column::who)) return known;
  return column(head, {"", "id", "respondent", "respondent_id", "participant", "participant_id",
                       "case", "caseid", "subject", "voter", "household"});
}

class Reading {
 public:
  Reading(std::string file, std::istream& in) : file_(std::move(file)), reader_(in, {}) {}

  Result<Preferences> read(const std::vector<std::string>& wanted) {
    TableRow row;
    if (!reader_.next(row)) return fail(ErrorCode::invalid, fmt::format("{} has no rows.", file_));
    if (!row.wrong.empty()) return wrong(row, row.wrong);
    head_ = row.cells;
    const auto better = column(head_, {"better", "winner", "preferred", "chosen"});
    const auto worse = column(head_, {"worse", "loser", "rejected", "other"});
    const auto option = column(head_, {"option", "item", "value", "axis", "alternative"});
    const auto rating = column(head_, {"rating", "score", "rank", "preference", "utility"});
    const auto who = who_column(head_);
    if (who && better && worse) {
      out_.form = "choices: person, better, worse";
      TRY(choices(*who, *better, *worse));
    } else if (who && option && rating && head_.size() <= 4) {
      out_.form = "ratings: person, option, rating";
      TRY(ratings(*who, *option, *rating));
    } else {
      out_.form = "a person a row, an option a column";
      TRY(table(who, wanted));
    }
    if (out_.options.size() < 3 || out_.options.size() > options_max)
      return fail(ErrorCode::invalid, fmt::format("{} has {} options; expected 3 to {}.", file_,
                                                  out_.options.size(), options_max));
    finish();
    return std::move(out_);
  }

 private:
  std::unexpected<ground::Error> wrong(const TableRow& row, std::string_view what,
                                       std::string hint = "") const {
    return fail(ErrorCode::invalid, fmt::format("{}:{}: {}", file_, row.line, what),
                std::move(hint));
  }
  Result<bool> next(TableRow& row, size_t cells) {
    if (!reader_.next(row)) return false;
    if (!row.wrong.empty()) return wrong(row, row.wrong);
    if (row.cells.size() < cells)
      return wrong(row, fmt::format("{} cells; expected {}.", row.cells.size(), cells));
    return true;
  }

  Result<void> table(std::optional<size_t> who, const std::vector<std::string>& wanted) {
    std::vector<size_t> columns;
    for (size_t i = 0; i < head_.size(); ++i)
      if (wanted.empty() ? i != who : std::ranges::find(wanted, head_[i]) != wanted.end())
        columns.push_back(i), out_.options.push_back(head_[i]);
    for (const std::string& name : wanted)
      if (std::ranges::find(head_, name) == head_.end())
        return fail(ErrorCode::invalid, fmt::format("{} has no column \"{}\".", file_, name));
    if (std::set(out_.options.begin(), out_.options.end()).size() != out_.options.size())
      return fail(ErrorCode::invalid, fmt::format("{} has two columns of one name.", file_));
    TableRow row;
    while (TRY(next(row, head_.size()))) {
      // A first column of words that is called anything says who.
      if (out_.likings.empty() && !who && wanted.empty() && !number_of(row.cells[0]))
        columns.erase(columns.begin()), out_.options.erase(out_.options.begin());
      Liking liking;
      for (const size_t i : columns) {
        const auto value = number_of(row.cells[i]);
        if (!value)
          return wrong(row,
                       fmt::format("column \"{}\": expected a rating or rank as a number, or "
                                   "nothing.",
                                   head_[i]),
                       "Name the columns of the options: --options a,b,c.");
        liking.push_back(*value);
      }
      out_.likings.push_back(std::move(liking));
    }
    if (wanted.empty() && !columns.empty() && columns.front() == 0 && numbers_people()) {
      out_.form += fmt::format("; \"{}\" numbers the people", head_[0]);
      out_.options.erase(out_.options.begin());
      for (Liking& liking : out_.likings) liking.erase(liking.begin());
    }
    return {};
  }

  // Is the first column a whole number that no two of many people share? No rating is so.
  bool numbers_people() const {
    std::set<double> seen;
    for (const Liking& liking : out_.likings)
      if (std::isnan(liking[0]) || liking[0] != std::floor(liking[0]) ||
          !seen.insert(liking[0]).second)
        return false;
    return seen.size() > options_max;
  }

  uint32_t option(const std::string& name) {
    const auto [at, added] = numbers_.try_emplace(name, static_cast<uint32_t>(out_.options.size()));
    if (added) out_.options.push_back(name);
    return at->second;
  }

  Result<void> ratings(size_t who, size_t what, size_t rating) {
    TableRow row;
    std::vector<std::map<uint32_t, double>> people;
    while (TRY(next(row, std::max({who, what, rating}) + 1))) {
      const auto value = number_of(row.cells[rating]);
      if (!value)
        return wrong(row, fmt::format("column \"{}\": expected a number.", head_[rating]));
      const uint32_t person = people_.number(row.cells[who]);
      if (person >= people.size()) people.resize(person + 1);
      if (!people[person].try_emplace(option(row.cells[what]), *value).second)
        return wrong(row, "this person has rated this option before.");
    }
    for (const auto& given : people) {
      Liking liking(out_.options.size(), std::nan(""));
      for (const auto& [at, value] : given) liking[at] = value;
      out_.likings.push_back(std::move(liking));
    }
    return {};
  }

  Result<void> choices(size_t who, size_t better, size_t worse) {
    TableRow row;
    while (TRY(next(row, std::max({who, better, worse}) + 1))) {
      if (row.cells[better] == row.cells[worse])
        return wrong(row, "an option is preferred to itself.");
      const uint32_t person = people_.number(row.cells[who]);
      if (person >= out_.known.size()) out_.known.resize(person + 1);
      const uint32_t a = option(row.cells[better]), b = option(row.cells[worse]);
      out_.known[person].push_back({a, b});
    }
    return {};
  }

  // Known preferences and sites. Who said both "a" and "b" of a pair said neither.
  void finish() {
    for (const Liking& liking : out_.likings) {
      std::vector<Preference> known;
      for (uint32_t a = 0; a < liking.size(); ++a)
        for (uint32_t b = 0; b < liking.size(); ++b)
          if (liking[a] > liking[b]) known.push_back({a, b});
      out_.known.push_back(std::move(known));
      out_.sites.push_back(understand::sites_of_order(liking));
    }
    if (!out_.likings.empty()) return;
    for (auto& known : out_.known) {
      const std::set<Preference> said(known.begin(), known.end());
      known.clear();
      out_.sites.emplace_back();
      for (const Preference& one : said) {
        if (said.contains({one.worse, one.better})) continue;
        known.push_back(one);
        out_.sites.back().push_back({.preference = one});
      }
    }
  }

  const std::string file_;
  TableReader reader_;
  std::vector<std::string> head_;
  Names people_;
  std::map<std::string, uint32_t> numbers_;
  Preferences out_;
};

// The file itself, or the only one of a folder.
Result<std::filesystem::path> file_of(const std::filesystem::path& path) {
  std::error_code wrong;
  if (!std::filesystem::is_directory(path, wrong)) return path;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(path, wrong)) {
    const std::string ending = ground::ascii_lower(entry.path().extension().string());
    if (ending == ".csv" || ending == ".tsv") files.push_back(entry.path());
  }
  if (files.size() == 1) return files.front();
  return fail(
      ErrorCode::not_found,
      fmt::format("{} has {} files .csv or .tsv; expected one.", path.string(), files.size()),
      "Name the file of preferences with --data FILE.");
}

}  // namespace

Result<Preferences> read_preferences(const std::filesystem::path& path,
                                     const std::vector<std::string>& options) {
  const std::filesystem::path file = TRY(file_of(path));
  std::ifstream in(file, std::ios::binary);
  if (!in)
    return fail(ErrorCode::not_found, fmt::format("{} cannot be read.", file.string()),
                "Name the file of preferences with --data FILE.");
  return Reading(file.string(), in).read(options);
}

}  // namespace aizuchi::serve
