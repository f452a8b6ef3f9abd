// The checked tree flattened for evaluation: steps in one array, constants folded, patterns and
// time zones prepared.
#pragma once

#include <deque>
#include <expected>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ground/expr/ast.h"
#include "ground/expr/functions.h"

namespace aizuchi::ground {

enum class Op : uint8_t {
  constant,     // index: into constants
  local,        // slot
  read,         // read
  test_read,    // read
  unknown,      // index: into complaints
  select,       // child 0, name
  test_select,  // child 0, name
  all,          // &&
  any,          // ||
  negate,       // !
  choose,       // ? :
  equal,
  not_equal,
  call,  // function
  list,
  map,
  fold  // see FoldKind
};

struct Step {
  Op op = Op::constant;
  FoldKind fold = FoldKind::all;
  bool optional = false;       // select: .?name
  bool two_variables = false;  // fold
  uint16_t slot = 0;
  ReadId read = 0;
  uint32_t first_child = 0;  // into Program::children
  uint32_t child_count = 0;
  uint32_t index = 0;
  const Function* function = nullptr;
  const Prepared* prepared = nullptr;
};

constexpr uint32_t no_step = UINT32_MAX;  // a child that is not there (no filter)

struct Program {
  std::vector<Step> steps;
  std::vector<uint32_t> children;
  std::deque<Value> constants;          // addresses stay
  std::vector<std::string> names;       // of select; complaints of unknown
  std::vector<bool> optional_children;  // of list and map, parallel to children
  std::vector<std::unique_ptr<const Prepared>> prepared;
  std::vector<std::pair<ReadId, std::string>> read_names;
  std::vector<ReadId> reads;
  uint32_t root = 0;
  uint16_t slots = 0;
  uint64_t cost_max = 0;
  ExprType type;
  std::string text;
};

// Fills steps, children, constants, names, prepared, slots and root from a checked tree. Errors: a
// constant argument that can never work (a pattern, a duration), when `strict`.
std::vector<ExprError> compile_tree(const Node& root, bool strict, Program& program);
// The value of a checked tree that needs no read; nullopt when it needs one or fails.
std::optional<Value> constant_value(const Node& node, uint64_t cost_max);

}  // namespace aizuchi::ground
