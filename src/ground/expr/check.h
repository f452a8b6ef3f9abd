// Finds what every name and call means and which type every node has, and writes it into the tree.
// With check off, types are not compared and an unknown name becomes an error when it runs.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ground/expr/ast.h"

namespace aizuchi::ground {

struct CheckResult {
  std::vector<ExprError> errors;
  std::vector<std::pair<ReadId, std::string>> read_names;  // for messages, each read once
  uint16_t slots = 0;
};

CheckResult check_tree(NodePtr& root, const ExprEnvironment& environment,
                       const CompileOptions& options);

// The type of a call, from the signatures of the function; nullptr-like: error text when none fits.
std::expected<ExprType, std::string> result_of(const Function& function,
                                               const std::vector<ExprType>& arguments);

}  // namespace aizuchi::ground
