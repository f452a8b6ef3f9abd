// Optional values: optional.of(x), x.orValue(y), …
#include <array>

#include "ground/expr/evaluation.h"
#include "ground/expr/functions.h"

namespace aizuchi::ground {

namespace {

using Arguments = std::span<const Operand>;

bool is_zero(const Operand& a) {
  switch (a.tag) {
    case Tag::null:
      return true;
    case Tag::boolean:
      return !a.b;
    case Tag::integer:
    case Tag::uinteger:
      return a.u == 0;
    case Tag::real:
      return a.d == 0;
    case Tag::string:
      return a.text().empty();
    case Tag::bytes:
      return a.raw().empty();
    case Tag::list:
      return a.list().empty();
    case Tag::map:
      return a.map().empty();
    case Tag::span:
    case Tag::timestamp:
      return a.i == 0 && a.nanos == 0;
    default:
      return false;
  }
}

Operand of_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  if (!evaluation.charge_copy(args[0])) return Evaluation::exhausted();
  return evaluation.keep(optional_of(args[0].value()));
}

Operand of_non_zero_code(Evaluation& evaluation, Arguments args, const Prepared* prepared) {
  return is_zero(args[0]) ? Operand::of(optional_none()) : of_code(evaluation, args, prepared);
}

Operand none_code(Evaluation&, Arguments, const Prepared*) {
  return Operand::of(optional_none());
}

Operand has_value_code(Evaluation&, Arguments args, const Prepared*) {
  if (!args[0].is(Tag::optional)) return Operand::no_overload();
  return Operand::boolean(optional_content(args[0]) != nullptr);
}

Operand value_code(Evaluation&, Arguments args, const Prepared*) {
  if (!args[0].is(Tag::optional)) return Operand::no_overload();
  const Value* content = optional_content(args[0]);
  return content ? Operand::of(*content) : Operand::fail("optional.none() dereference");
}

Operand or_value_code(Evaluation&, Arguments args, const Prepared*) {
  if (!args[0].is(Tag::optional)) return Operand::no_overload();
  const Value* content = optional_content(args[0]);
  return content ? Operand::of(*content) : args[1];
}

Operand or_code(Evaluation&, Arguments args, const Prepared*) {
  if (!args[0].is(Tag::optional) || !args[1].is(Tag::optional)) return Operand::no_overload();
  return optional_content(args[0]) ? args[0] : args[1];
}

Operand unwrap_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  if (!args[0].is(Tag::list)) return Operand::no_overload();
  ValueList items;
  for (const Value& item : args[0].list()) {
    const Operand o = Operand::of(item);
    if (!o.is(Tag::optional)) return Operand::no_overload();
    const Value* content = optional_content(o);
    if (!content) continue;
    if (!evaluation.charge_copy(Operand::of(*content))) return Evaluation::exhausted();
    items.push_back(*content);
  }
  return evaluation.keep(Value::list(std::move(items)));
}

}  // namespace

std::span<const Function> optional_functions() {
  static const std::array functions = {
      Function{"optional.of", false, "(A) optional(A)", of_code},
      Function{"optional.ofNonZeroValue", false, "(A) optional(A)", of_non_zero_code},
      Function{"optional.none", false, "() optional(dyn)", none_code},
      Function{"optional.unwrap", false, "(list(optional(A))) list(A)", unwrap_code},
      Function{"unwrapOpt", true, "(list(optional(A))) list(A)", unwrap_code},
      Function{"hasValue", true, "(optional(A)) bool", has_value_code},
      Function{"value", true, "(optional(A)) A", value_code},
      Function{"orValue", true, "(optional(A), A) A", or_value_code},
      Function{"or", true, "(optional(A), optional(A)) optional(A)", or_code},
  };
  return functions;
}

}  // namespace aizuchi::ground
