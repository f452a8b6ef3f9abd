#include "serve/evaluate/preferences_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "ground/base/text.h"
#include "serve/evaluate/plain_file.h"
#include "serve/evaluate/preferences_rows.h"

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

// "a_vs_b": the two options that a column of answers is about.
std::optional<std::pair<std::string, std::string>> pair_in(const std::string& name) {
  for (const std::string_view between :
       {"_vs_", " vs ", " vs. ", "-vs-", ".vs.", " > ", ">", "|"}) {
    const size_t at = name.find(between);
    if (at == std::string::npos || at == 0 || at + between.size() == name.size()) continue;
    return std::pair(std::string(ground::trim(name.substr(0, at))),
                     std::string(ground::trim(name.substr(at + between.size()))));
  }
  return std::nullopt;
}

enum class Side : uint8_t { first, second, neither, wrong };

// Which of two was chosen: by its name, or its place. What is not said is neither.
Side side_of(std::string_view cell, std::string_view first, std::string_view second) {
  const std::string_view text = ground::trim(cell);
  if (text == first) return Side::first;
  if (text == second) return Side::second;
  const std::string word = ground::ascii_lower(text);
  const auto is = [&](std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, std::string_view(word)) != words.end();
  };
  if (is({"", "na", "nan", "null", "tie", "equal", "neither", "both"})) return Side::neither;
  if (is({"1", "a", "left", "l", "first", "true", "option_a", "option1", "1.0"}))
    return Side::first;
  if (is({"2", "0", "-1", "b", "right", "r", "second", "false", "option_b", "option2", "0.0",
          "2.0"}))
    return Side::second;
  return Side::wrong;
}

// The columns of the two sides of a pair, as they are usually called.
std::optional<std::pair<size_t, size_t>> side_columns(const std::vector<std::string>& head) {
  static constexpr std::pair<std::string_view, std::string_view> names[] = {
      {"left", "right"},
      {"first", "second"},
      {"a", "b"},
      {"option_a", "option_b"},
      {"option1", "option2"},
      {"option_1", "option_2"},
      {"item_a", "item_b"},
      {"item1", "item2"},
      {"item_1", "item_2"},
      {"value_a", "value_b"},
      {"value1", "value2"},
      {"value_1", "value_2"},
      {"left_option", "right_option"},
      {"x", "y"}};
  for (const auto& [first, second] : names) {
    const auto one = column(head, {first}), other = column(head, {second});
    if (one && other) return std::pair(*one, *other);
  }
  return std::nullopt;
}

// rank1, place_2, 3 …: which place a column of names is of; 0: it is not such a one.
size_t place_in(const std::string& name) {
  std::string_view text = ground::trim(name);
  const std::string small = ground::ascii_lower(text);
  text = small;
  for (const std::string_view word : {"rank", "place", "position", "choice", "pref", "top", "#"})
    if (text.starts_with(word)) text.remove_prefix(word.size());
  while (text.starts_with('_') || text.starts_with(' ') || text.starts_with('.'))
    text.remove_prefix(1);
  size_t place = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), place);
  return wrong == std::errc() && end == text.data() + text.size() ? place : 0;
}

class Reading {
 public:
  Reading(std::string file, PreferenceRows rows) : file_(std::move(file)), rows_(std::move(rows)) {}

