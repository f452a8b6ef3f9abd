#include "ground/expr/typed_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "ground/base/hash.h"
#include "ground/base/json.h"
#include "ground/base/result.h"
#include "ground/expr/number_text.h"
#include "ground/expr/operand.h"
#include "ground/expr/time_text.h"

namespace aizuchi::ground {

namespace {

using Read = std::expected<Value, std::string>;
using Kind = Value::Kind;

std::unexpected<std::string> expected_in(std::string_view tag, std::string_view what) {
  return std::unexpected(fmt::format("expected {} in {{\"{}\": …}}", what, tag));
}

// Numbers come as text, so that 64 bits survive JSON; plain numbers are taken too.
template <typename T>
Read read_whole(std::string_view tag, const Value& v) {
  if (v.is(Kind::integer) && (std::is_signed_v<T> || v.as_int() >= 0))
    return Value(static_cast<T>(v.as_int()));
  if (v.is(Kind::uinteger) && !std::is_signed_v<T>) return v;
  T out = 0;
  if (v.is(Kind::string)) {
    const std::string& text = v.as_string();
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (!text.empty() && code == std::errc() && end == text.data() + text.size()) return Value(out);
  }
  return expected_in(tag, "a whole number as text");
}

Read read_text(std::string_view tag, const Value& v) {
  if (!v.is(Kind::string)) return expected_in(tag, "a string");
  const std::string& text = v.as_string();
  if (tag == "string") return v;
  if (tag == "type") return Value(TypeName{text});
  if (tag == "bytes") {
    std::string raw;
    if (!base64_decode(text, raw)) return expected_in(tag, "base64");
    return Value(Bytes{std::move(raw)});
  }
  if (tag == "timestamp") {
    const auto t = parse_timestamp(text);
    if (!t) return expected_in(tag, "an RFC 3339 time");
    return Value(*t);
  }
  const auto s = parse_span(text);
  if (!s) return expected_in(tag, "a duration like 1.5s");
  return Value(*s);
}

Read read_double(const Value& v) {
  if (v.is(Kind::real)) return v;
  if (v.is(Kind::integer) || v.is(Kind::uinteger)) return Value(v.number_or(0));
  const auto parsed = v.is(Kind::string) ? parse_double(v.as_string()) : std::nullopt;
  if (!parsed) return expected_in("double", "a number, \"NaN\", \"Infinity\" or \"-Infinity\"");
  return Value(*parsed);
}

Read read_list(const Value& v) {
  if (!v.is(Kind::list)) return expected_in("list", "an array of typed values");
  ValueList items;
  for (const Value& item : v.as_list()) items.push_back(TRY(from_typed_json(item)));
  return Value::list(std::move(items));
}

Read read_map(const Value& v) {
  if (!v.is(Kind::list)) return expected_in("map", "an array of [key, value]");
  ValueMap entries;
  for (const Value& pair : v.as_list()) {
    if (!pair.is(Kind::list) || pair.as_list().size() != 2)
      return expected_in("map", "an array of [key, value]");
    Value key = TRY(from_typed_json(pair.as_list()[0]));
    const Kind kind = key.kind();
    if (kind != Kind::boolean && kind != Kind::integer && kind != Kind::uinteger &&
        kind != Kind::string)
      return expected_in("map", "keys of bool, int, uint or string");
    entries.emplace_back(std::move(key), TRY(from_typed_json(pair.as_list()[1])));
  }
  return Value::map(std::move(entries));
}

void append_tagged(std::string& out, std::string_view tag, std::string_view text) {
  out.append("{\"").append(tag).append("\":");
  append_json_string(out, text);
  out += '}';
}

void append_double(std::string& out, double v) {
  const bool plain = std::isfinite(v) && !(v == 0 && std::signbit(v));
  if (!plain) return append_tagged(out, "double", v == 0 ? "-0" : format_double(v));
  out += "{\"double\":";
  out += format_double(v);
  out += '}';
}

// In one order, whatever order they were made in.
void append_map(std::string& out, const ValueMap& map) {
  std::vector<std::pair<std::string, const Value*>> entries;
  for (const auto& [key, value] : map) {
    std::string text;
    append_typed_json(text, key);
    entries.emplace_back(std::move(text), &value);
  }
  std::ranges::sort(entries, {}, [](const auto& e) -> const std::string& { return e.first; });
  out += "{\"map\":[";
  bool first = true;
  for (const auto& [key, value] : entries) {
    if (!first) out += ',';
    first = false;
    out.append("[").append(key).append(",");
    append_typed_json(out, *value);
    out += ']';
  }
  out += "]}";
}

void append_list(std::string& out, const ValueList& list) {
  out += "{\"list\":[";
  bool first = true;
  for (const Value& item : list) {
    if (!first) out += ',';
    first = false;
    append_typed_json(out, item);
  }
  out += "]}";
}

void append_opaque(std::string& out, const Operand& operand) {
  if (!operand.is(Tag::optional)) return append_tagged(out, "opaque", opaque_type(operand));
  out += "{\"optional\":";
  const Value* content = optional_content(operand);
  if (content)
    append_typed_json(out, *content);
  else
    out += "null";
  out += '}';
}

}  // namespace

Read from_typed_json(const Value& json) {
  if (!json.is(Kind::map) || json.as_map().size() != 1)
    return std::unexpected("expected a typed value like {\"int\": \"1\"}");
  const std::string& tag = json.as_map()[0].first.as_string();
  const Value& v = json.as_map()[0].second;
  if (tag == "null") return Value();
  if (tag == "int") return read_whole<int64_t>(tag, v);
  if (tag == "uint") return read_whole<uint64_t>(tag, v);
  if (tag == "double") return read_double(v);
  if (tag == "list") return read_list(v);
  if (tag == "map") return read_map(v);
  if (tag == "bool") {
    if (!v.is(Kind::boolean)) return expected_in(tag, "true or false");
    return v;
  }
  for (const std::string_view text : {"string", "bytes", "timestamp", "duration", "type"})
    if (tag == text) return read_text(tag, v);
  return std::unexpected(
      fmt::format("unknown type '{}': expected null, bool, int, uint, double, string, bytes, list, "
                  "map, timestamp, duration or type",
                  tag));
}

std::string widen_numbers(std::string_view json) {
  std::string out;
  bool in_string = false;
  for (size_t i = 0; i < json.size();) {
    const char c = json[i];
    if (in_string || c == '"') {
      const size_t n = in_string && c == '\\' && i + 1 < json.size() ? 2 : 1;
      if (c == '"') in_string = !in_string;
      out += json.substr(i, n);
      i += n;
      continue;
    }
    size_t n = 0;
    while (i + n < json.size() && std::string_view("+-.eE0123456789").contains(json[i + n])) ++n;
    const std::string_view number = json.substr(i, std::max<size_t>(n, 1));
    out += number;
    i += number.size();
    const std::string_view digits = number.substr(number.starts_with('-') ? 1 : 0);
    const bool whole = digits.size() > 18 && digits.find_first_of(".eE") == std::string_view::npos;
    if (whole && !read_whole<int64_t>("int", Value(number)) &&
        !read_whole<uint64_t>("uint", Value(number)))
      out += ".0";
  }
  return out;
}

void append_typed_json(std::string& out, const Value& value) {
  switch (value.kind()) {
    case Kind::null:
      out += "{\"null\":true}";
      return;
    case Kind::boolean:
      out += value.as_bool() ? "{\"bool\":true}" : "{\"bool\":false}";
      return;
    case Kind::integer:
      return append_tagged(out, "int", fmt::format("{}", value.as_int()));
    case Kind::uinteger:
      return append_tagged(out, "uint", fmt::format("{}", value.as_uint()));
    case Kind::real:
      return append_double(out, value.as_double());
    case Kind::string:
      return append_tagged(out, "string", value.as_string());
    case Kind::bytes:
      return append_tagged(out, "bytes", base64(value.as_bytes()));
    case Kind::list:
      return append_list(out, value.as_list());
    case Kind::map:
      if (is_opaque(value.as_map())) return append_opaque(out, Operand::of(value));
      return append_map(out, value.as_map());
    case Kind::timestamp:
      return append_tagged(out, "timestamp", format_timestamp(value.as_timestamp()));
    case Kind::span:
      return append_tagged(out, "duration", format_span(value.as_span()));
    case Kind::type:
      return append_tagged(out, "type", value.as_type());
  }
}

}  // namespace aizuchi::ground
