#include "ground/base/json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace aizuchi::ground {

namespace {

// Into its place: a Result<Value> for each of an event's values was moved about twice.
Result<void> convert(simdjson::dom::element element, size_t depth_left, Value& out);

// Small objects, which nearly all are, are compared in place.
bool has_twice(const ValueMap& entries) {
  if (entries.size() <= 12) {
    for (size_t i = 1; i < entries.size(); ++i)
      for (size_t j = 0; j < i; ++j)
        if (entries[i].first.as_string() == entries[j].first.as_string()) return true;
    return false;
  }
  std::vector<std::string_view> keys;
  keys.reserve(entries.size());
  for (const auto& [key, child] : entries) keys.push_back(key.as_string());
  std::ranges::sort(keys);
  return std::ranges::adjacent_find(keys) != keys.end();
}

Result<void> convert_object(simdjson::dom::object object, size_t depth_left, Value& out) {
  ValueMap entries;
  entries.reserve(object.size());
  for (const auto& [key, child] : object) {
    Value& place = entries.emplace_back(Value(key), Value()).second;
    TRY(convert(child, depth_left, place));
  }
  if (has_twice(entries))
    return fail(ErrorCode::invalid, "JSON: an object has the same key twice", "send each key once");
  out = Value::map(std::move(entries));
  return {};
}

Result<void> convert_array(simdjson::dom::array array, size_t depth_left, Value& out) {
  ValueList items;
  items.reserve(array.size());
  for (const auto child : array) TRY(convert(child, depth_left, items.emplace_back()));
  out = Value::list(std::move(items));
  return {};
}

// JSON has one kind of number: 3.0 is 3, which is also how it is written again. What was read and
// what is kept of it must not differ.
Value number(double v) {
  constexpr double printed_whole_below = 1e16;
  const bool whole = std::abs(v) < printed_whole_below && std::nearbyint(v) == v;
  return whole ? Value(static_cast<int64_t>(v)) : Value(v);
}

Result<void> convert(simdjson::dom::element element, size_t depth_left, Value& out) {
  using simdjson::dom::element_type;
  if (depth_left == 0) return fail(ErrorCode::too_large, "");  // parse_json() names the limit
  switch (element.type()) {
    case element_type::NULL_VALUE:
      break;
    case element_type::BOOL:
      out = Value(bool(element));
      break;
    case element_type::INT64:
      out = Value(int64_t(element));
      break;
    case element_type::UINT64:
      out = Value(uint64_t(element));
      break;
    case element_type::DOUBLE:
      out = number(double(element));
      break;
    case element_type::STRING:
      out = Value(std::string_view(element));
      break;
    case element_type::OBJECT:
      return convert_object(element, depth_left - 1, out);
    case element_type::ARRAY:
      return convert_array(element, depth_left - 1, out);
  }
  return {};
}

}  // namespace

Result<Value> parse_json(std::string_view text, JsonLimits limits) {
  if (text.empty()) text = " ";  // simdjson copies from the pointer, which may be null here
  thread_local simdjson::dom::parser parser;  // keeps its buffers between documents
  simdjson::dom::element root;
  const auto error = parser.parse(text.data(), text.size()).get(root);
  if (error)
    return fail(ErrorCode::invalid,
                fmt::format("not valid JSON: {}", simdjson::error_message(error)),
                "send one UTF-8 JSON document");
  Value out;
  const auto whole = convert(root, limits.depth_max, out);
  if (!whole && whole.error().code == ErrorCode::too_large)
    return fail(ErrorCode::too_large,
                fmt::format("JSON: nested deeper than {} levels", limits.depth_max),
                "send it with fewer objects and lists in one another");
  TRY(whole);
  return out;
}

namespace {

// Which of eight bytes JSON escapes: below 0x20, a quote, a backslash. Zero: none of them.
uint64_t to_escape(uint64_t v) {
  constexpr uint64_t each = 0x0101010101010101ULL;
  const auto below = [&](uint64_t x, uint64_t limit) { return (x - each * limit) & ~x; };
  const uint64_t found = below(v, 0x20) | below(v ^ (each * '"'), 1) | below(v ^ (each * '\\'), 1);
  return found & (each * 0x80);
}

// Nearly all texts are: no byte of theirs has to be escaped. The last eight are looked at together
// with some that were looked at already, a short text with blanks behind it.
bool all_plain(std::string_view text) {
  uint64_t v = 0x2020202020202020ULL;
  if (text.size() < sizeof v) {
    std::memcpy(&v, text.data(), text.size());
    return to_escape(v) == 0;
  }
  for (size_t i = 0; i + sizeof v < text.size(); i += sizeof v) {
    std::memcpy(&v, text.data() + i, sizeof v);
    if (to_escape(v) != 0) return false;
  }
  std::memcpy(&v, text.data() + text.size() - sizeof v, sizeof v);
  return to_escape(v) == 0;
}

void append_escaped(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += fmt::format("\\u{:04x}", c);
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  if (all_plain(text)) {
    out.append(text);
  } else {
    size_t start = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      const auto c = static_cast<unsigned char>(text[i]);
      if (c >= 0x20 && c != '"' && c != '\\') continue;
      out.append(text.substr(start, i - start));
      start = i + 1;
      append_escaped(out, c);
    }
    out.append(text.substr(start));
  }
  out += '"';
}

void append_json_number(std::string& out, double v) {
  if (!std::isfinite(v)) {
    out += "null";  // JSON has no other word for it
    return;
  }
  fmt::format_to(std::back_inserter(out), "{}", v);
  // 3.0 becomes 3 and 1e+20 "1e+20": both are JSON.
}

void JsonWriter::separate() {
  if (!first_) out_ += ',';
  first_ = false;
}

JsonWriter& JsonWriter::open(char c) {
  separate();
  out_ += c;
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::close(char c) {
  out_ += c;
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_json_string(out_, name);
  out_ += ':';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view v) {
  separate();
  append_json_string(out_, v);
  return *this;
}

JsonWriter& JsonWriter::value(bool v) {
  return raw(v ? "true" : "false");
}

JsonWriter& JsonWriter::value(int64_t v) {
  separate();
  fmt::format_to(std::back_inserter(out_), "{}", v);
  return *this;
}

JsonWriter& JsonWriter::value(uint64_t v) {
  separate();
  fmt::format_to(std::back_inserter(out_), "{}", v);
  return *this;
}

JsonWriter& JsonWriter::value(double v) {
  separate();
  append_json_number(out_, v);
  return *this;
}

JsonWriter& JsonWriter::value(const Value& v) {
  separate();
  append_json(out_, v);
  return *this;
}

JsonWriter& JsonWriter::null() {
  return raw("null");
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

}  // namespace aizuchi::ground
