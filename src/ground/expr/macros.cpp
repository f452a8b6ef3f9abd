// The macros of cel-spec ("Macros") and of its extensions with two variables, bindings and
// optionals, expanded while parsing. A call that does not have the shape of a macro stays a call.
#include <fmt/format.h>

#include <array>

#include "ground/base/result.h"
#include "ground/expr/parse.h"

namespace aizuchi::ground {

namespace {

struct Macro {
  std::string_view name;
  size_t arguments;  // after the receiver
  FoldKind fold;
  size_t variables;
  bool filtered;  // the first argument after the variables is a filter
};

constexpr std::array<Macro, 19> macros = {{
    {"all", 2, FoldKind::all, 1, false},
    {"exists", 2, FoldKind::exists, 1, false},
    {"exists_one", 2, FoldKind::exists_one, 1, false},
    {"existsOne", 2, FoldKind::exists_one, 1, false},
    {"map", 2, FoldKind::list, 1, false},
    {"map", 3, FoldKind::list, 1, true},
    {"filter", 2, FoldKind::list, 1, true},
    {"all", 3, FoldKind::all, 2, false},
    {"exists", 3, FoldKind::exists, 2, false},
    {"exists_one", 3, FoldKind::exists_one, 2, false},
    {"existsOne", 3, FoldKind::exists_one, 2, false},
    {"transformList", 3, FoldKind::list, 2, false},
    {"transformList", 4, FoldKind::list, 2, true},
    {"transformMap", 3, FoldKind::map, 2, false},
    {"transformMap", 4, FoldKind::map, 2, true},
    {"transformMapEntry", 3, FoldKind::map_entry, 2, false},
    {"transformMapEntry", 4, FoldKind::map_entry, 2, true},
    {"optMap", 2, FoldKind::opt_map, 1, false},
    {"optFlatMap", 2, FoldKind::opt_flat_map, 1, false},
}};

std::unexpected<ExprError> fail_at(Position at, std::string message) {
  return std::unexpected(ExprError{at, std::move(message)});
}

bool is_simple_name(const Node& node) {
  return node.kind == NodeKind::name && !node.absolute;
}

std::expected<NodePtr, ExprError> expand_has(NodePtr call) {
  NodePtr field = std::move(call->children[0]);
  if (field->kind != NodeKind::select || field->optional)
    return fail_at(field->at, "expected a field in has(…): has(facts.job), not has(job)");
  field->test = true;
  return field;
}

std::expected<NodePtr, ExprError> expand_bind(NodePtr call) {
  auto& arguments = call->children;  // cel, name, value, body
  if (!is_simple_name(*arguments[1]))
    return fail_at(arguments[1]->at, "expected a name as the first argument of cel.bind");
  auto fold = std::make_unique<Node>(NodeKind::fold, call->at);
  fold->fold = FoldKind::bind;
  fold->first = arguments[1]->text;
  fold->children.push_back(std::move(arguments[2]));
  fold->children.push_back(std::move(arguments[3]));
  return seal(std::move(fold));
}

bool makes_collection(FoldKind fold) {
  return fold == FoldKind::list || fold == FoldKind::map || fold == FoldKind::map_entry;
}

std::expected<NodePtr, ExprError> expand_fold(NodePtr call, const Macro& macro) {
  auto& arguments = call->children;  // range, variables…, [filter], step
  auto fold = std::make_unique<Node>(NodeKind::fold, call->at);
  fold->fold = macro.fold;
  fold->text = call->text;
  for (size_t i = 1; i <= macro.variables; ++i) {
    if (!is_simple_name(*arguments[i]))
      return fail_at(arguments[i]->at,
                     fmt::format("expected a name for the loop variable of {}", macro.name));
    (i == 1 ? fold->first : fold->second) = arguments[i]->text;
  }
  if (macro.variables == 2 && fold->first == fold->second)
    return fail_at(arguments[2]->at,
                   fmt::format("expected two different loop variables in {}", macro.name));
  size_t next = macro.variables + 1;
  fold->children.push_back(std::move(arguments[0]));
  if (makes_collection(macro.fold)) {
    fold->children.push_back(macro.filtered ? std::move(arguments[next++]) : nullptr);
    fold->children.push_back(next < arguments.size() ? std::move(arguments[next]) : nullptr);
  } else {
    fold->children.push_back(std::move(arguments[next]));
  }
  return seal(std::move(fold));
}

}  // namespace

std::expected<NodePtr, ExprError> expand_macro(NodePtr call) {
  const size_t arguments = call->children.size();
  if (!call->with_receiver)
    return call->text == "has" && arguments == 1 && !call->absolute ? expand_has(std::move(call))
                                                                    : std::move(call);
  const Node& receiver = *call->children[0];
  if (call->text == "bind" && arguments == 4 && is_simple_name(receiver) && receiver.text == "cel")
    return expand_bind(std::move(call));
  for (const Macro& macro : macros)
    if (macro.name == call->text && macro.arguments + 1 == arguments)
      return expand_fold(std::move(call), macro);
  return call;
}

}  // namespace aizuchi::ground
