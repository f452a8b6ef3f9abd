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

using TwoNames = std::pair<std::string, std::string>;

std::optional<TwoNames> parted(const std::string& name, std::string_view between) {
  const size_t at = name.find(between);
  if (at == std::string::npos || at == 0 || at + between.size() == name.size()) return std::nullopt;
  return TwoNames(ground::trim(name.substr(0, at)), ground::trim(name.substr(at + between.size())));
}

// "a_vs_b": the two options that each column of answers is about; nullopt: it is not so. What may
// stand inside a name, too, parts them where few names make many columns.
std::optional<std::map<size_t, TwoNames>> pairs_in(const std::vector<std::string>& head,
                                                   std::optional<size_t> who) {
  for (const std::string_view between :
       {"_vs_", " vs ", " vs. ", "-vs-", ".vs.", " > ", ">", "|", ":", "/", " - ", "-", "_", "."}) {
    std::map<size_t, TwoNames> out;
    std::set<std::string> names;
    for (size_t i = 0; i < head.size(); ++i) {
      const auto pair = i == who ? std::nullopt : parted(head[i], between);
      if (!pair) continue;
      names.insert(pair->first), names.insert(pair->second);
      out.emplace(i, *pair);
    }
    const bool sure = between.find("vs") != std::string_view::npos || between.contains('>');
    if (out.size() >= 3 && out.size() + (who ? 1 : 0) == head.size() &&
        (sure || names.size() < out.size()))
      return out;
  }
  return std::nullopt;
}

// Of people, and no option.
bool of_people(const std::string& name) {
  const std::string word = ground::ascii_lower(ground::trim(name));
  return word == "age" || word == "sex" || word == "gender";
}

