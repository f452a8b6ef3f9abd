// A second CEL, slow and obvious, to test the engine's against. It shares the parser and the tree
// (macros are expanded there) and nothing else: no checker, no compiler, no function of
// ground/expr. It knows a fragment: null, bool, int, string, list; comparison, arithmetic, && || !
// ?:, in, size, has, the index, and the macros all, exists, exists_one, map, filter.
#pragma once

#include <expected>
#include <map>
#include <string>

#include "ground/expr/ast.h"

namespace aizuchi::oracle {

using Variables = std::map<std::string, ground::Value>;

// The error text is only for people: engines may word errors differently.
std::expected<ground::Value, std::string> evaluate(const ground::Node& node,
                                                   const Variables& variables);

}  // namespace aizuchi::oracle
