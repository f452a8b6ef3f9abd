// Text in, tree out, macros expanded. Stops at the first error.
#pragma once

#include <expected>
#include <string_view>

#include "ground/expr/ast.h"
#include "ground/expr/token.h"

namespace aizuchi::ground {

std::expected<NodePtr, ExprError> parse_expr(std::string_view text);

// Turns the call of a macro into its fold; a call that is no macro stays as it is. (macros.cpp)
std::expected<NodePtr, ExprError> expand_macro(NodePtr call);

// Sets depth from the children; too deep is an error.
std::expected<NodePtr, ExprError> seal(NodePtr node);

}  // namespace aizuchi::ground
