// Walks the steps of a program. The two rules that shape it: an error is a value like any other
// until it reaches the top, and && and || may absorb it ("Logical Operators" of cel-spec).
#include <fmt/format.h>

#include "ground/expr/compare.h"
#include "ground/expr/evaluation.h"

namespace aizuchi::ground {

Evaluation::Evaluation(const Program& program, Activation* activation, uint64_t cost_max)
    : program_(program),
      activation_(activation),
      cost_left_(cost_max),
      locals_(few_locals_.data()) {
  if (program.slots > few_locals_.size()) {
    many_locals_.resize(program.slots);
    locals_ = many_locals_.data();
  }
}

Operand Evaluation::fail(std::string message) {
  messages_.push_front(std::move(message));
  Operand o = Operand::fail("");
  o.form = ErrorForm::written;
  o.written = &messages_.front();
  return o;
}

std::string Evaluation::message(const Operand& error) const {
  switch (error.form) {
    case ErrorForm::absent:
      for (const auto& [read, name] : program_.read_names)
        if (read == static_cast<ReadId>(error.i)) return "absent: " + name;
      return "absent";
    case ErrorForm::written:
      return *error.written;
    default:
      return error.literal;
  }
}

bool Evaluation::charge_deep(const Value& value) {
  if (!charge(1)) return false;
  if (value.is(Value::Kind::string)) return charge(value.as_string().size() / 64);
  if (value.is(Value::Kind::list)) {
    for (const Value& item : value.as_list())
      if (!charge_deep(item)) return false;
  } else if (value.is(Value::Kind::map)) {
    for (const auto& [key, item] : value.as_map())
      if (!charge_deep(key) || !charge_deep(item)) return false;
  }
  return true;
}

Operand Evaluation::run(uint32_t index) {
  if (!charge(1)) [[unlikely]]
    return exhausted();
  const Step& step = program_.steps[index];
  switch (step.op) {
    case Op::constant:
      return Operand::of(program_.constants[step.index]);
    case Op::local:
      return locals_[step.slot];
    case Op::read: {
      const Value* value = activation_->read(step.read);
      return value ? Operand::of(*value) : Operand::absent(step.read);
    }
    case Op::test_read:
      return Operand::boolean(activation_->read(step.read) != nullptr);
    case Op::unknown:
      return fail(program_.names[step.index]);
    case Op::select:
      return run_select(step);
    case Op::test_select:
      return run_test(step);
    case Op::all:
      return run_all(step);
    case Op::any:
      return run_any(step);
    case Op::negate: {
      const Operand v = run(child(step, 0));
      if (v.is(Tag::boolean)) return Operand::boolean(!v.b);
      return v.is_error() ? v : Operand::fail("no such overload: '!' expects bool");
    }
    case Op::choose: {
      const Operand condition = run(child(step, 0));
      if (condition.is(Tag::boolean)) return run(child(step, condition.b ? 1 : 2));
      return condition.is_error() ? condition
                                  : Operand::fail("no such overload: '?' expects bool before it");
    }
    case Op::equal:
    case Op::not_equal: {
      const Operand a = run(child(step, 0));
      if (a.is_error()) return a;
      const Operand b = run(child(step, 1));
      if (b.is_error()) return b;
      return Operand::boolean(equal(*this, a, b) == (step.op == Op::equal));
    }
    case Op::call:
      return run_call(step);
    case Op::list:
      return run_list(step);
    case Op::map:
      return run_map(step);
    case Op::fold:
      return run_fold(step);
  }
  return Operand::fail("unknown step");
}

Operand Evaluation::run_all(const Step& step) {
  Operand result = Operand::boolean(true);
  for (uint32_t i = 0; i < step.child_count; ++i) {
    const Operand v = run(child(step, i));
    if (v.is(Tag::boolean)) {
      if (!v.b) return v;
    } else if (!result.is_error()) {
      result = v.is_error() ? v : Operand::fail("no such overload: '&&' expects bool");
    }
  }
  return result;
}

Operand Evaluation::run_any(const Step& step) {
  Operand result = Operand::boolean(false);
  for (uint32_t i = 0; i < step.child_count; ++i) {
    const Operand v = run(child(step, i));
    if (v.is(Tag::boolean)) {
      if (v.b) return v;
    } else if (!result.is_error()) {
      result = v.is_error() ? v : Operand::fail("no such overload: '||' expects bool");
    }
  }
  return result;
}

Operand Evaluation::run_call(const Step& step) {
  constexpr size_t few = 6;
  std::array<Operand, few> few_arguments;
  std::vector<Operand> many_arguments;
  Operand* arguments = few_arguments.data();
  if (step.child_count > few) {
    many_arguments.resize(step.child_count);
    arguments = many_arguments.data();
  }
  for (uint32_t i = 0; i < step.child_count; ++i) {
    arguments[i] = run(child(step, i));
    if (arguments[i].is_error()) return arguments[i];
  }
  const Operand result =
      step.function->code(*this, std::span(arguments, step.child_count), step.prepared);
  if (result.is_error() && result.form == ErrorForm::overload) {
    std::string kinds;
    for (uint32_t i = 0; i < step.child_count; ++i)
      kinds += (i == 0 ? "" : ", ") + arguments[i].type_name();
    return fail(fmt::format("no such overload: {}({})", step.function->name, kinds));
  }
  return result;
}

Operand Evaluation::run_select(const Step& step) {
  const Operand target = run(child(step, 0));
  const std::string& name = program_.names[step.index];
  if (target.is(Tag::map)) {
    const Value* found = find_entry(*this, target.map(), std::string_view(name));
    if (step.optional) return found ? keep(optional_of(*found)) : Operand::of(optional_none());
    return found ? Operand::of(*found) : fail("no such key: " + name);
  }
  if (target.is(Tag::optional)) {
    const Value* content = optional_content(target);
    if (!content) return target;
    const Operand inner = Operand::of(*content);
    if (!inner.is(Tag::map)) return Operand::fail("no such key: expected a map in the optional");
    const Value* found = find_entry(*this, inner.map(), std::string_view(name));
    return found ? keep(optional_of(*found)) : Operand::of(optional_none());
  }
  if (target.is_error()) return target;
  return fail(fmt::format("no such key: type '{}' does not support field selection ('.{}')",
                          target.type_name(), name));
}

Operand Evaluation::run_test(const Step& step) {
  Operand target = run(child(step, 0));
  if (target.is(Tag::optional)) {
    const Value* content = optional_content(target);
    if (!content) return Operand::boolean(false);
    target = Operand::of(*content);
  }
  const std::string& name = program_.names[step.index];
  if (target.is(Tag::map)) {
    return Operand::boolean(find_entry(*this, target.map(), std::string_view(name)) != nullptr);
  }
  if (target.is_error()) return target;
  return fail(fmt::format("no such overload: has() expects a map, found {}", target.type_name()));
}

Operand Evaluation::run_list(const Step& step) {
  ValueList items;
  items.reserve(step.child_count);
  for (uint32_t i = 0; i < step.child_count; ++i) {
    const Operand item = run(child(step, i));
    if (item.is_error()) return item;
    if (!charge_copy(item)) return exhausted();
    if (!program_.optional_children[step.first_child + i]) {
      items.push_back(item.value());
    } else {
      if (!item.is(Tag::optional)) return Operand::fail("expected an optional after '?'");
      if (const Value* content = optional_content(item)) items.push_back(*content);
    }
  }
  return keep(Value::list(std::move(items)));
}

Operand Evaluation::run_map(const Step& step) {
  ValueMap entries;
  entries.reserve(step.child_count / 2);
  for (uint32_t i = 0; i < step.child_count; i += 2) {
    const Operand key = run(child(step, i));
    if (key.is_error()) return key;
    const Operand value = run(child(step, i + 1));
    if (value.is_error()) return value;
    if (!charge_copy(key) || !charge_copy(value)) return exhausted();
    if (!key.is(Tag::boolean) && !key.is(Tag::integer) && !key.is(Tag::uinteger) &&
        !key.is(Tag::string))
      return fail("unsupported key type: " + key.type_name());
    if (find_entry(*this, entries, key)) return Operand::fail("Failed with repeated key");
    if (!program_.optional_children[step.first_child + i]) {
      entries.emplace_back(key.value(), value.value());
    } else {
      if (!value.is(Tag::optional)) return Operand::fail("expected an optional after '?'");
      if (const Value* content = optional_content(value))
        entries.emplace_back(key.value(), *content);
    }
  }
  return keep(Value::map(std::move(entries)));
}

}  // namespace aizuchi::ground
