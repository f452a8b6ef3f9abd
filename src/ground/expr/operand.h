// What the evaluator works on: 16 bytes, scalars inside, everything else a pointer to a Value that
// lives at least as long as the evaluation (a constant, a read, or one the evaluation keeps).
#pragma once

#include <cstdint>
#include <string>

#include "ground/base/value.h"
#include "ground/expr/expr.h"

namespace aizuchi::ground {

// The first twelve as in Value::Kind.
enum class Tag : uint8_t {
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
  type,
  optional,
  opaque,
  error
};

enum class ErrorForm : uint8_t { absent, literal, written, overload };

struct Operand {
  Tag tag = Tag::null;
  ErrorForm form = ErrorForm::literal;  // error
  int32_t nanos = 0;                    // timestamp, span
  union {
    bool b;
    int64_t i = 0;  // also seconds of timestamp and span; the ReadId of an absent read
    uint64_t u;
    double d;
    const Value* v;
    const char* literal;         // error
    const std::string* written;  // error
  };

  static Operand of(const Value& value);
  static Operand boolean(bool v) {
    Operand o;
    o.tag = Tag::boolean;
    o.b = v;
    return o;
  }
  static Operand integer(int64_t v) {
    Operand o;
    o.tag = Tag::integer;
    o.i = v;
    return o;
  }
  static Operand uinteger(uint64_t v) {
    Operand o;
    o.tag = Tag::uinteger;
    o.u = v;
    return o;
  }
  static Operand real(double v) {
    Operand o;
    o.tag = Tag::real;
    o.d = v;
    return o;
  }
  static Operand time(Timestamp t) {
    Operand o;
    o.tag = Tag::timestamp;
    o.nanos = t.nanos;
    o.i = t.seconds;
    return o;
  }
  static Operand span(Span s) {
    Operand o;
    o.tag = Tag::span;
    o.nanos = s.nanos;
    o.i = s.seconds;
    return o;
  }
  // The message must be a literal.
  static Operand fail(const char* message) {
    Operand o;
    o.tag = Tag::error;
    o.literal = message;
    return o;
  }
  // The function does not take these kinds; the caller adds its name.
  static Operand no_overload() {
    Operand o = fail("no such overload");
    o.form = ErrorForm::overload;
    return o;
  }
  static Operand absent(ReadId read) {
    Operand o;
    o.tag = Tag::error;
    o.form = ErrorForm::absent;
    o.i = read;
    return o;
  }

  bool is(Tag t) const { return tag == t; }
  bool is_error() const { return tag == Tag::error; }
  bool is_number() const { return tag == Tag::integer || tag == Tag::uinteger || tag == Tag::real; }
  // Preconditions: the tag is right.
  const std::string& text() const { return v->as_string(); }
  const std::string& raw() const { return v->as_bytes(); }
  const ValueList& list() const { return v->as_list(); }
  const ValueMap& map() const { return v->as_map(); }
  Timestamp timestamp() const { return {i, nanos}; }
  Span duration() const { return {i, nanos}; }
  // Copies strings, counts a reference for lists and maps. Precondition: no error.
  Value value() const;
  // "int", "google.protobuf.Timestamp", "net.IP", …
  std::string type_name() const;
};

// Kinds that ground::Value does not have travel inside it as a map with one key of kind bytes,
// which no CEL map can have: {b'optional': [content]} or {b'optional': []}, {b'net.IP': bytes}.
Value make_opaque(std::string_view type, Value content);
Value optional_of(Value content);
const Value& optional_none();
// Precondition: tag is optional or opaque.
const Value& opaque_content(const Operand& operand);
const std::string& opaque_type(const Operand& operand);
// The content; nullptr for none. Precondition: tag is optional.
const Value* optional_content(const Operand& operand);

inline bool is_opaque(const ValueMap& entries) {
  return entries.size() == 1 && entries[0].first.is(Value::Kind::bytes);
}
Tag opaque_tag(const ValueMap& entries);

inline Operand Operand::of(const Value& value) {
  using Kind = Value::Kind;
  Operand o;
  o.tag = static_cast<Tag>(value.kind());
  switch (value.kind()) {
    case Kind::null:
      break;
    case Kind::boolean:
      o.b = value.as_bool();
      break;
    case Kind::integer:
      o.i = value.as_int();
      break;
    case Kind::uinteger:
      o.u = value.as_uint();
      break;
    case Kind::real:
      o.d = value.as_double();
      break;
    case Kind::timestamp:
      return time(value.as_timestamp());
    case Kind::span:
      return span(value.as_span());
    case Kind::map:
      o.v = &value;
      if (is_opaque(value.as_map())) o.tag = opaque_tag(value.as_map());
      break;
    default:
      o.v = &value;
  }
  return o;
}

}  // namespace aizuchi::ground
