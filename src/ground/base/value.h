// One value: what a fact holds, what CEL computes, what a template prints. The kinds are those of
// the CEL specification without protobuf messages. Lists and maps are immutable and shared.
// Cost: 40 bytes; copying a list or map counts a reference, copying a string copies it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "ground/base/time.h"

namespace aizuchi::ground {

class ByteReader;
class ByteWriter;
class Value;

struct Bytes {
  std::string raw;
  bool operator==(const Bytes&) const = default;
};
// 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z; nanos 0–999,999,999.
struct Timestamp {
  int64_t seconds = 0;
  int32_t nanos = 0;
  auto operator<=>(const Timestamp&) const = default;
};
// Both parts carry the sign.
struct Span {
  int64_t seconds = 0;
  int32_t nanos = 0;
  auto operator<=>(const Span&) const = default;
};
struct TypeName {
  std::string name;  // "int", "list", "google.protobuf.Timestamp", …
  bool operator==(const TypeName&) const = default;
};
using ValueList = std::vector<Value>;
using ValueMap =
    std::vector<std::pair<Value, Value>>;  // insertion order; keys bool, int, uint, string

class Value {
 public:
  using Variant = std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string, Bytes,
                               std::shared_ptr<const ValueList>, std::shared_ptr<const ValueMap>,
                               Timestamp, Span, TypeName>;
  // In the order of the variant.
  enum class Kind : uint8_t {
    null,
    boolean,
    integer,
    uinteger,
    real,
    string,
    bytes,
    list,
    map,
    timestamp,
    span,
    type
  };

  Value() = default;
  Value(bool v) : v_(v) {}
  Value(int v) : v_(int64_t{v}) {}
  Value(int64_t v) : v_(v) {}
  Value(uint64_t v) : v_(v) {}
  Value(double v) : v_(v) {}
  Value(const char* v) : v_(std::string(v)) {}
  Value(std::string_view v) : v_(std::string(v)) {}
  Value(std::string v) : v_(std::move(v)) {}
  Value(Bytes v) : v_(std::move(v)) {}
  Value(Timestamp v) : v_(v) {}
  Value(Span v) : v_(v) {}
  Value(TypeName v) : v_(std::move(v)) {}
  Value(Instant t)
      : v_(Timestamp{floor_div(t.ms, 1000),
                     static_cast<int32_t>((t.ms - floor_div(t.ms, 1000) * 1000) * 1'000'000)}) {}
  static Value list(ValueList items) {
    return Value(Variant(std::make_shared<const ValueList>(std::move(items))));
  }
  static Value map(ValueMap entries) {
    return Value(Variant(std::make_shared<const ValueMap>(std::move(entries))));
  }

  Kind kind() const { return static_cast<Kind>(v_.index()); }
  bool is(Kind k) const { return kind() == k; }
  bool is_null() const { return is(Kind::null); }
  // Precondition: the kind is right.
  bool as_bool() const { return std::get<bool>(v_); }
  int64_t as_int() const { return std::get<int64_t>(v_); }
  uint64_t as_uint() const { return std::get<uint64_t>(v_); }
  double as_double() const { return std::get<double>(v_); }
  const std::string& as_string() const { return std::get<std::string>(v_); }
  const std::string& as_bytes() const { return std::get<Bytes>(v_).raw; }
  const ValueList& as_list() const { return *std::get<std::shared_ptr<const ValueList>>(v_); }
  const ValueMap& as_map() const { return *std::get<std::shared_ptr<const ValueMap>>(v_); }
  Timestamp as_timestamp() const { return std::get<Timestamp>(v_); }
  Span as_span() const { return std::get<Span>(v_); }
  const std::string& as_type() const { return std::get<TypeName>(v_).name; }
  const Variant& variant() const { return v_; }

  // The entry of a map under a string key; nullptr when this is no map or has none.
  const Value* find(std::string_view key) const;
  // A number of any numeric kind as double; `otherwise` for everything else.
  double number_or(double otherwise) const;

  // Exact sameness: same kind and same content (not CEL's numeric equality; NaN equals nothing).
  bool same(const Value& other) const;

 private:
  explicit Value(Variant v) : v_(std::move(v)) {}
  Variant v_;
};

// Plain JSON text of a value: timestamps and durations as strings, bytes as base64.
void append_json(std::string& out, const Value& value);
std::string to_json(const Value& value);
// How a template prints a value: strings as they are, 5.0 as "5", lists joined by ", ".
std::string to_display(const Value& value);
// Compact stored form (docs/formats.md). The reader goes bad on anything it does not know.
void encode(ByteWriter& out, const Value& value);
Value decode_value(ByteReader& in);

}  // namespace aizuchi::ground
