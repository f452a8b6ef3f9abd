// size, in and the index.
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "ground/expr/compare.h"
#include "ground/expr/evaluation.h"
#include "ground/expr/functions.h"
#include "ground/expr/utf8.h"

namespace aizuchi::ground {

namespace {

using Arguments = std::span<const Operand>;

Operand size_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  const Operand& a = args[0];
  switch (a.tag) {
    case Tag::string:
      if (!evaluation.charge_bytes(a.text().size())) return Evaluation::exhausted();
      return Operand::integer(static_cast<int64_t>(utf8_length(a.text())));
    case Tag::bytes:
      return Operand::integer(static_cast<int64_t>(a.raw().size()));
    case Tag::list:
      return Operand::integer(static_cast<int64_t>(a.list().size()));
    case Tag::map:
      return Operand::integer(static_cast<int64_t>(a.map().size()));
    default:
      return Operand::no_overload();
  }
}

Operand in_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  const Operand& wanted = args[0];
  if (args[1].is(Tag::map))
    return Operand::boolean(find_entry(evaluation, args[1].map(), wanted) != nullptr);
  if (!args[1].is(Tag::list)) return Operand::no_overload();
  for (const Value& item : args[1].list()) {
    if (equal(evaluation, wanted, Operand::of(item))) return Operand::boolean(true);
    if (evaluation.is_exhausted()) return Evaluation::exhausted();
  }
  return Operand::boolean(false);
}

// The position that an operand names in a list: 2, 2u and 2.0 are the same; -1 when none.
int64_t position_of(const Operand& index) {
  if (index.is(Tag::integer)) return index.i < 0 ? -1 : index.i;
  if (index.is(Tag::uinteger)) return index.u > INT64_MAX ? -1 : static_cast<int64_t>(index.u);
  const bool whole = index.d >= 0 && index.d < 9e15 && std::trunc(index.d) == index.d;
  return whole ? static_cast<int64_t>(index.d) : -1;
}

// nullptr when there is no such element; `error` says why when that is no plain absence.
const Value* element_of(Evaluation& evaluation, const Operand& target, const Operand& index,
                        Operand& error) {
  if (target.is(Tag::map)) return find_entry(evaluation, target.map(), index);
  if (!target.is(Tag::list) || !index.is_number()) {
    error = Operand::no_overload();
    return nullptr;
  }
  if (index.is(Tag::real) && std::trunc(index.d) != index.d) {
    error = Operand::fail("invalid_argument: expected a whole number as list index");
    return nullptr;
  }
  const int64_t position = position_of(index);
  const ValueList& list = target.list();
  if (position < 0 || static_cast<uint64_t>(position) >= list.size()) return nullptr;
  return &list[static_cast<size_t>(position)];
}

Operand missing(Evaluation& evaluation, const Operand& target, const Operand& index) {
  if (target.is(Tag::map))
    return evaluation.fail(index.is(Tag::string) && index.text().size() < 100
                               ? "no such key: " + index.text()
                               : std::string("no such key"));
  return evaluation.fail(
      fmt::format("index out of bounds: the list has {} elements", target.list().size()));
}

template <bool Optional>
Operand index_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  Operand target = args[0];
  bool optional = Optional;
  if (target.is(Tag::optional)) {
    const Value* content = optional_content(target);
    if (!content) return target;
    target = Operand::of(*content);
    optional = true;
  }
  Operand error;
  const Value* found = element_of(evaluation, target, args[1], error);
  if (error.is_error()) return error;
  if (optional) return found ? evaluation.keep(optional_of(*found)) : Operand::of(optional_none());
  return found ? Operand::of(*found) : missing(evaluation, target, args[1]);
}

}  // namespace

std::span<const Function> collection_functions() {
  static constexpr std::string_view sizes =
      "(string) int; (bytes) int; (list(A)) int; (map(A, B)) int";
  static const std::array functions = {
      Function{"size", false, sizes, size_code},
      Function{"size", true, sizes, size_code},
      Function{"@in", false, "(A, list(A)) bool; (A, map(A, B)) bool", in_code},
      Function{"_[_]", false,
               "(list(A), int) A; (map(A, B), A) B; (optional(list(A)), int) optional(A); "
               "(optional(map(A, B)), A) optional(B)",
               index_code<false>},
      Function{"_[?_]", false,
               "(list(A), int) optional(A); (map(A, B), A) optional(B); "
               "(optional(list(A)), int) optional(A); (optional(map(A, B)), A) optional(B)",
               index_code<true>},
  };
  return functions;
}

}  // namespace aizuchi::ground
