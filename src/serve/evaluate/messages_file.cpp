#include "serve/evaluate/messages_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <optional>
#include <span>
#include <sstream>

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "serve/tables/table_reader.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;

namespace {

constexpr std::string_view text_words[] = {"text",     "utterance", "message", "query",
                                           "sentence", "question",  "body"};
constexpr std::string_view label_words[] = {"label",   "topic", "category",  "intent",
                                            "concern", "class", "label_text"};
constexpr std::string_view split_words[] = {"split", "set", "part"};
constexpr std::string_view none_words[] = {"oos", "out_of_scope", "out-of-scope", "none"};

bool one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

std::optional<Split> split_of_word(std::string_view said) {
  const std::string word = ground::ascii_lower(ground::trim(said));
  if (word == "train" || word == "training") return Split::train;
  if (word == "valid" || word == "val" || word == "dev" || word == "validation")
    return Split::valid;
  if (word == "test") return Split::test;
  return std::nullopt;
}

// The words of a file's or a member's name, and what is left of it without those of splits.
struct NameParts {
  std::optional<Split> split;
  bool none = false;
  std::string rest;
};
NameParts parts_of(std::string_view name) {
  NameParts out;
  std::string word;
  const auto end_word = [&] {
    if (const auto split = split_of_word(word))
      out.split = out.split ? *out.split : *split;
    else if (word == "oos")
      out.none = true;
    else if (!word.empty())
      out.rest += (out.rest.empty() ? "" : ".") + word;
    word.clear();
  };
  for (const char c : ground::ascii_lower(name))
    if (c == '.' || c == '-' || c == '_' || c == ' ')
      end_word();
    else
      word += c;
  end_word();
  return out;
}

Result<std::string> read_whole(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return fail(ErrorCode::not_found, fmt::format("{} cannot be read.", path.string()));
  return std::move(text).str();
}

// Rows of one file, of the split that its name says unless they say one themselves.
class Reading {
 public:
  Reading(std::string file, const std::string& none, std::vector<Message>& out)
      : file_(std::move(file)),
        none_(none),
        usual_(parts_of(std::filesystem::path(file_).stem().string())),
        out_(out) {}

  Result<void> table();
  Result<void> lines();
  Result<void> document();

 private:
  Result<void> add(std::string text, std::string label, std::optional<Split> split, bool none,
                   std::string_view where);
  Result<void> add_value(const Value& row, const NameParts& parts, std::string_view where);
  Result<std::optional<Split>> split_in(const std::string& word, std::string_view where) const;
  ground::Error wrong(std::string_view where) const;

  std::string file_;
  const std::string& none_;
  NameParts usual_;
  std::vector<Message>& out_;
};

ground::Error Reading::wrong(std::string_view where) const {
  return {.code = ErrorCode::invalid,
          .message = fmt::format("{}{}: expected a text and its label.", file_, where),
          .hint = "Name them text and label (or topic, category, intent)."};
}

Result<void> Reading::add(std::string text, std::string label, std::optional<Split> split,
                          bool none, std::string_view where) {
  if (label.empty() && !none) return std::unexpected(wrong(where));
  const bool is_none =
      none_.empty() ? one_of(ground::ascii_lower(label), none_words) : label == none_;
  if (none || is_none) label.clear();
  out_.push_back({.text = std::move(text),
                  .label = std::move(label),
                  .split = split.value_or(usual_.split.value_or(Split::train))});
  return {};
}

// A text, or a number as it is written: labels are often numbered.
std::optional<std::string> text_of(const Value& value) {
  if (value.is(Value::Kind::list) || value.is(Value::Kind::map) || value.is_null())
    return std::nullopt;
  return ground::to_display(value);
}

std::optional<std::string> member(const Value& row, std::span<const std::string_view> words) {
  for (const std::string_view word : words)
    if (const Value* found = row.find(word))
      if (auto text = text_of(*found)) return text;
  return std::nullopt;
}

Result<std::optional<Split>> Reading::split_in(const std::string& word,
                                               std::string_view where) const {
  const auto split = split_of_word(word);
  if (!split)
    return fail(
        ErrorCode::invalid,
        fmt::format("{}{}: expected train, valid (or dev) or test as the split.", file_, where));
  return split;
}

Result<void> Reading::add_value(const Value& row, const NameParts& parts, std::string_view where) {
  if (row.is(Value::Kind::list)) {
    const auto& cells = row.as_list();
    const auto text = cells.size() < 2 ? std::nullopt : text_of(cells[0]);
    const auto label = text ? text_of(cells[1]) : std::nullopt;
    if (!label) return std::unexpected(wrong(where));
    return add(*text, *label, parts.split, parts.none, where);
  }
  const auto text = member(row, text_words), label = member(row, label_words);
  if (!text || (!label && !parts.none)) return std::unexpected(wrong(where));
  const auto split = member(row, split_words);
  std::optional<Split> own = parts.split;
  if (split) own = TRY(split_in(*split, where));
  return add(*text, label.value_or(""), own, parts.none, where);
}

Result<void> Reading::lines() {
  std::ifstream in(file_, std::ios::binary);
  if (!in) return fail(ErrorCode::not_found, fmt::format("{} cannot be read.", file_));
  size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (ground::trim(line).empty()) continue;
    const std::string where = fmt::format(":{}", number);
    const auto row = ground::parse_json(line);
    if (!row) return std::unexpected(wrong(where));
    TRY(add_value(*row, usual_, where));
  }
  return {};
}

