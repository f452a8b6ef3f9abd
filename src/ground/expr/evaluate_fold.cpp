// The macros at work: quantifiers absorb errors like && and ||, the others stop at the first one.
#include <fmt/format.h>

#include "ground/expr/compare.h"
#include "ground/expr/evaluation.h"

namespace aizuchi::ground {

template <typename Body>
void Evaluation::each(const Step& step, const Operand& range, Body body) {
  Operand& first = locals_[step.slot];
  if (range.is(Tag::list)) {
    int64_t position = 0;
    for (const Value& item : range.list()) {
      if (step.two_variables) {
        first = Operand::integer(position++);
        locals_[step.slot + 1] = Operand::of(item);
      } else {
        first = Operand::of(item);
      }
      if (!body()) return;
    }
    return;
  }
  for (const auto& [key, value] : range.map()) {
    first = Operand::of(key);
    if (step.two_variables) locals_[step.slot + 1] = Operand::of(value);
    if (!body()) return;
  }
}

Operand Evaluation::run_fold(const Step& step) {
  const Operand range = run(child(step, 0));
  if (step.fold == FoldKind::bind) {
    if (range.is_error()) return range;
    locals_[step.slot] = range;
    return run(child(step, 1));
  }
  if (range.is_error()) return range;
  if (step.fold == FoldKind::opt_map || step.fold == FoldKind::opt_flat_map)
    return fold_optional(step, range);
  if (!range.is(Tag::list) && !range.is(Tag::map))
    return fail(fmt::format("no such overload: expected a list or a map to loop over, found {}",
                            range.type_name()));
  switch (step.fold) {
    case FoldKind::all:
    case FoldKind::exists:
      return fold_quantifier(step, range);
    case FoldKind::exists_one:
      return fold_exists_one(step, range);
    case FoldKind::list:
      return fold_list(step, range);
    default:
      return fold_map(step, range);
  }
}

Operand Evaluation::fold_quantifier(const Step& step, const Operand& range) {
  const bool decisive = step.fold == FoldKind::exists;
  Operand result = Operand::boolean(!decisive);
  each(step, range, [&] {
    const Operand v = run(child(step, 1));
    if (v.is(Tag::boolean)) {
      if (v.b != decisive) return true;
      result = v;
      return false;
    }
    if (!result.is_error())
      result = v.is_error() ? v : Operand::fail("no such overload: the condition expects bool");
    return !exhausted_;
  });
  return result;
}

Operand Evaluation::fold_exists_one(const Step& step, const Operand& range) {
  int64_t count = 0;
  Operand error;
  each(step, range, [&] {
    const Operand v = run(child(step, 1));
    if (!v.is(Tag::boolean)) {
      error = v.is_error() ? v : Operand::fail("no such overload: the condition expects bool");
      return false;
    }
    count += v.b ? 1 : 0;
    return true;
  });
  return error.is_error() ? error : Operand::boolean(count == 1);
}

// Whether this turn is kept; an error operand when the filter fails.
Operand Evaluation::filter_turn(const Step& step, bool& keep_it) {
  keep_it = true;
  if (child(step, 1) == no_step) return {};
  const Operand v = run(child(step, 1));
  if (v.is(Tag::boolean)) {
    keep_it = v.b;
    return {};
  }
  return v.is_error() ? v : Operand::fail("no such overload: the filter expects bool");
}

Operand Evaluation::fold_list(const Step& step, const Operand& range) {
  ValueList items;
  Operand error;
  each(step, range, [&] {
    bool keep_it = true;
    error = filter_turn(step, keep_it);
    if (error.is_error()) return false;
    if (!keep_it) return true;
    const Operand v = child(step, 2) == no_step ? locals_[step.slot] : run(child(step, 2));
    if (v.is_error()) error = v;
    if (!error.is_error() && !charge_copy(v)) error = exhausted();
    if (error.is_error()) return false;
    items.push_back(v.value());
    return true;
  });
  return error.is_error() ? error : keep(Value::list(std::move(items)));
}

Operand Evaluation::fold_map(const Step& step, const Operand& range) {
  ValueMap entries;
  Operand error;
  each(step, range, [&] {
    bool keep_it = true;
    error = filter_turn(step, keep_it);
    if (error.is_error()) return false;
    if (!keep_it) return true;
    const Operand v = run(child(step, 2));
    if (v.is_error()) {
      error = v;
    } else if (!charge_copy(v) || !charge_copy(locals_[step.slot])) {
      error = exhausted();
    } else if (step.fold == FoldKind::map) {
      entries.emplace_back(locals_[step.slot].value(), v.value());
    } else if (!v.is(Tag::map)) {
      error = Operand::fail("no such overload: transformMapEntry expects a map");
    } else {
      for (const auto& [key, value] : v.map()) {
        if (find_entry(*this, entries, Operand::of(key)))
          error = Operand::fail("insert failed: this key is already in the map");
        else
          entries.emplace_back(key, value);
      }
    }
    return !error.is_error();
  });
  return error.is_error() ? error : keep(Value::map(std::move(entries)));
}

Operand Evaluation::fold_optional(const Step& step, const Operand& range) {
  if (!range.is(Tag::optional))
    return fail("no such overload: expected an optional, found " + range.type_name());
  const Value* content = optional_content(range);
  if (!content) return range;
  locals_[step.slot] = Operand::of(*content);
  const Operand v = run(child(step, 1));
  if (v.is_error()) return v;
  if (step.fold == FoldKind::opt_map) return keep(optional_of(v.value()));
  if (v.is(Tag::optional)) return v;
  return Operand::fail("no such overload: optFlatMap expects an optional");
}

}  // namespace aizuchi::ground
