#include "ground/expr/compare.h"

#include <cmath>

namespace aizuchi::ground {

namespace {

constexpr double two_63 = 9223372036854775808.0;
constexpr double two_64 = 18446744073709551616.0;

template <typename T>
Order order_same(const T& a, const T& b) {
  return a < b ? Order::less : (b < a ? Order::greater : Order::equal);
}

Order order_reals(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return Order::unordered;
  return order_same(a, b);
}

Order order_int_real(int64_t a, double b) {
  if (b < -two_63) return Order::greater;
  if (b > two_63) return Order::less;
  return order_reals(static_cast<double>(a), b);
}

Order order_uint_real(uint64_t a, double b) {
  if (b < 0) return Order::greater;
  if (b > two_64) return Order::less;
  return order_reals(static_cast<double>(a), b);
}

Order order_int_uint(int64_t a, uint64_t b) {
  if (a < 0) return Order::less;
  return order_same(static_cast<uint64_t>(a), b);
}

Order reverse(Order order) {
  if (order == Order::less) return Order::greater;
  if (order == Order::greater) return Order::less;
  return order;
}

Order order_numbers(const Operand& a, const Operand& b) {
  if (a.is(Tag::integer)) {
    if (b.is(Tag::integer)) return order_same(a.i, b.i);
    if (b.is(Tag::uinteger)) return order_int_uint(a.i, b.u);
    return order_int_real(a.i, b.d);
  }
  if (a.is(Tag::uinteger)) {
    if (b.is(Tag::uinteger)) return order_same(a.u, b.u);
    if (b.is(Tag::integer)) return reverse(order_int_uint(b.i, a.u));
    return order_uint_real(a.u, b.d);
  }
  if (b.is(Tag::real)) return order_reals(a.d, b.d);
  return reverse(order_numbers(b, a));
}

bool equal_lists(Evaluation& evaluation, const ValueList& a, const ValueList& b) {
  if (&a == &b && a.empty()) return true;
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (!equal(evaluation, Operand::of(a[i]), Operand::of(b[i]))) return false;
  return true;
}

bool equal_maps(Evaluation& evaluation, const ValueMap& a, const ValueMap& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [key, value] : a) {
    const Value* other = find_entry(evaluation, b, Operand::of(key));
    if (!other || !equal(evaluation, Operand::of(value), Operand::of(*other))) return false;
  }
  return true;
}

}  // namespace

Order order_of(const Operand& a, const Operand& b) {
  if (a.is_number() && b.is_number()) return order_numbers(a, b);
  if (a.tag != b.tag) return Order::incomparable;
  switch (a.tag) {
    case Tag::boolean:
      return order_same(a.b, b.b);
    case Tag::string:
      return order_same(a.text(), b.text());
    case Tag::bytes:
      return order_same(a.raw(), b.raw());
    case Tag::timestamp:
      return order_same(a.timestamp(), b.timestamp());
    case Tag::span:
      return order_same(a.duration(), b.duration());
    default:
      return Order::incomparable;
  }
}

bool equal(Evaluation& evaluation, const Operand& a, const Operand& b) {
  if (!evaluation.charge(1)) return false;
  if (a.is_number() && b.is_number()) return order_numbers(a, b) == Order::equal;
  if (a.tag != b.tag) return false;
  switch (a.tag) {
    case Tag::null:
      return true;
    case Tag::boolean:
      return a.b == b.b;
    case Tag::string:
      return a.text().size() == b.text().size() && evaluation.charge(a.text().size() / 64) &&
             a.text() == b.text();
    case Tag::bytes:
      return a.raw() == b.raw();
    case Tag::list:
      return equal_lists(evaluation, a.list(), b.list());
    case Tag::map:
      return equal_maps(evaluation, a.map(), b.map());
    case Tag::timestamp:
      return a.timestamp() == b.timestamp();
    case Tag::span:
      return a.duration() == b.duration();
    case Tag::type:
      return a.v->as_type() == b.v->as_type();
    case Tag::optional:
    case Tag::opaque:
      return opaque_type(a) == opaque_type(b) &&
             equal(evaluation, Operand::of(opaque_content(a)), Operand::of(opaque_content(b)));
    default:
      return false;
  }
}

const Value* find_entry(Evaluation& evaluation, const ValueMap& map, std::string_view key) {
  if (!evaluation.charge(map.size() / 4)) return nullptr;
  for (const auto& [k, value] : map)
    if (k.is(Value::Kind::string) && k.as_string() == key) return &value;
  return nullptr;
}

const Value* find_entry(Evaluation& evaluation, const ValueMap& map, const Operand& key) {
  if (key.is(Tag::string)) return find_entry(evaluation, map, std::string_view(key.text()));
  if (!evaluation.charge(map.size() / 4)) return nullptr;
  Operand wanted = key;
  if (key.is(Tag::real)) {
    // Only a whole number can be a key; converting is exact below 2^63 and 2^64.
    if (!(key.d >= -two_63 && key.d < two_64) || std::trunc(key.d) != key.d) return nullptr;
    wanted = key.d < two_63 ? Operand::integer(static_cast<int64_t>(key.d))
                            : Operand::uinteger(static_cast<uint64_t>(key.d));
  }
  if (!wanted.is_number() && !wanted.is(Tag::boolean)) return nullptr;
  for (const auto& [k, value] : map) {
    const Operand candidate = Operand::of(k);
    if (candidate.is_number() && wanted.is_number()) {
      if (order_numbers(candidate, wanted) == Order::equal) return &value;
    } else if (candidate.is(Tag::boolean) && wanted.is(Tag::boolean) && candidate.b == wanted.b) {
      return &value;
    }
  }
  return nullptr;
}

}  // namespace aizuchi::ground