Result<void> Reading::document() {
  const std::string text = TRY(read_whole(file_));
  const auto whole = ground::parse_json(text);
  if (!whole) return fail(ErrorCode::invalid, fmt::format("{}: {}", file_, whole.error().message));
  const auto add_list = [&](const Value& list, const NameParts& parts,
                            std::string_view name) -> Result<void> {
    if (!list.is(Value::Kind::list)) return std::unexpected(wrong(fmt::format(": {}", name)));
    size_t number = 0;
    for (const Value& row : list.as_list())
      TRY(add_value(row, parts, fmt::format(": {}[{}]", name, number++)));
    return {};
  };
  if (whole->is(Value::Kind::list)) return add_list(*whole, usual_, "");
  if (!whole->is(Value::Kind::map)) return std::unexpected(wrong(""));
  for (const auto& [key, list] : whole->as_map()) {
    NameParts parts = parts_of(key.as_string());
    if (!parts.split) parts.split = usual_.split;
    TRY(add_list(list, parts, key.as_string()));
  }
  return {};
}

Result<void> Reading::table() {
  std::ifstream in(file_, std::ios::binary);
  if (!in) return fail(ErrorCode::not_found, fmt::format("{} cannot be read.", file_));
  TableReader reader(in, {});
  std::optional<size_t> text, label, split;
  size_t columns = 0;
  for (TableRow row; reader.next(row);) {
    const std::string where = fmt::format(":{}", row.line);
    if (!row.wrong.empty()) return fail(ErrorCode::invalid, file_ + where + ": " + row.wrong);
    if (columns == 0) {
      columns = row.cells.size();
      const auto column = [&](std::span<const std::string_view> words) -> std::optional<size_t> {
        for (size_t i = 0; i < row.cells.size(); ++i)
          if (one_of(ground::ascii_lower(row.cells[i]), words)) return i;
        return std::nullopt;
      };
      text = column(text_words), label = column(label_words), split = column(split_words);
      if (!text || !label) return std::unexpected(wrong(where));
      continue;
    }
    if (row.cells.size() != columns) return std::unexpected(wrong(where));
    std::optional<Split> own;
    if (split) own = TRY(split_in(row.cells[*split], where));
    TRY(add(row.cells[*text], row.cells[*label], own, false, where));
  }
  return {};
}

Result<void> read_file(const std::filesystem::path& path, const std::string& none,
                       std::vector<Message>& out) {
  const std::string kind = ground::ascii_lower(path.extension().string());
  Reading reading(path.string(), none, out);
  if (kind == ".json") return reading.document();
  if (kind == ".ndjson" || kind == ".jsonl") return reading.lines();
  return reading.table();
}

bool readable(const std::filesystem::path& path) {
  constexpr std::array<std::string_view, 6> kinds = {".csv",  ".tsv",    ".txt",
                                                     ".json", ".ndjson", ".jsonl"};
  return std::ranges::find(kinds, ground::ascii_lower(path.extension().string())) != kinds.end();
}

}  // namespace

Result<std::vector<MessageSet>> read_message_sets(const std::string& folder,
                                                  const std::string& train_file,
                                                  const std::string& test,
                                                  const std::string& none) {
  std::vector<MessageSet> out;
  std::error_code failed;
  const std::string& train =
      train_file.empty() && std::filesystem::is_regular_file(folder, failed) ? folder : train_file;
  if (!train.empty()) {
    MessageSet set{.name = std::filesystem::path(train).stem().string(), .messages = {}};
    TRY(read_file(train, none, set.messages));
    const size_t learned = set.messages.size();
    if (!test.empty()) {
      TRY(read_file(test, none, set.messages));
      for (size_t i = 0; i < set.messages.size(); ++i)
        set.messages[i].split = i < learned ? Split::train : Split::test;
    }
    out.push_back(std::move(set));
    return out;
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed))
    if (entry.is_regular_file(failed) && readable(entry.path())) files.push_back(entry.path());
  if (failed)
    return fail(ErrorCode::not_found, fmt::format("The folder {} cannot be read.", folder));
  if (files.empty())
    return fail(ErrorCode::not_found,
                fmt::format("{} has no file of messages (.csv, .tsv, .json, .ndjson).", folder));
  std::ranges::sort(files);
  std::map<std::string, MessageSet> sets;
  for (const auto& file : files) {
    const std::string name = parts_of(file.stem().string()).rest;
    MessageSet& set = sets[name];
    const auto here = std::filesystem::absolute(folder).lexically_normal();
    set.name =
        name.empty() ? (here.has_filename() ? here : here.parent_path()).filename().string() : name;
    TRY(read_file(file, none, set.messages));
  }
  for (auto& [name, set] : sets) out.push_back(std::move(set));
  return out;
}

}  // namespace aizuchi::serve
