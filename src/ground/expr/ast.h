// The tree of an expression after parsing: macros are already expanded into folds. The checker
// writes what it finds (type, meaning) into the same nodes, and the compiler reads it from there.
// Depth is bounded by the parser and the checker, so that walking it recursively is safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ground/base/value.h"
#include "ground/expr/expr.h"

namespace aizuchi::ground {

// Deeper nesting is refused ("nested deeper than 250 levels").
constexpr uint32_t expr_depth_max = 250;
constexpr size_t expr_bytes_max = 64 * 1024;

enum class NodeKind : uint8_t {
  constant,  // value
  name,      // text; absolute when written ".x"
  select,    // children[0].text; test when from has(); optional when written .?text
  call,      // text(children…); with_receiver: children[0].text(children[1]…); operators are "_+_"
  list,      // [children…]
  map,       // {children[0]: children[1], …}
  fold       // a macro over a range, see FoldKind
};

// children: range, step. `list`, `map` and `map_entry` have range, filter, step, where filter may
// be null (no filter) and step may be null (the element itself).
enum class FoldKind : uint8_t {
  all,
  exists,
  exists_one,
  list,       // map, filter, transformList
  map,        // transformMap: same keys
  map_entry,  // transformMapEntry: step gives a map to merge
  bind,       // cel.bind(first, range, step)
  opt_map,    // range.optMap(first, step)
  opt_flat_map
};

struct Function;  // functions.h

// What the checker found a node to mean.
enum class Meaning : uint8_t {
  plain,      // nothing special: evaluate by kind
  local,      // name: the loop variable in `slot`
  host_read,  // name, select or call: the value `read`; a test of it when `test`
  unknown,    // an error when it runs (check off): `text` says which
};

struct Node;
using NodePtr = std::unique_ptr<Node>;

struct Node {
  Node(NodeKind k, Position p) : kind(k), at(p) {}

  NodeKind kind;
  FoldKind fold = FoldKind::all;
  bool absolute = false;
  bool with_receiver = false;
  bool test = false;
  bool optional = false;
  bool parenthesized = false;  // name and select: (a.b).c takes c as a field
  Position at;
  uint32_t depth = 1;  // 1 + the deepest child
  std::string text;
  Value value;
  std::vector<NodePtr> children;
  std::vector<bool> optional_children;  // list and map: written with '?'
  std::string first, second;            // fold: the loop variables; second may be empty

  // Written by the checker.
  Meaning meaning = Meaning::plain;
  ExprType type;
  ReadId read = 0;
  uint16_t slot = 0;      // local; fold: the slot of `first` (`second` is the next one)
  std::string complaint;  // unknown: the error text
  const Function* function = nullptr;
};

}  // namespace aizuchi::ground
