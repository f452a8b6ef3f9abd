#include "serve/evaluate/preferences_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "ground/base/json.h"
#include "ground/base/text.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;
using Kind = Value::Kind;

namespace {

constexpr std::string_view ranking_words[] = {"ranking", "order", "ranked", "rank"};
constexpr std::string_view rating_words[] = {"ratings", "scores",  "preferences", "utilities",
                                             "values",  "likings", "ranks"};
constexpr std::string_view pair_words[] = {"pairs", "choices", "answers", "comparisons"};

bool among(std::string_view name, std::span<const std::string_view> words) {
  return std::ranges::find(words, std::string_view(ground::ascii_lower(name))) != words.end();
}

bool is_number(const Value& value) {
  return value.is(Kind::integer) || value.is(Kind::uinteger) || value.is(Kind::real);
}

bool is_scalar(const Value& value) {
  return is_number(value) || value.is(Kind::string) || value.is(Kind::boolean) || value.is_null();
}

std::string cell_of(const Value& value) {
  if (value.is_null()) return "";
  if (value.is(Kind::boolean)) return value.as_bool() ? "1" : "0";
  return ground::to_display(value);
}

// Objects become a table: all flat ones of the same columns, or rows of what they nest.
class Flattening {
 public:
  Flattening(const std::string& file, std::vector<std::string>& head, std::vector<TableRow>& rows)
      : file_(file), head_(head), rows_(rows) {}

  Result<void> add(const Value& object, uint64_t line) {
    if (object.is(Kind::list) && std::ranges::all_of(object.as_list(), is_scalar))
      return ranking(fmt::format("line {}", line), object, line);
    if (!object.is(Kind::map)) return wrong(line, "expected an object of one person.");
    std::string who;
    const Value* nested = nullptr;
    std::string name;
    for (const auto& [key, value] : object.as_map()) {
      if (is_scalar(value)) {
        if (who.empty()) who = cell_of(value);
      } else if (nested != nullptr) {
        return wrong(line, fmt::format("both \"{}\" and \"{}\" hold preferences.", name,
                                       ground::to_display(key)));
      } else {
        nested = &value, name = ground::to_display(key);
      }
    }
    if (nested == nullptr) return flat(object, line);
    if (who.empty()) who = fmt::format("line {}", line);
    if (nested->is(Kind::map)) return ratings(who, *nested, line);
    const bool of_words = std::ranges::all_of(nested->as_list(), is_scalar);
    if (of_words && !among(name, pair_words)) return ranking(who, *nested, line);
    if (!of_words && !among(name, ranking_words) && !among(name, rating_words))
      return pairs(who, *nested, line);
    return wrong(line, fmt::format("\"{}\": expected a list of names, the best first, an object of "
                                   "ratings, or a list of pairs.",
                                   name));
  }

 private:
  std::unexpected<ground::Error> wrong(uint64_t line, const std::string& what) const {
    return fail(ErrorCode::invalid, fmt::format("{}:{}: {}", file_, line, what));
  }
  Result<void> columns(std::vector<std::string> names, uint64_t line) {
    if (head_.empty())
      head_ = std::move(names);
    else if (head_ != names)
      return wrong(line, "it is of another form than the lines before it.");
    return {};
  }
  void row(uint64_t line, std::vector<std::string> cells) {
    rows_.push_back({.line = line, .cells = std::move(cells), .wrong = {}});
  }

  Result<void> flat(const Value& object, uint64_t line) {
    if (rows_.empty() && head_.empty())
      for (const auto& [key, value] : object.as_map()) head_.push_back(ground::to_display(key));
    for (const auto& [key, value] : object.as_map()) {
      const std::string name = ground::to_display(key);
      if (std::ranges::find(head_, name) != head_.end()) continue;
      head_.push_back(name);
      for (TableRow& before : rows_) before.cells.emplace_back();
    }
    std::vector<std::string> cells;
    for (const std::string& name : head_) {
      const Value* value = object.find(name);
      cells.push_back(value == nullptr ? "" : cell_of(*value));
    }
    row(line, std::move(cells));
    return {};
  }

  Result<void> ratings(const std::string& who, const Value& of, uint64_t line) {
    TRY(columns({"person", "option", "rating"}, line));
    for (const auto& [key, value] : of.as_map())
      row(line, {who, ground::to_display(key), cell_of(value)});
    return {};
  }

