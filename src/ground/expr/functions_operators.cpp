// Arithmetic and comparison. int and uint overflow is an error ("Overflow" of cel-spec).
#include <array>
#include <cmath>

#include "ground/expr/compare.h"
#include "ground/expr/evaluation.h"
#include "ground/expr/functions.h"
#include "ground/expr/time_text.h"

namespace aizuchi::ground {

namespace {

using Arguments = std::span<const Operand>;

Operand overflow() {
  return Operand::fail("return error for overflow: the result does not fit 64 bits");
}
Operand time_range() {
  return Operand::fail("range: the result is no timestamp of the years 1 to 9999");
}
Operand span_range() {
  return Operand::fail("range: the result is no duration of at most 292 years");
}

Operand checked_time(const std::optional<Timestamp>& t) {
  return t ? Operand::time(*t) : time_range();
}
Operand checked_span(const std::optional<Span>& s) {
  return s ? Operand::span(*s) : span_range();
}

Operand join_text(Evaluation& evaluation, const std::string& a, const std::string& b, Tag tag) {
  if (!evaluation.charge_bytes(a.size() + b.size())) return Evaluation::exhausted();
  std::string joined;
  joined.reserve(a.size() + b.size());
  joined.append(a).append(b);
  return tag == Tag::string ? evaluation.keep(Value(std::move(joined)))
                            : evaluation.keep(Value(Bytes{std::move(joined)}));
}

Operand join_lists(Evaluation& evaluation, const ValueList& a, const ValueList& b) {
  ValueList joined;
  joined.reserve(a.size() + b.size());
  for (const ValueList* list : {&a, &b}) {
    for (const Value& item : *list) {
      if (!evaluation.charge_copy(Operand::of(item))) return Evaluation::exhausted();
      joined.push_back(item);
    }
  }
  return evaluation.keep(Value::list(std::move(joined)));
}

Operand add_times(const Operand& a, const Operand& b) {
  if (a.is(Tag::timestamp) && b.is(Tag::span))
    return checked_time(add(a.timestamp(), b.duration()));
  if (a.is(Tag::span) && b.is(Tag::timestamp))
    return checked_time(add(b.timestamp(), a.duration()));
  if (a.is(Tag::span) && b.is(Tag::span)) return checked_span(add(a.duration(), b.duration()));
  return Operand::no_overload();
}

Operand add_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  const Operand& a = args[0];
  const Operand& b = args[1];
  if (a.tag != b.tag) return add_times(a, b);
  switch (a.tag) {
    case Tag::integer: {
      int64_t r = 0;
      return __builtin_add_overflow(a.i, b.i, &r) ? overflow() : Operand::integer(r);
    }
    case Tag::uinteger: {
      uint64_t r = 0;
      return __builtin_add_overflow(a.u, b.u, &r) ? overflow() : Operand::uinteger(r);
    }
    case Tag::real:
      return Operand::real(a.d + b.d);
    case Tag::string:
      return join_text(evaluation, a.text(), b.text(), Tag::string);
    case Tag::bytes:
      return join_text(evaluation, a.raw(), b.raw(), Tag::bytes);
    case Tag::list:
      return join_lists(evaluation, a.list(), b.list());
    default:
      return add_times(a, b);
  }
}

Operand subtract_code(Evaluation&, Arguments args, const Prepared*) {
  const Operand& a = args[0];
  const Operand& b = args[1];
  if (a.is(Tag::timestamp) && b.is(Tag::span)) {
    const auto negated = negate(b.duration());
    return negated ? checked_time(add(a.timestamp(), *negated)) : span_range();
  }
  if (a.tag != b.tag) return Operand::no_overload();
  switch (a.tag) {
    case Tag::integer: {
      int64_t r = 0;
      return __builtin_sub_overflow(a.i, b.i, &r) ? overflow() : Operand::integer(r);
    }
    case Tag::uinteger: {
      uint64_t r = 0;
      return __builtin_sub_overflow(a.u, b.u, &r) ? overflow() : Operand::uinteger(r);
    }
    case Tag::real:
      return Operand::real(a.d - b.d);
    case Tag::timestamp:
      return checked_span(between(a.timestamp(), b.timestamp()));
    case Tag::span: {
      const auto negated = negate(b.duration());
      return negated ? checked_span(add(a.duration(), *negated)) : span_range();
    }
    default:
      return Operand::no_overload();
  }
}

Operand multiply_code(Evaluation&, Arguments args, const Prepared*) {
  const Operand& a = args[0];
  const Operand& b = args[1];
  if (a.tag != b.tag) return Operand::no_overload();
  if (a.is(Tag::integer)) {
    int64_t r = 0;
    return __builtin_mul_overflow(a.i, b.i, &r) ? overflow() : Operand::integer(r);
  }
  if (a.is(Tag::uinteger)) {
    uint64_t r = 0;
    return __builtin_mul_overflow(a.u, b.u, &r) ? overflow() : Operand::uinteger(r);
  }
  return a.is(Tag::real) ? Operand::real(a.d * b.d) : Operand::no_overload();
}

Operand divide_code(Evaluation&, Arguments args, const Prepared*) {
  const Operand& a = args[0];
  const Operand& b = args[1];
  if (a.tag != b.tag) return Operand::no_overload();
  if (a.is(Tag::integer)) {
    if (b.i == 0) return Operand::fail("divide by zero");
    if (a.i == INT64_MIN && b.i == -1) return overflow();
    return Operand::integer(a.i / b.i);
  }
  if (a.is(Tag::uinteger)) {
    if (b.u == 0) return Operand::fail("divide by zero");
    return Operand::uinteger(a.u / b.u);
  }
  if (!a.is(Tag::real)) return Operand::no_overload();
  // IEC 559: division by zero is an infinity or NaN, and no trap.
  if (b.d == 0) {
    if (a.d == 0 || std::isnan(a.d)) return Operand::real(std::nan(""));
    const bool negative = std::signbit(a.d) != std::signbit(b.d);
    return Operand::real(negative ? -HUGE_VAL : HUGE_VAL);
  }
  return Operand::real(a.d / b.d);
}

Operand modulo_code(Evaluation&, Arguments args, const Prepared*) {
  const Operand& a = args[0];
  const Operand& b = args[1];
  if (a.tag != b.tag) return Operand::no_overload();
  if (a.is(Tag::integer)) {
    if (b.i == 0) return Operand::fail("modulus by zero");
    if (a.i == INT64_MIN && b.i == -1) return overflow();
    return Operand::integer(a.i % b.i);
  }
  if (!a.is(Tag::uinteger)) return Operand::no_overload();
  if (b.u == 0) return Operand::fail("modulus by zero");
  return Operand::uinteger(a.u % b.u);
}

Operand minus_code(Evaluation&, Arguments args, const Prepared*) {
  if (args[0].is(Tag::integer))
    return args[0].i == INT64_MIN ? overflow() : Operand::integer(-args[0].i);
  return args[0].is(Tag::real) ? Operand::real(-args[0].d) : Operand::no_overload();
}

template <bool Less, bool OrEqual>
Operand order_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  const Operand& a = args[0];
  const Operand& b = args[1];
  if (a.is(Tag::string) && !evaluation.charge(a.text().size() / 64)) return Evaluation::exhausted();
  const Order order = order_of(a, b);
  if (order == Order::incomparable) return Operand::no_overload();
  if (order == Order::unordered) return Operand::boolean(false);
  return Operand::boolean(order == (Less ? Order::less : Order::greater) ||
                          (OrEqual && order == Order::equal));
}

