#include "ground/base/value.h"

#include <fmt/format.h>

#include <cmath>

#include "ground/base/bytes.h"
#include "ground/base/hash.h"
#include "ground/base/json.h"

namespace aizuchi::ground {

namespace {

constexpr size_t stored_depth_max = 64;

std::string nanos_text(int32_t nanos) {
  if (nanos == 0) return "";
  std::string digits = fmt::format(".{:09}", nanos);
  digits.erase(digits.find_last_not_of('0') + 1);
  return digits;
}

std::string timestamp_text(Timestamp t) {
  std::string text = format_instant({t.seconds * 1000});
  return text.substr(0, 19) + nanos_text(t.nanos) + "Z";
}

std::string span_text(Span s) {
  const bool negative = s.seconds < 0 || s.nanos < 0;
  const uint64_t seconds =
      negative ? 0 - static_cast<uint64_t>(s.seconds) : static_cast<uint64_t>(s.seconds);
  return fmt::format("{}{}{}s", negative ? "-" : "", seconds, nanos_text(std::abs(s.nanos)));
}

void append_json_map(std::string& out, const ValueMap& entries) {
  out += '{';
  bool first = true;
  for (const auto& [key, child] : entries) {
    if (!first) out += ',';
    first = false;
    if (key.is(Value::Kind::string))
      append_json_string(out, key.as_string());
    else
      append_json_string(out, to_display(key));
    out += ':';
    append_json(out, child);
  }
  out += '}';
}

Value decode_at_depth(ByteReader& in, size_t depth_left);

Value decode_list(ByteReader& in, size_t depth_left) {
  ValueList items;
  for (size_t n = in.count(); n > 0 && in.ok(); --n)
    items.push_back(decode_at_depth(in, depth_left));
  return Value::list(std::move(items));
}

Value decode_map(ByteReader& in, size_t depth_left) {
  ValueMap entries;
  for (size_t n = in.count(2); n > 0 && in.ok(); --n) {
    Value key = decode_at_depth(in, depth_left);
    entries.emplace_back(std::move(key), decode_at_depth(in, depth_left));
  }
  return Value::map(std::move(entries));
}

Value decode_at_depth(ByteReader& in, size_t depth_left) {
  using Kind = Value::Kind;
  if (depth_left == 0) return in.spoil(), Value();
  switch (static_cast<Kind>(in.u8())) {
    case Kind::null:
      return Value();
    case Kind::boolean:
      return Value(in.u8() != 0);
    case Kind::integer:
      return Value(in.zigzag());
    case Kind::uinteger:
      return Value(in.varint());
    case Kind::real:
      return Value(in.f64());
    case Kind::string:
      return Value(in.text());
    case Kind::bytes:
      return Value(Bytes{std::string(in.text())});
    case Kind::list:
      return decode_list(in, depth_left - 1);
    case Kind::map:
      return decode_map(in, depth_left - 1);
    case Kind::timestamp: {
      const int64_t seconds = in.zigzag();
      return Value(Timestamp{seconds, static_cast<int32_t>(in.zigzag())});
    }
    case Kind::span: {
      const int64_t seconds = in.zigzag();
      return Value(Span{seconds, static_cast<int32_t>(in.zigzag())});
    }
    case Kind::type:
      return Value(TypeName{std::string(in.text())});
  }
  in.spoil();
  return Value();
}

}  // namespace

const Value* Value::find(std::string_view key) const {
  if (!is(Kind::map)) return nullptr;
  for (const auto& [k, child] : as_map())
    if (k.is(Kind::string) && k.as_string() == key) return &child;
  return nullptr;
}

double Value::number_or(double otherwise) const {
  switch (kind()) {
    case Kind::integer:
      return static_cast<double>(as_int());
    case Kind::uinteger:
      return static_cast<double>(as_uint());
    case Kind::real:
      return as_double();
    default:
      return otherwise;
  }
}

bool Value::same(const Value& other) const {
  if (kind() != other.kind()) return false;
  if (is(Kind::list)) {
    const auto& a = as_list();
    const auto& b = other.as_list();
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i)
      if (!a[i].same(b[i])) return false;
    return true;
  }
  if (is(Kind::map)) {
    const auto& a = as_map();
    const auto& b = other.as_map();
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i)
      if (!a[i].first.same(b[i].first) || !a[i].second.same(b[i].second)) return false;
    return true;
  }
  return v_ == other.v_;
}