constexpr size_t two_sided_min = 5;  // questions; fewer columns of 1 and 2 are ratings
constexpr std::string_view other_side = "the other answer";

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
      {"left_item", "right_item"},
      {"item_i", "item_j"},
      {"option_i", "option_j"},
      {"choice_a", "choice_b"},
      {"choice1", "choice2"},
      {"stimulus1", "stimulus2"},
      {"a_id", "b_id"},
      {"i", "j"},
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
  Reading(std::string file, PreferenceRows rows, const std::vector<std::string>& absent)
      : file_(std::move(file)), rows_(std::move(rows)), absent_(absent) {}

  Result<Preferences> read(const std::vector<std::string>& wanted) {
    head_ = rows_.head();
    wanted_ = wanted;
    const auto better = column(head_, {"better", "winner", "preferred", "chosen"});
    const auto worse = column(head_, {"worse", "loser", "rejected", "other"});
    const auto option = column(head_, {"option", "item", "value", "axis", "alternative"});
    const auto rating = column(head_, {"rating", "score", "rank", "preference", "utility"});
    const auto ranking = column(head_, {"ranking", "order", "ranked"});
    const auto sides = side_columns(head_);
    const auto chosen =
        column(head_, {"chosen", "choice", "winner", "preferred", "answer", "response", "selected",
                       "picked", "label", "y", "outcome", "result", "preference"});
    const auto who = who_column(head_);
    if (who && better && worse) {
      out_.form = "choices: person, better, worse";
      TRY(choices(*who, *better, *worse));
    } else if (who && sides && chosen && *chosen != sides->first && *chosen != sides->second) {
      out_.form = "choices: person, two options, which was chosen";
      TRY(chosen_of_two(*who, *sides, *chosen));
    } else if (ranking && head_.size() <= 4) {
      out_.form = "rankings: person, options from the best on";
      TRY(rankings(who, *ranking));
    } else if (places(who)) {
      out_.form = "rankings: a person a row, a place a column";
      TRY(ranked_columns(who));
    } else if (const auto pairs = pairs_in(head_, who)) {
      out_.form = "choices: a person a row, a pair a column";
      TRY(pairs_table(who, *pairs));
    } else if (two_sided(who)) {
      out_.form = "choices: a person a row, a question of two answers a column";
      TRY(pairs_table(who, own_pairs(who)));
    } else if (who && option && rating && head_.size() <= 4) {
      out_.form = "ratings: person, option, rating";
      TRY(ratings(*who, *option, *rating));
    } else {
      out_.form = "a person a row, an option a column";
      TRY(table(who, wanted));
    }
    out_.form += rows_.note();
    if (out_.options.size() < 3 || out_.options.size() > options_max)
      return fail(ErrorCode::invalid,
                  fmt::format("{} has {} options; expected 3 to {}.", file_, out_.options.size(),
                              options_max),
                  fmt::format("It was taken for: {}. `aizuchi help evaluate values` names the "
                              "forms.",
                              out_.form));
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
    for (size_t i = 0; i < head_.size(); ++i) {
      if (wanted.empty() && i != who && of_people(head_[i]))
        out_.form += fmt::format("; \"{}\" left out", head_[i]);
      else if (wanted.empty() ? i != who : std::ranges::find(wanted, head_[i]) != wanted.end())
        columns.push_back(i), out_.options.push_back(head_[i]);
    }
    for (const std::string& name : wanted)
      if (std::ranges::find(head_, name) == head_.end())
        return fail(ErrorCode::invalid, fmt::format("{} has no column \"{}\".", file_, name));
    if (std::set(out_.options.begin(), out_.options.end()).size() != out_.options.size())
      return fail(ErrorCode::invalid, fmt::format("{} has two columns of one name.", file_));
    TableRow row;
    std::set<std::string> seen;
    while (TRY(next(row, head_.size()))) {
      if (who && !seen.insert(row.cells[*who]).second)
        return wrong(row,
                     fmt::format("\"{}\" has a row before; expected a person a row.", head_[*who]),
                     "Rows of a choice each have columns person, left, right and chosen, or "
                     "person, better and worse; of a rating person, option and rating.");
      // A first column of words that is called anything says who.
      if (out_.likings.empty() && !who && wanted.empty() && !number_of(row.cells[0]))
        columns.erase(columns.begin()), out_.options.erase(out_.options.begin());
      Liking liking;
      for (const size_t i : columns) {
        const auto value = rating_of(row.cells[i]);
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
    if (one_or_two()) two_answers();
    return {};
  }

  // Not known, beside an empty cell: what was said to stand for it.
  std::optional<double> rating_of(std::string_view cell) const {
    if (std::ranges::find(absent_, ground::trim(cell)) != absent_.end()) return std::nan("");
    return number_of(cell);
  }

  // Is every number 1 or 2, both by many? Then columns are questions with two answers each, and no
  // answer stands beside another question's.
  bool one_or_two() const {
    size_t ones = 0, twos = 0, all = 0;
    for (const Liking& liking : out_.likings)
      for (const double value : liking)
        if (!std::isnan(value)) ones += value == 1 ? 1 : 0, twos += value == 2 ? 1 : 0, ++all;
    return out_.options.size() >= two_sided_min && ones + twos == all && 10 * ones > all &&
           10 * twos > all;
  }

  void two_answers() {
    out_.form = "choices: a person a row, a question of two answers (1 or 2) a column";
    const auto other = static_cast<uint32_t>(out_.options.size());
    out_.options.emplace_back(other_side);
    for (const Liking& liking : std::exchange(out_.likings, {})) {
      out_.known.emplace_back();
      for (uint32_t i = 0; i < liking.size(); ++i)
        if (!std::isnan(liking[i]))
          out_.known.back().push_back(liking[i] == 1 ? Preference{i, other} : Preference{other, i});
    }
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

  // The first row, which is still to be read.
  const TableRow& first_row() {
    TableRow row;
    if (!ahead_ && rows_.next(row)) ahead_ = row;
    static const TableRow none;
    return ahead_ ? *ahead_ : none;
  }

  // Is every column but who a place, and does the first row hold names? Numbers are names where the
  // columns say that they are places (rank1, not 1), and no two are alike.
  bool places(std::optional<size_t> who) {
    bool worded = true;
    for (size_t i = 0; i < head_.size(); ++i) {
      if (i == who) continue;
      if (place_in(head_[i]) == 0) return false;
      worded = worded && !number_of(head_[i]);
    }
    const TableRow& row = first_row();
    if (head_.size() < 4 || row.cells.size() < head_.size()) return false;
    std::set<std::string> names;
    bool numbers = false, alike = false;
    for (size_t i = 0; i < head_.size(); ++i) {
      if (i == who || row.cells[i].empty()) continue;
      numbers = numbers || number_of(row.cells[i]);
      alike = alike || !names.insert(row.cells[i]).second;
    }
    return !numbers || (worded && !alike);
  }

  // Does the first row say which of two in every column, in words?
  bool two_sided(std::optional<size_t> who) {
    const TableRow& row = first_row();
    if (head_.size() < two_sided_min || row.cells.size() < head_.size()) return false;
    for (size_t i = 0; i < head_.size(); ++i)
      if (i != who && !row.cells[i].empty() &&
          (number_of(row.cells[i]) || side_of(row.cells[i], head_[i], other_side) == Side::wrong))
        return false;
    return true;
  }
  std::map<size_t, TwoNames> own_pairs(std::optional<size_t> who) const {
    std::map<size_t, TwoNames> out;
    for (size_t i = 0; i < head_.size(); ++i)
      if (i != who && is_wanted(head_[i])) out.emplace(i, TwoNames(head_[i], other_side));
    return out;
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

  Result<void> rankings(std::optional<size_t> who, size_t ranking) {
    TableRow row;
    while (TRY(next(row, std::max(who.value_or(0), ranking) + 1))) {
      const std::string& text = row.cells[ranking];
      char between = ' ';
      for (const char mark : {' ', ',', '|', ';', '>'})
        if (text.find(mark) != std::string::npos) between = mark;
      std::vector<std::string> names;
      for (const std::string_view name : ground::split(text, between))
        names.emplace_back(ground::trim(name));
      TRY(order(row, name_in(row, who), names));
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

  Result<void> pairs_table(std::optional<size_t> who, const std::map<size_t, TwoNames>& pairs) {
    TableRow row;
    while (TRY(next(row, head_.size()))) {
      const uint32_t person = people_.number(name_in(row, who));
      for (const auto& [i, names] : pairs) {
        const auto& [first, second] = names;
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
    return wanted_.empty() || name == other_side ||
           std::ranges::find(wanted_, name) != wanted_.end();
  }

  uint32_t option(const std::string& name) {
    const auto [at, added] = numbers_.try_emplace(name, static_cast<uint32_t>(out_.options.size()));
    if (added) out_.options.push_back(name);
    return at->second;
  }

  Result<void> ratings(size_t who, size_t what, size_t rating) {
    TableRow row;
    while (TRY(next(row, std::max({who, what, rating}) + 1))) {
      const auto value = rating_of(row.cells[rating]);
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
    std::set<Preference> pairs;
    for (auto& known : out_.known) {
      const std::set<Preference> said(known.begin(), known.end());
      known.clear();
      out_.sites.emplace_back();
      for (const Preference& one : said) {
        if (said.contains({one.worse, one.better})) continue;
        known.push_back(one);
        out_.sites.back().push_back({.preference = one});
        pairs.insert({std::min(one.better, one.worse), std::max(one.better, one.worse)});
      }
    }
    if (2 * pairs.size() < out_.options.size() * (out_.options.size() - 1))
      out_.pairs.assign(pairs.begin(), pairs.end());
  }

  const std::string file_;
  PreferenceRows rows_;
  const std::vector<std::string>& absent_;
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
                                     const std::vector<std::string>& options,
                                     const std::vector<std::string>& absent) {
  const std::filesystem::path file = TRY(file_of(path));
  return Reading(file.string(), TRY(PreferenceRows::open(file.string())), absent).read(options);
}

}  // namespace aizuchi::serve
