// The math extension of CEL.
#include <array>
#include <cmath>

#include "ground/expr/compare.h"
#include "ground/expr/evaluation.h"
#include "ground/expr/functions.h"

namespace aizuchi::ground {

namespace {

using Arguments = std::span<const Operand>;

// Wanted = Order::greater for greatest(), Order::less for least(). The first of equals wins.
template <Order Wanted>
Operand extreme_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  Operand best;
  const auto consider = [&best](const Operand& candidate, bool first) {
    if (!candidate.is_number()) return false;
    if (first || order_of(candidate, best) == Wanted) best = candidate;
    return true;
  };
  if (args.size() == 1 && args[0].is(Tag::list)) {
    const ValueList& list = args[0].list();
    if (list.empty()) return Operand::fail("expected a list with at least one number");
    if (!evaluation.charge(list.size())) return Evaluation::exhausted();
    for (size_t i = 0; i < list.size(); ++i)
      if (!consider(Operand::of(list[i]), i == 0)) return Operand::no_overload();
    return best;
  }
  for (size_t i = 0; i < args.size(); ++i)
    if (!consider(args[i], i == 0)) return Operand::no_overload();
  return best;
}

template <double (*F)(double)>
Operand rounding_code(Evaluation&, Arguments args, const Prepared*) {
  return args[0].is(Tag::real) ? Operand::real(F(args[0].d)) : Operand::no_overload();
}

template <bool (*F)(double)>
Operand test_code(Evaluation&, Arguments args, const Prepared*) {
  return args[0].is(Tag::real) ? Operand::boolean(F(args[0].d)) : Operand::no_overload();
}

Operand abs_code(Evaluation&, Arguments args, const Prepared*) {
  const Operand& a = args[0];
  if (a.is(Tag::uinteger)) return a;
  if (a.is(Tag::real)) return Operand::real(std::abs(a.d));
  if (!a.is(Tag::integer)) return Operand::no_overload();
  if (a.i == INT64_MIN) return Operand::fail("integer overflow");
  return Operand::integer(std::abs(a.i));
}

Operand sign_code(Evaluation&, Arguments args, const Prepared*) {
  const Operand& a = args[0];
  if (a.is(Tag::uinteger)) return Operand::uinteger(a.u > 0 ? 1 : 0);
  if (a.is(Tag::integer)) return Operand::integer(a.i > 0 ? 1 : (a.i < 0 ? -1 : 0));
  if (!a.is(Tag::real)) return Operand::no_overload();
  return std::isnan(a.d) ? a : Operand::real(a.d > 0 ? 1.0 : (a.d < 0 ? -1.0 : 0.0));
}

Operand sqrt_code(Evaluation&, Arguments args, const Prepared*) {
  const Operand& a = args[0];
  if (a.is(Tag::integer)) return Operand::real(std::sqrt(static_cast<double>(a.i)));
  if (a.is(Tag::uinteger)) return Operand::real(std::sqrt(static_cast<double>(a.u)));
  return a.is(Tag::real) ? Operand::real(std::sqrt(a.d)) : Operand::no_overload();
}

template <char Bit>
Operand bits_code(Evaluation&, Arguments args, const Prepared*) {
  const Operand& a = args[0];
  const Operand& b = args.back();
  if (a.tag != b.tag || (!a.is(Tag::integer) && !a.is(Tag::uinteger)))
    return Operand::no_overload();
  Operand out = a;
  if constexpr (Bit == '&') out.u = a.u & b.u;
  if constexpr (Bit == '|') out.u = a.u | b.u;
  if constexpr (Bit == '^') out.u = a.u ^ b.u;
  if constexpr (Bit == '~') out.u = ~a.u;
  return out;
}

template <bool Left>
Operand shift_code(Evaluation&, Arguments args, const Prepared*) {
  const Operand& a = args[0];
  if ((!a.is(Tag::integer) && !a.is(Tag::uinteger)) || !args[1].is(Tag::integer))
    return Operand::no_overload();
  if (args[1].i < 0) return Operand::fail("negative offset: expected a shift of 0 or more bits");
  Operand out = a;
  // A right shift is logical for int too: zeros come in from the left.
  if (args[1].i > 63)
    out.u = 0;
  else
    out.u = Left ? a.u << args[1].i : a.u >> args[1].i;
  return out;
}

bool is_nan(double v) {
  return std::isnan(v);
}
bool is_inf(double v) {
  return std::isinf(v);
}
bool is_finite(double v) {
  return std::isfinite(v);
}

// greatest and least take any number of numbers, or one list of them.
constexpr std::string_view extreme_notation =
    "(int) int; (uint) uint; (double) double; (list(A)) A; (int, int) int; (uint, uint) uint; "
    "(double, double) double; (dyn, dyn...) dyn";
constexpr std::string_view bits_notation = "(int, int) int; (uint, uint) uint";

}  // namespace

std::span<const Function> math_functions() {
  static const std::array functions = {
      Function{"math.greatest", false, extreme_notation, extreme_code<Order::greater>},
      Function{"math.least", false, extreme_notation, extreme_code<Order::less>},
      Function{"math.ceil", false, "(double) double", rounding_code<std::ceil>},
      Function{"math.floor", false, "(double) double", rounding_code<std::floor>},
      Function{"math.round", false, "(double) double", rounding_code<std::round>},
      Function{"math.trunc", false, "(double) double", rounding_code<std::trunc>},
      Function{"math.isNaN", false, "(double) bool", test_code<is_nan>},
      Function{"math.isInf", false, "(double) bool", test_code<is_inf>},
      Function{"math.isFinite", false, "(double) bool", test_code<is_finite>},
      Function{"math.abs", false, "(int) int; (uint) uint; (double) double", abs_code},
      Function{"math.sign", false, "(int) int; (uint) uint; (double) double", sign_code},
      Function{"math.sqrt", false, "(int) double; (uint) double; (double) double", sqrt_code},
      Function{"math.bitAnd", false, bits_notation, bits_code<'&'>},
      Function{"math.bitOr", false, bits_notation, bits_code<'|'>},
      Function{"math.bitXor", false, bits_notation, bits_code<'^'>},
      Function{"math.bitNot", false, "(int) int; (uint) uint", bits_code<'~'>},
      Function{"math.bitShiftLeft", false, "(int, int) int; (uint, int) uint", shift_code<true>},
      Function{"math.bitShiftRight", false, "(int, int) int; (uint, int) uint", shift_code<false>},
  };
  return functions;
}

}  // namespace aizuchi::ground
