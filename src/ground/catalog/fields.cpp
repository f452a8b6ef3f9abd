#include "ground/catalog/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "ground/base/text.h"

namespace aizuchi::ground::catalog {

namespace {

using Form = KeyShape::Form;

const YamlNode empty_map = [] {
  YamlNode node;
  node.kind = YamlNode::Kind::map;
  return node;
}();

std::string_view found_text(const YamlNode& node) {
  return node.is(YamlNode::Kind::scalar) ? std::string_view(node.text) : std::string_view();
}

bool holds(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

std::vector<std::string> to_strings(std::initializer_list<std::string_view> words) {
  return {words.begin(), words.end()};
}

}  // namespace

std::string_view kind_word(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::scalar:
      return "a word";
    case YamlNode::Kind::list:
      return "a list";
    case YamlNode::Kind::map:
      return "a map";
  }
  return "";
}

At at(const YamlNode& scalar) {
  return {scalar.text, scalar.place};
}

std::optional<double> read_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::optional<int64_t> read_integer(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<bool> read_bool(std::string_view text) {
  if (text == "true" || text == "on" || text == "yes") return true;
  if (text == "false" || text == "off" || text == "no") return false;
  return std::nullopt;
}

Text same_text(const Draft& draft, std::string_view text) {
  Text out;
  out.by_locale.assign(draft.out.locales.size(), std::string(text));
  return out;
}

std::vector<At> read_names(Draft& draft, const YamlNode& node, std::string_view expected) {
  std::vector<At> out;
  if (node.is(YamlNode::Kind::scalar)) out.push_back(at(node));
  if (node.is(YamlNode::Kind::map))
    draft.error(node.place, "wrong-value", "", fmt::format("expected {}, found a map", expected));
  for (const YamlNode& item : node.items) {
    if (item.is(YamlNode::Kind::scalar))
      out.push_back(at(item));
    else
      draft.error(item.place, "wrong-value", "",
                  fmt::format("expected {}, found {} in the list", expected, kind_word(item)));
  }
  return out;
}

Text read_text(Draft& draft, const YamlNode& node, std::string_view expected) {
  if (node.is(YamlNode::Kind::scalar)) return same_text(draft, node.text);
  Text out = same_text(draft, "");
  if (!node.is(YamlNode::Kind::map)) {
    draft.error(
        node.place, "wrong-value", "",
        fmt::format("expected {} as text or {{{}: …}}, found {}", expected,
                    draft.out.locales.empty() ? "ja" : draft.out.locales[0], kind_word(node)));
    return out;
  }
  std::vector<bool> given(draft.out.locales.size());
  for (const auto& [tag, value] : node.entries) {
    const auto locale = draft.locale(tag.text);
    if (!locale) {
      draft.error(
          at(tag), "unknown-locale",
          fmt::format("expected one of the brand's locales ({}){}", list_of(draft.out.locales),
                      did_you_mean(tag.text, draft.out.locales)));
      continue;
    }
    given[*locale] = true;
    if (value.is(YamlNode::Kind::scalar))
      out.by_locale[*locale] = value.text;
    else
      draft.error(value.place, "wrong-value", "",
                  fmt::format("expected {} as text, found {}", expected, kind_word(value)));
  }
  for (size_t i = 0; i < given.size(); ++i)
    if (!given[i])
      draft.error(node.place, "missing-locale", draft.out.locales[i],
                  fmt::format("expected {} in every locale of the brand ({})", expected,
                              list_of(draft.out.locales)));
  return out;
}

std::vector<std::vector<std::string>> read_words_by_locale(Draft& draft, const YamlNode& node,
                                                           std::string_view expected) {
  std::vector<std::vector<std::string>> out(draft.out.locales.size());
  const auto append = [&](std::vector<std::string>& to, const YamlNode& from) {
    for (At& word : read_names(draft, from, expected))
      if (!trim(word.text).empty()) to.emplace_back(trim(word.text));
  };
  if (!node.is(YamlNode::Kind::map)) {
    for (auto& words : out) append(words, node);
    return out;
  }
  for (const auto& [tag, words] : node.entries) {
    if (const auto locale = draft.locale(tag.text))
      append(out[*locale], words);
    else
      draft.error(
          at(tag), "unknown-locale",
          fmt::format("expected one of the brand's locales ({})", list_of(draft.out.locales)));
  }
  return out;
}

const YamlNode* entries_of(Draft& draft, std::string_view file, std::string_view key) {
  const auto it = draft.trees.find(file);
  if (it == draft.trees.end()) return nullptr;
  const YamlNode* map = &it->second;
  if (map->is(YamlNode::Kind::map) && map->entries.size() == 1 && map->entries[0].first.text == key)
    map = &map->entries[0].second;
  if (map->is(YamlNode::Kind::null)) return nullptr;
  if (map->is(YamlNode::Kind::map)) return map;
  draft.error(map->place, "wrong-value", "",
              fmt::format("expected {{{}: {{name: …}}}}, found {}", key, kind_word(*map)));
  return nullptr;
}

Fields::Fields(Draft& draft, const YamlNode& node, std::string_view what)
    : draft_(draft),
      node_(node.is(YamlNode::Kind::map) ? node : empty_map),
      place_(node.place),
      silent_(!node.is(YamlNode::Kind::map) && !node.is(YamlNode::Kind::null)),
      what_(what) {
  if (draft.shapes != nullptr) draft.shapes->begin(what);
  if (silent_)
    draft.error(
        node.place, "wrong-value", found_text(node),
        fmt::format("expected {} as a map {{key: value}}, found {}", what, kind_word(node)));
}

Fields::~Fields() {
  for (const auto& [key, value] : node_.entries) {
    if (holds(known_, key.text)) continue;
    if (holds(later_, key.text))
      draft_.error(key.place, "not-supported-yet", "",
                   fmt::format("not supported yet: {} of {}", key.text, what_));
    else
      draft_.error(at(key), "unknown-key",
                   fmt::format("expected a key of {} ({}){}", what_, list_of(known_, 30),
                               did_you_mean(key.text, known_)));
  }
}

void Fields::later(std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) later_.emplace_back(key);
}

void Fields::wrong(const YamlNode& value, std::string_view key, std::string_view expected) {
  draft_.error(value.place, "wrong-value", found_text(value),
               value.is(YamlNode::Kind::scalar)
                   ? fmt::format("expected {}: {}", key, expected)
                   : fmt::format("expected {}: {}, found {}", key, expected, kind_word(value)));
}

const YamlNode* Fields::node(std::string_view key, std::string_view expected, Need need) {
  return shaped({.key = std::string(key)}, expected, need);
}

// Every key is read through here, so that its form is known to whoever asks.
const YamlNode* Fields::shaped(KeyShape shape, std::string_view expected, Need need) {
  const std::string key = shape.key;
  know(key);
  shape.required = need == Need::required;
  if (draft_.shapes != nullptr) draft_.shapes->learn(what_, std::move(shape));
  const YamlNode* found = node_.find(key);
  if (found != nullptr && !found->is(YamlNode::Kind::null)) return found;
  if (need == Need::required && !silent_)
    draft_.error(found != nullptr ? found->place : place_, fmt::format("missing-{}", key), "",
                 fmt::format("{} needs {}: {}", what_, key, expected));
  return nullptr;
}

std::optional<At> Fields::name(std::string_view key, std::string_view expected, Need need) {
  const YamlNode* found = shaped({.key = std::string(key), .form = Form::word}, expected, need);
  if (found == nullptr) return std::nullopt;
  if (found->is(YamlNode::Kind::scalar)) return at(*found);
  wrong(*found, key, expected);
  return std::nullopt;
}

std::string Fields::text(std::string_view key, std::string_view expected, Need need) {
  const auto found = name(key, expected, need);
  return found ? found->text : std::string();
}

std::vector<At> Fields::names(std::string_view key, std::string_view expected, Need need) {
  const YamlNode* found = shaped({.key = std::string(key), .form = Form::words}, expected, need);
  return found == nullptr ? std::vector<At>() : read_names(draft_, *found, expected);
}

Text Fields::say(std::string_view key, std::string_view expected, Need need) {
  const YamlNode* found = shaped({.key = std::string(key), .form = Form::say}, expected, need);
  if (found == nullptr) return same_text(draft_, "");
  Text out = read_text(draft_, *found, expected);
  const bool blank = found->is(YamlNode::Kind::scalar) && trim(found->text).empty();
  if (need == Need::required && blank)
    draft_.error(found->place, fmt::format("missing-{}", key), "",
                 fmt::format("{} needs {}: {}", what_, key, expected));
  return out;
}

bool Fields::flag(std::string_view key, bool otherwise) {
  const YamlNode* found =
      shaped({.key = std::string(key), .form = Form::flag}, "true or false", Need::optional);
  if (found == nullptr) return otherwise;
  const auto value = found->is(YamlNode::Kind::scalar) ? read_bool(found->text) : std::nullopt;
  if (!value) wrong(*found, key, "true or false (on, off)");
  return value.value_or(otherwise);
}

std::optional<double> Fields::number(std::string_view key, double min, double max) {
  const YamlNode* found =
      shaped({.key = std::string(key), .form = Form::number, .min = min, .max = max}, "a number",
             Need::optional);
  if (found == nullptr) return std::nullopt;
  const auto value = read_number(found->text);
  if (value && *value >= min && *value <= max) return value;
  wrong(*found, key, fmt::format("a number from {} to {}", min, max));
  return std::nullopt;
}

std::optional<int64_t> Fields::integer(std::string_view key, int64_t min, int64_t max) {
  const YamlNode* found = shaped({.key = std::string(key),
                                  .form = Form::integer,
                                  .min = static_cast<double>(min),
                                  .max = static_cast<double>(max)},
                                 "a whole number", Need::optional);
  if (found == nullptr) return std::nullopt;
  const auto value = read_integer(found->text);
  if (value && *value >= min && *value <= max) return value;
  wrong(*found, key, fmt::format("a whole number from {} to {}", min, max));
  return std::nullopt;
}

std::optional<Duration> Fields::duration(std::string_view key) {
  const YamlNode* found =
      shaped({.key = std::string(key), .form = Form::duration}, "a length of time", Need::optional);
  if (found == nullptr) return std::nullopt;
  const auto value = parse_duration(found->text);
  if (!value || value->ms == 0) wrong(*found, key, "a length of time such as 365d, 12h or 30m");
  return value;
}

std::optional<size_t> Fields::choice(std::string_view key,
                                     std::initializer_list<std::string_view> words, Need need) {
  const std::vector<std::string> known = to_strings(words);
  const YamlNode* found = shaped({.key = std::string(key), .form = Form::choice, .choices = known},
                                 fmt::format("one of {}", list_of(known)), need);
  if (found == nullptr) return std::nullopt;
  const auto it = std::ranges::find(known, found->text);
  if (found->is(YamlNode::Kind::scalar) && it != known.end())
    return static_cast<size_t>(it - known.begin());
  wrong(*found, key, fmt::format("one of {}{}", list_of(known), did_you_mean(found->text, known)));
  return std::nullopt;
}

}  // namespace aizuchi::ground::catalog
