// Equality and order of CEL: numbers compare across kinds, maps without regard to order.
#pragma once

#include "ground/expr/evaluation.h"

namespace aizuchi::ground {

enum class Order : uint8_t { less, equal, greater, unordered, incomparable };

// incomparable: these kinds have no order; unordered: a NaN is among them. Lists and maps have
// none.
Order order_of(const Operand& a, const Operand& b);
// Pays for deep values; false when the budget is spent.
bool equal(Evaluation& evaluation, const Operand& a, const Operand& b);
// The entry of a map under a key; nullptr when there is none. 3.0 finds 3 and 3u.
const Value* find_entry(Evaluation& evaluation, const ValueMap& map, const Operand& key);
// Strings, the common case.
const Value* find_entry(Evaluation& evaluation, const ValueMap& map, std::string_view key);

}  // namespace aizuchi::ground