void append_json(std::string& out, const Value& value) {
  using Kind = Value::Kind;
  switch (value.kind()) {
    case Kind::null:
      out += "null";
      return;
    case Kind::boolean:
      out += value.as_bool() ? "true" : "false";
      return;
    case Kind::integer:
      fmt::format_to(std::back_inserter(out), "{}", value.as_int());
      return;
    case Kind::uinteger:
      fmt::format_to(std::back_inserter(out), "{}", value.as_uint());
      return;
    case Kind::real:
      append_json_number(out, value.as_double());
      return;
    case Kind::string:
      append_json_string(out, value.as_string());
      return;
    case Kind::bytes:
      append_json_string(out, base64(value.as_bytes()));
      return;
    case Kind::list: {
      out += '[';
      bool first = true;
      for (const Value& child : value.as_list()) {
        if (!first) out += ',';
        first = false;
        append_json(out, child);
      }
      out += ']';
      return;
    }
    case Kind::map:
      append_json_map(out, value.as_map());
      return;
    case Kind::timestamp:
      append_json_string(out, timestamp_text(value.as_timestamp()));
      return;
    case Kind::span:
      append_json_string(out, span_text(value.as_span()));
      return;
    case Kind::type:
      append_json_string(out, value.as_type());
      return;
  }
}

std::string to_json(const Value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

std::string to_display(const Value& value) {
  using Kind = Value::Kind;
  switch (value.kind()) {
    case Kind::null:
      return "";
    case Kind::string:
      return value.as_string();
    case Kind::real: {
      const double v = value.as_double();
      if (std::nearbyint(v) == v && std::abs(v) < 1e15)
        return fmt::format("{}", static_cast<int64_t>(v));
      return fmt::format("{}", v);
    }
    case Kind::timestamp:
      return timestamp_text(value.as_timestamp());
    case Kind::span:
      return span_text(value.as_span());
    case Kind::list: {
      std::string out;
      for (const Value& child : value.as_list()) {
        if (!out.empty()) out += ", ";
        out += to_display(child);
      }
      return out;
    }
    default:
      return to_json(value);
  }
}

void encode(ByteWriter& out, const Value& value) {
  using Kind = Value::Kind;
  out.u8(static_cast<uint8_t>(value.kind()));
  switch (value.kind()) {
    case Kind::null:
      return;
    case Kind::boolean:
      out.u8(value.as_bool() ? 1 : 0);
      return;
    case Kind::integer:
      out.zigzag(value.as_int());
      return;
    case Kind::uinteger:
      out.varint(value.as_uint());
      return;
    case Kind::real:
      out.f64(value.as_double());
      return;
    case Kind::string:
      out.text(value.as_string());
      return;
    case Kind::bytes:
      out.text(value.as_bytes());
      return;
    case Kind::list:
      out.varint(value.as_list().size());
      for (const Value& child : value.as_list()) encode(out, child);
      return;
    case Kind::map:
      out.varint(value.as_map().size());
      for (const auto& [key, child] : value.as_map()) {
        encode(out, key);
        encode(out, child);
      }
      return;
    case Kind::timestamp:
      out.zigzag(value.as_timestamp().seconds);
      out.zigzag(value.as_timestamp().nanos);
      return;
    case Kind::span:
      out.zigzag(value.as_span().seconds);
      out.zigzag(value.as_span().nanos);
      return;
    case Kind::type:
      out.text(value.as_type());
      return;
  }
}

Value decode_value(ByteReader& in) {
  return decode_at_depth(in, stored_depth_max);
}

}  // namespace aizuchi::ground