  Result<void> ranking(const std::string& who, const Value& of, uint64_t line) {
    TRY(columns({"person", "option", "rating"}, line));
    int64_t place = 0;
    for (const Value& name : of.as_list()) row(line, {who, cell_of(name), std::to_string(--place)});
    return {};
  }

  Result<void> pairs(const std::string& who, const Value& of, uint64_t line) {
    TRY(columns({"person", "better", "worse"}, line));
    static constexpr std::string_view better_words[] = {"better", "winner", "preferred", "chosen",
                                                        "best"};
    static constexpr std::string_view worse_words[] = {"worse", "loser", "rejected", "other"};
    for (const Value& pair : of.as_list()) {
      std::string better, worse;
      if (pair.is(Kind::list) && pair.as_list().size() == 2) {
        better = cell_of(pair.as_list()[0]), worse = cell_of(pair.as_list()[1]);
      } else if (pair.is(Kind::map)) {
        for (const auto& [key, value] : pair.as_map()) {
          const std::string name = ground::to_display(key);
          if (among(name, better_words)) better = cell_of(value);
          if (among(name, worse_words)) worse = cell_of(value);
        }
        // Two options, and which of them was chosen.
        if (pair.as_map().size() == 3 && worse.empty())
          for (const auto& [key, value] : pair.as_map())
            if (cell_of(value) != better) worse = cell_of(value);
      }
      if (better.empty() || worse.empty())
        return wrong(line, "a pair is [\"better\", \"worse\"], or an object that says which.");
      row(line, {who, better, worse});
    }
    return {};
  }

  const std::string& file_;
  std::vector<std::string>& head_;
  std::vector<TableRow>& rows_;
};

}  // namespace

Result<PreferenceRows> PreferenceRows::open(const std::string& file) {
  PreferenceRows out(file);
  out.in_ = std::make_unique<std::ifstream>(file, std::ios::binary);
  if (!*out.in_)
    return fail(ErrorCode::not_found, fmt::format("{} cannot be read.", file),
                "Name the file of preferences with --data FILE.");
  const std::string kind = ground::ascii_lower(std::filesystem::path(file).extension().string());
  if (kind == ".json" || kind == ".ndjson" || kind == ".jsonl") {
    TRY(out.read_json(kind != ".json"));
  } else {
    TRY(out.read_table());
  }
  if (out.head_.empty()) return fail(ErrorCode::invalid, fmt::format("{} has no rows.", file));
  return out;
}

Result<void> PreferenceRows::read_json(bool lines) {
  Flattening flattening(file_, head_, rows_);
  const auto not_json = [&](uint64_t line, const ground::Error& error) {
    return fail(ErrorCode::invalid, fmt::format("{}:{}: {}", file_, line, error.message));
  };
  if (lines) {
    uint64_t number = 0;
    for (std::string line; std::getline(*in_, line);) {
      ++number;
      if (ground::trim(line).empty()) continue;
      const auto object = ground::parse_json(line);
      if (!object) return not_json(number, object.error());
      TRY(flattening.add(*object, number));
    }
    return {};
  }
  const std::string text{std::istreambuf_iterator<char>(*in_), {}};
  const auto whole = ground::parse_json(text);
  if (!whole) return not_json(1, whole.error());
  const Value* people = &*whole;
  if (whole->is(Kind::map))
    for (const auto& [key, value] : whole->as_map())
      if (value.is(Kind::list)) people = &value;
  if (!people->is(Kind::list))
    return fail(ErrorCode::invalid, fmt::format("{}: expected a list of people.", file_));
  uint64_t number = 0;
  for (const Value& person : people->as_list()) TRY(flattening.add(person, ++number));
  return {};
}

bool PreferenceRows::next(TableRow& row) {
  if (at_ < rows_.size()) {
    row = rows_[at_++];
    if (!reader_) row.cells.resize(head_.size());
    return true;
  }
  if (!reader_ || !reader_->next(row)) return false;
  if (blanks_) std::erase_if(row.cells, [](const std::string& cell) { return cell.empty(); });
  return true;
}

}  // namespace aizuchi::serve