  Result<Preferences> read(const std::vector<std::string>& wanted) {
    head_ = rows_.head();
    wanted_ = wanted;
    const auto better = column(head_, {"better", "winner", "preferred", "chosen"});
    const auto worse = column(head_, {"worse", "loser", "rejected", "other"});
    const auto option = column(head_, {"option", "item", "value", "axis", "alternative"});
    const auto rating = column(head_, {"rating", "score", "rank", "preference", "utility"});
    const auto ranking = column(head_, {"ranking", "order", "ranked"});
    const auto sides = side_columns(head_);
    const auto chosen = column(head_, {"chosen", "choice", "winner", "preferred", "answer",
                                       "response", "selected", "picked"});
    const auto who = who_column(head_);
    if (who && better && worse) {
      out_.form = "choices: person, better, worse";
      TRY(choices(*who, *better, *worse));
    } else if (who && sides && chosen) {
      out_.form = "choices: person, two options, which was chosen";
      TRY(chosen_of_two(*who, *sides, *chosen));
    } else if (who && ranking && head_.size() <= 4) {
      out_.form = "rankings: person, options from the best on";
      TRY(rankings(*who, *ranking));
    } else if (places(who)) {
      out_.form = "rankings: a person a row, a place a column";
      TRY(ranked_columns(who));
    } else if (pair_columns(who)) {
      out_.form = "choices: a person a row, a pair a column";
      TRY(pairs_table(who));
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
    if (ahead_) {
      row = *std::exchange(ahead_, std::nullopt);
    } else if (!rows_.next(row)) {
      return false;
    }
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

  // Is every column but who a place, and does the first row hold names?
  bool places(std::optional<size_t> who) {
    for (size_t i = 0; i < head_.size(); ++i)
      if (i != who && place_in(head_[i]) == 0) return false;
    TableRow row;
    if (head_.size() < 4 || !rows_.next(row)) return false;
    ahead_ = row;
    if (row.cells.size() < head_.size()) return false;
    for (size_t i = 0; i < head_.size(); ++i)
      if (i != who && number_of(row.cells[i])) return false;
    return true;
  }
  bool pair_columns(std::optional<size_t> who) const {
    size_t pairs = 0;
    for (size_t i = 0; i < head_.size(); ++i) pairs += i != who && pair_in(head_[i]) ? 1 : 0;
    return pairs >= 3 && pairs + (who ? 1 : 0) == head_.size();
  }
  std::string name_in(const TableRow& row, std::optional<size_t> who) const {
    return who ? row.cells[*who] : fmt::format("line {}", row.line);
  }
  uint32_t person(const std::string& name) {
    const uint32_t number = people_.number(name);
    if (number >= given_.size()) given_.resize(number + 1);
    return number;
  }

  // Names from the best on, as many as are told.
  Result<void> order(const TableRow& row, const std::string& who,
                     const std::vector<std::string>& names) {
    auto& given = given_[person(who)];
    double place = 0;
    for (const std::string& name : names) {
      if (name.empty() || !is_wanted(name)) continue;
      if (!given.try_emplace(option(name), --place).second)
        return wrong(row, fmt::format("\"{}\" is in this person's ranking twice.", name));
    }
    return {};
  }

  Result<void> rankings(size_t who, size_t ranking) {
    TableRow row;
    while (TRY(next(row, std::max(who, ranking) + 1))) {
      const std::string& text = row.cells[ranking];
      char between = ' ';
      for (const char mark : {' ', ',', '|', ';', '>'})
        if (text.find(mark) != std::string::npos) between = mark;
      std::vector<std::string> names;
      for (const std::string_view name : ground::split(text, between))
        names.emplace_back(ground::trim(name));
      TRY(order(row, row.cells[who], names));
    }
    like_as_given();
    return {};
  }

  Result<void> ranked_columns(std::optional<size_t> who) {
    std::vector<size_t> columns;
    for (size_t i = 0; i < head_.size(); ++i)
      if (i != who) columns.push_back(i);
    std::ranges::sort(columns, {}, [&](size_t i) { return place_in(head_[i]); });
    TableRow row;
    while (TRY(next(row, head_.size()))) {
      std::vector<std::string> names;
      for (const size_t i : columns) names.emplace_back(ground::trim(row.cells[i]));
      TRY(order(row, name_in(row, who), names));
    }
    like_as_given();
    return {};
  }

  Result<void> choose(const TableRow& row, uint32_t person, Side side, const std::string& first,
                      const std::string& second) {
    if (first == second) return wrong(row, "an option is preferred to itself.");
    if (person >= out_.known.size()) out_.known.resize(person + 1);
    if (side == Side::neither || !is_wanted(first) || !is_wanted(second)) return {};
    const uint32_t one = option(first), other = option(second);
    out_.known[person].push_back(side == Side::first ? Preference{one, other}
                                                     : Preference{other, one});
    return {};
  }

  Result<void> chosen_of_two(size_t who, std::pair<size_t, size_t> sides, size_t chosen) {
    TableRow row;
    while (TRY(next(row, std::max({who, sides.first, sides.second, chosen}) + 1))) {
      const std::string &first = row.cells[sides.first], &second = row.cells[sides.second];
      const Side side = side_of(row.cells[chosen], first, second);
      if (side == Side::wrong)
        return wrong(row, fmt::format("column \"{}\": expected \"{}\", \"{}\", or which of them "
                                      "(1 or 2, a or b, left or right).",
                                      head_[chosen], first, second));
      TRY(choose(row, people_.number(row.cells[who]), side, first, second));
    }
    return {};
  }

  Result<void> pairs_table(std::optional<size_t> who) {
    TableRow row;
    while (TRY(next(row, head_.size()))) {
      const uint32_t person = people_.number(name_in(row, who));
      for (size_t i = 0; i < head_.size(); ++i) {
        if (i == who) continue;
        const auto [first, second] = *pair_in(head_[i]);
        const Side side = side_of(row.cells[i], first, second);
        if (side == Side::wrong)
          return wrong(row, fmt::format("column \"{}\": expected \"{}\", \"{}\", 1, 0 or nothing.",
                                        head_[i], first, second));
        TRY(choose(row, person, side, first, second));
      }
    }
    return {};
  }

  bool is_wanted(const std::string& name) const {
    return wanted_.empty() || std::ranges::find(wanted_, name) != wanted_.end();
  }

  uint32_t option(const std::string& name) {
    const auto [at, added] = numbers_.try_emplace(name, static_cast<uint32_t>(out_.options.size()));
    if (added) out_.options.push_back(name);
    return at->second;
  }

  Result<void> ratings(size_t who, size_t what, size_t rating) {
    TableRow row;
    while (TRY(next(row, std::max({who, what, rating}) + 1))) {
      const auto value = number_of(row.cells[rating]);
      if (!value)
        return wrong(row, fmt::format("column \"{}\": expected a number.", head_[rating]));
      const uint32_t number = person(row.cells[who]);
      if (!is_wanted(row.cells[what])) continue;
      if (!given_[number].try_emplace(option(row.cells[what]), *value).second)
        return wrong(row, "this person has rated this option before.");
    }
    like_as_given();
    return {};
  }

  void like_as_given() {
    for (const auto& given : given_) {
      Liking liking(out_.options.size(), std::nan(""));
      for (const auto& [at, value] : given) liking[at] = value;
      out_.likings.push_back(std::move(liking));
    }
  }

  Result<void> choices(size_t who, size_t better, size_t worse) {
    TableRow row;
    while (TRY(next(row, std::max({who, better, worse}) + 1)))
      TRY(choose(row, people_.number(row.cells[who]), Side::first, row.cells[better],
                 row.cells[worse]));
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
  PreferenceRows rows_;
  std::optional<TableRow> ahead_;  // looked at, to be read yet
  std::vector<std::string> head_, wanted_;
  Names people_;
  std::vector<std::map<uint32_t, double>> given_;  // by person: how much each option is liked
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
    static constexpr std::string_view endings[] = {".csv", ".tsv", ".ndjson", ".jsonl", ".json"};
    if (std::ranges::find(endings, ending) != std::end(endings)) files.push_back(entry.path());
  }
  if (files.size() == 1) return files.front();
  return fail(ErrorCode::not_found,
              fmt::format("{} has {} files .csv, .tsv, .ndjson or .json; expected one.",
                          path.string(), files.size()),
              "Name the file of preferences with --data FILE.");
}

}  // namespace

Result<Preferences> read_preferences(const std::filesystem::path& path,
                                     const std::vector<std::string>& options) {
  const std::filesystem::path file = TRY(file_of(path));
  return Reading(file.string(), TRY(PreferenceRows::open(file.string()))).read(options);
}

}  // namespace aizuchi::serve