// The evaluator has these as steps of their own; the table gives them their types.
Operand step_code(Evaluation&, Arguments, const Prepared*) {
  return Operand::no_overload();
}

constexpr std::string_view order_notation =
    "(bool, bool) bool; (int, int) bool; (uint, uint) bool; (double, double) bool; "
    "(int, uint) bool; (int, double) bool; (uint, int) bool; (uint, double) bool; "
    "(double, int) bool; (double, uint) bool; (string, string) bool; (bytes, bytes) bool; "
    "(timestamp, timestamp) bool; (duration, duration) bool";

}  // namespace

std::span<const Function> operator_functions() {
  static const std::array functions = {
      Function{
          "_+_", false,
          "(int, int) int; (uint, uint) uint; (double, double) double; (string, string) string; "
          "(bytes, bytes) bytes; (list(A), list(A)) list(A); (timestamp, duration) timestamp; "
          "(duration, timestamp) timestamp; (duration, duration) duration",
          add_code},
      Function{"_-_", false,
               "(int, int) int; (uint, uint) uint; (double, double) double; "
               "(timestamp, timestamp) duration; (timestamp, duration) timestamp; "
               "(duration, duration) duration",
               subtract_code},
      Function{"_*_", false, "(int, int) int; (uint, uint) uint; (double, double) double",
               multiply_code},
      Function{"_/_", false, "(int, int) int; (uint, uint) uint; (double, double) double",
               divide_code},
      Function{"_%_", false, "(int, int) int; (uint, uint) uint", modulo_code},
      Function{"-_", false, "(int) int; (double) double", minus_code},
      Function{"_<_", false, order_notation, order_code<true, false>},
      Function{"_<=_", false, order_notation, order_code<true, true>},
      Function{"_>_", false, order_notation, order_code<false, false>},
      Function{"_>=_", false, order_notation, order_code<false, true>},
      Function{"_==_", false, "(A, A) bool", step_code},
      Function{"_!=_", false, "(A, A) bool", step_code},
      Function{"!_", false, "(bool) bool", step_code},
      Function{"_?_:_", false, "(bool, A, A) A", step_code},
  };
  return functions;
}

}  // namespace aizuchi::ground
