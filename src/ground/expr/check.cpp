#include "ground/expr/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ground/base/text.h"
#include "ground/expr/compile.h"
#include "ground/expr/functions.h"
#include "ground/expr/parse.h"

namespace aizuchi::ground {

namespace {

using Kind = ExprType::Kind;

constexpr uint32_t inline_depth_max = 16;
constexpr uint32_t visit_depth_max = 2 * expr_depth_max;
constexpr size_t errors_max = 20;
constexpr size_t inlined_nodes_max = 20'000;

bool is_type_name(std::string_view name) {
  static constexpr std::array<std::string_view, 16> names = {"dyn",
                                                             "bool",
                                                             "int",
                                                             "uint",
                                                             "double",
                                                             "string",
                                                             "bytes",
                                                             "list",
                                                             "map",
                                                             "type",
                                                             "null_type",
                                                             "google.protobuf.Timestamp",
                                                             "google.protobuf.Duration",
                                                             "optional_type",
                                                             "net.IP",
                                                             "net.CIDR"};
  return std::ranges::find(names, name) != names.end();
}

bool is_plain_name(std::string_view text) {
  return text.find_first_of(".-/ ") == std::string_view::npos;
}

ExprType type_of_constant(const Value& value) {
  static constexpr std::array<Kind, 12> kinds = {
      Kind::null,  Kind::boolean, Kind::integer, Kind::uinteger,  Kind::real,     Kind::string,
      Kind::bytes, Kind::list,    Kind::map,     Kind::timestamp, Kind::duration, Kind::type};
  return kinds[static_cast<size_t>(value.kind())];
}

// a.b.c as one text, "" when the node is not such a chain of names.
std::string qualified_name(const Node& node) {
  if (node.kind == NodeKind::name) return node.text;
  if (node.kind != NodeKind::select || node.optional || !is_plain_name(node.text)) return {};
  if (node.children[0]->parenthesized) return {};
  std::string operand = qualified_name(*node.children[0]);
  return operand.empty() ? operand : operand + "." + node.text;
}

const Node& chain_root(const Node& node) {
  const Node* n = &node;
  while (n->kind == NodeKind::select) n = n->children[0].get();
  return *n;
}

// a.b.c begins at a; its nodes stand at the dots.
Position start_of(const Node& node) {
  return node.kind == NodeKind::select ? chain_root(node).at : node.at;
}

class Checker {
 public:
  Checker(const ExprEnvironment& environment, const CompileOptions& options)
      : environment_(environment), options_(options) {}

  CheckResult run(NodePtr& root) {
    visit(root);
    if (result_.errors.empty() && options_.expected && !assignable(root->type, *options_.expected))
      complain(root->at, fmt::format("expected an expression of type {}, this is {}",
                                     options_.expected->text(), root->type.text()));
    std::ranges::sort(result_.errors, {}, &ExprError::at);
    return std::move(result_);
  }

 private:
  struct Local {
    std::string name;
    ExprType type;
    uint16_t slot;
  };

  void complain(Position at, std::string message) {
    if (result_.errors.size() >= errors_max) return;
    if (!inlined_.empty()) {
      message =
          fmt::format("in {} at {}:{}: {}", inlined_.back().call, at.line, at.column, message);
      at = inlined_.front().at;
    }
    result_.errors.push_back({at, std::move(message)});
  }
  // An error now when checking, an error when it runs otherwise.
  void unknown(Node& node, std::string message) {
    if (options_.check) complain(start_of(node), message);
    node.meaning = Meaning::unknown;
    node.complaint = std::move(message);
    node.type = {};
  }

  void visit(NodePtr& node, bool chain_tried = false);
  void visit_select(NodePtr& node, bool chain_tried);
  void visit_call(NodePtr& node);
  bool visit_named_function(NodePtr& node, const std::string& name, size_t receiver);
  bool visit_host_call(NodePtr& node, const std::string& name, size_t receiver);
  void bind_function(Node& node, const Function& function);
  void inline_text(NodePtr& node, const std::string& text, const std::string& call);
  void visit_list(Node& node);
  void visit_map(Node& node);
  ExprType element(Node& node, bool optional);
  void visit_fold(Node& node);
  void fold_variables(Node& node, ExprType& first, ExprType& second);
  void fold_type(Node& node);
  void must_be_bool(const Node& node, std::string_view where);
  bool resolve_prefix(Node& node);
  bool resolve_exactly(Node& node, const std::string& name, bool absolute);
  const Local* find_local(std::string_view name) const;
  std::vector<std::string> candidates(const std::string& name, bool absolute) const;
  std::string did_you_mean(std::string_view word, bool functions) const;

  const ExprEnvironment& environment_;
  const CompileOptions& options_;
  CheckResult result_;
  std::vector<Local> locals_;
  struct Inlined {
    std::string text;
    std::string call;
    Position at;
    size_t locals;  // those outside are not seen inside
  };
  std::vector<Inlined> inlined_;
  size_t inlined_nodes_ = 0;
  uint16_t slots_used_ = 0;
  uint32_t depth_ = 0;
};

const Checker::Local* Checker::find_local(std::string_view name) const {
  const size_t visible = inlined_.empty() ? 0 : inlined_.back().locals;
  for (size_t i = locals_.size(); i-- > visible;)
    if (locals_[i].name == name) return &locals_[i];
  return nullptr;
}

// Container a.b and name x: a.b.x, a.x, x ("Name Resolution" of cel-spec).
std::vector<std::string> Checker::candidates(const std::string& name, bool absolute) const {
  std::vector<std::string> out;
  std::string prefix = absolute ? "" : options_.container;
  while (!prefix.empty()) {
    out.push_back(fmt::format("{}.{}", prefix, name));
    const size_t dot = prefix.rfind('.');
    prefix.resize(dot == std::string::npos ? 0 : dot);
  }
  out.push_back(name);
  return out;
}

std::string Checker::did_you_mean(std::string_view word, bool functions) const {
  std::vector<std::string> names = functions ? function_names() : environment_.names();
  if (functions) std::ranges::copy(environment_.names(), std::back_inserter(names));
  for (const Local& local : locals_) names.push_back(local.name);
  const std::string near = nearest(word, names);
  return near.empty() ? near : fmt::format("; did you mean '{}'?", near);
}

bool Checker::resolve_exactly(Node& node, const std::string& name, bool absolute) {
  for (const std::string& candidate : candidates(name, absolute)) {
    if (const auto read = environment_.variable(candidate)) {
      node.meaning = Meaning::host_read;
      node.read = read->read;
      node.type = node.test ? ExprType(Kind::boolean) : read->type;
      result_.read_names.emplace_back(read->read, candidate);
      return true;
    }
    if (is_type_name(candidate) && !node.test) {
      node.kind = NodeKind::constant;
      node.value = Value(TypeName{candidate});
      node.children.clear();
      node.type = Kind::type;
      return true;
    }
  }
  return false;
}

// Tries the whole chain, then ever shorter ones; marks the node that a name stands for.
bool Checker::resolve_prefix(Node& node) {
  const Node& root = chain_root(node);
  if (root.kind != NodeKind::name || (!root.absolute && find_local(root.text))) return false;
  for (Node* n = &node; n; n = n->children.empty() ? nullptr : n->children[0].get()) {
    const std::string name = qualified_name(*n);
    if (!name.empty() && resolve_exactly(*n, name, root.absolute)) return true;
  }
  return false;
}

void Checker::visit(NodePtr& node, bool chain_tried) {
  if (++depth_ > visit_depth_max) {
    unknown(*node, fmt::format("nested deeper than {} levels", visit_depth_max));
    if (!options_.check) complain(node->at, node->complaint);
    --depth_;
    return;
  }
  switch (node->kind) {
    case NodeKind::constant:
      node->type = type_of_constant(node->value);
      break;
    case NodeKind::name: {
      const Local* local = node->absolute ? nullptr : find_local(node->text);
      if (local) {
        node->meaning = Meaning::local;
        node->slot = local->slot;
        node->type = local->type;
      } else if (chain_tried || !resolve_prefix(*node)) {
        unknown(*node, fmt::format("undeclared reference to '{}'{}", node->text,
                                   did_you_mean(node->text, false)));
      }
      break;
    }
    case NodeKind::select:
      visit_select(node, chain_tried);
      break;
    case NodeKind::call:
      visit_call(node);
      break;
    case NodeKind::list:
      visit_list(*node);
      break;
    case NodeKind::map:
      visit_map(*node);
      break;
    case NodeKind::fold:
      visit_fold(*node);
      break;
  }
  --depth_;
}

void Checker::visit_select(NodePtr& node, bool chain_tried) {
  if (!chain_tried) {
    const bool resolved = resolve_prefix(*node);
    const Node& root = chain_root(*node);
    const bool is_chain = root.kind == NodeKind::name && (root.absolute || !find_local(root.text));
    if (!resolved && is_chain) {
      const std::string name = qualified_name(*node);
      return unknown(*node,
                     fmt::format("undeclared reference to '{}'{}", name.empty() ? root.text : name,
                                 did_you_mean(name.empty() ? root.text : name, false)));
    }
  }
  if (node->meaning == Meaning::host_read || node->kind != NodeKind::select) return;
  NodePtr& operand = node->children[0];
  // Inside a resolved chain the marked node is met further down.
  if (operand->meaning != Meaning::host_read) visit(operand, true);
  const ExprType& type = operand->type;
  const bool in_optional = type.is(Kind::optional);
  const ExprType& target = in_optional ? type.item() : type;
  ExprType found;
  if (target.is(Kind::map)) {
    found = target.value();
  } else if (!target.is_dyn() && options_.check) {
    return complain(node->at, fmt::format("type '{}' does not support field selection: expected a "
                                          "map before '.{}'",
                                          type.text(), node->text));
  }
  if (node->test)
    node->type = Kind::boolean;
  else if (in_optional || node->optional)
    node->type = ExprType::optional(found);
  else
    node->type = found;
}

void Checker::must_be_bool(const Node& node, std::string_view where) {
  if (options_.check && !assignable(node.type, Kind::boolean))
    complain(start_of(node), fmt::format("expected bool {}, found {}", where, node.type.text()));
}

void Checker::visit_call(NodePtr& node) {
  if (node->text == "_&&_" || node->text == "_||_") {
    for (NodePtr& child : node->children) {
      visit(child);
      must_be_bool(*child, node->text == "_&&_" ? "beside '&&'" : "beside '||'");
    }
    node->type = Kind::boolean;
    return;
  }
  const Node& first = node->children.empty() ? *node : *node->children[0];
  if (node->with_receiver) {
    const std::string path = qualified_name(first);
    const Node& root = chain_root(first);
    const bool may_be_namespace = !path.empty() && (root.absolute || !find_local(root.text));
    if (may_be_namespace && visit_named_function(node, path + "." + node->text, 1)) return;
    if (const Function* function = find_function(node->text, true))
      return bind_function(*node, *function);
    if (may_be_namespace && options_.check && !resolve_prefix(*node->children[0]))
      return unknown(
          *node, fmt::format("undeclared reference to '{}'{}", path, did_you_mean(path, false)));
  } else if (visit_named_function(node, node->text, 0)) {
    return;
  }
  if (!find_function(node->text, !node->with_receiver))
    return unknown(*node, fmt::format("no such overload: undeclared function '{}'{}", node->text,
                                      did_you_mean(node->text, true)));
  unknown(*node, node->with_receiver
                     ? fmt::format("no such overload: expected {}(…) without a '.'", node->text)
                     : fmt::format("no such overload: expected x.{}(…)", node->text));
}

// A function by its full name, CEL's or the host's; `receiver` children are part of the name.
bool Checker::visit_named_function(NodePtr& node, const std::string& name, size_t receiver) {
  const bool absolute = receiver > 0 ? chain_root(*node->children[0]).absolute : node->absolute;
  for (const std::string& candidate : candidates(name, absolute)) {
    if (const Function* function = find_function(candidate, false)) {
      node->children.erase(node->children.begin(),
                           node->children.begin() + static_cast<ptrdiff_t>(receiver));
      node->with_receiver = false;
      bind_function(*node, *function);
      return true;
    }
    if (visit_host_call(node, candidate, receiver)) return true;
  }
  return false;
}

bool Checker::visit_host_call(NodePtr& node, const std::string& name, size_t receiver) {
  const auto asked = environment_.host_call(name, {});
  if (!asked) return false;
  std::vector<Value> arguments;
  for (size_t i = receiver; i < node->children.size(); ++i) {
    const size_t errors = result_.errors.size();
    visit(node->children[i]);
    if (result_.errors.size() > errors) return true;
    auto value = constant_value(*node->children[i], options_.cost_max);
    if (!value) {
      node->complaint =
          fmt::format("expected a constant as argument {} of {}", i + 1 - receiver, name);
      node->meaning = Meaning::unknown;
      if (options_.check) complain(start_of(*node->children[i]), node->complaint);
      return true;
    }
    arguments.push_back(*std::move(value));
  }
  const auto answer = arguments.empty() ? asked : environment_.host_call(name, arguments);
  if (!answer) return false;
  if (!*answer) {
    unknown(*node, fmt::format("{}: {}", name, answer->error()));
  } else if (const auto* read = std::get_if<HostRead>(&**answer)) {
    std::string call;
    for (const Value& argument : arguments) call += (call.empty() ? "" : ", ") + to_json(argument);
    node->meaning = Meaning::host_read;
    node->read = read->read;
    node->type = read->type;
    node->children.clear();
    result_.read_names.emplace_back(read->read, fmt::format("{}({})", name, call));
  } else {
    std::string call = name + "(";
    for (const Value& argument : arguments)
      call += (call.back() == '(' ? "" : ", ") + to_json(argument);
    inline_text(node, std::get<InlineText>(**answer).text, call + ")");
  }
  return true;
}

void Checker::inline_text(NodePtr& node, const std::string& text, const std::string& call) {
  for (const Inlined& outer : inlined_)
    if (outer.call == call)
      return unknown(*node, fmt::format("{} refers to itself: expected no circle", call));
  if (inlined_.size() >= inline_depth_max)
    return unknown(*node, fmt::format("{} is the {}th rule inside another: expected at most {}",
                                      call, inlined_.size() + 1, inline_depth_max));
  auto parsed = parse_expr(text);
  if (!parsed) return unknown(*node, fmt::format("in {} at {}", call, to_string(parsed.error())));
  inlined_nodes_ += text.size();
  if (inlined_nodes_ > inlined_nodes_max)
    return unknown(*node, fmt::format("{}: expected at most {} bytes of inlined rules", call,
                                      inlined_nodes_max));
  inlined_.push_back({text, call, node->at, locals_.size()});
  NodePtr root = *std::move(parsed);
  visit(root);
  inlined_.pop_back();
  root->at = node->at;
  node = std::move(root);
}

void Checker::bind_function(Node& node, const Function& function) {
  for (NodePtr& child : node.children) visit(child);
  node.function = &function;
  node.type = {};
  if (!options_.check) {
    if (!function.takes(node.children.size()))
      unknown(node, fmt::format("no such overload: {} with {} arguments", function.name,
                                node.children.size()));
    return;
  }
  std::vector<ExprType> arguments;
  arguments.reserve(node.children.size());
  for (const NodePtr& child : node.children) arguments.push_back(child->type);
  auto type = result_of(function, arguments);
  if (type)
    node.type = *std::move(type);
  else
    complain(node.at, std::move(type).error());
}

ExprType Checker::element(Node& node, bool optional) {
  if (!optional) return node.type;
  if (node.type.is(Kind::optional)) return node.type.item();
  if (!node.type.is_dyn() && options_.check)
    complain(node.at, fmt::format("expected an optional after '?', found {}", node.type.text()));
  return {};
}

void Checker::visit_list(Node& node) {
  ExprType item;
  for (size_t i = 0; i < node.children.size(); ++i) {
    visit(node.children[i]);
    const ExprType type = element(*node.children[i], node.optional_children[i]);
    item = i == 0 ? type : join(item, type);
  }
  node.type = ExprType::list(item);
}

void Checker::visit_map(Node& node) {
  ExprType key, value;
  for (size_t i = 0; i < node.children.size(); i += 2) {
    visit(node.children[i]);
    visit(node.children[i + 1]);
    const ExprType& k = node.children[i]->type;
    if (options_.check && !k.is_dyn() && !k.is(Kind::boolean) && !k.is(Kind::integer) &&
        !k.is(Kind::uinteger) && !k.is(Kind::string))
      complain(node.children[i]->at,
               fmt::format("unsupported key type: expected bool, int, uint or string, found {}",
                           k.text()));
    const ExprType type = element(*node.children[i + 1], node.optional_children[i / 2]);
    key = i == 0 ? k : join(key, k);
    value = i == 0 ? type : join(value, type);
  }
  node.type = ExprType::map(key, value);
}

void Checker::fold_variables(Node& node, ExprType& first, ExprType& second) {
  const ExprType& range = node.children[0]->type;
  const bool optional = node.fold == FoldKind::opt_map || node.fold == FoldKind::opt_flat_map;
  const bool pair = !node.second.empty();
  if (node.fold == FoldKind::bind) {
    first = range;
  } else if (optional && range.is(Kind::optional)) {
    first = range.item();
  } else if (!optional && range.is(Kind::list)) {
    first = pair ? ExprType(Kind::integer) : range.item();
    second = range.item();
  } else if (!optional && range.is(Kind::map)) {
    first = range.key();
    second = range.value();
  } else if (!range.is_dyn() && options_.check) {
    complain(node.children[0]->at,
             fmt::format("expected {} for {}, found {}",
                         optional ? "an optional" : "a list or a map", node.text, range.text()));
  }
}

void Checker::visit_fold(Node& node) {
  visit(node.children[0]);
  ExprType first, second;
  fold_variables(node, first, second);
  node.slot = slots_used_;
  locals_.push_back({node.first, first, slots_used_++});
  if (!node.second.empty()) locals_.push_back({node.second, second, slots_used_++});
  result_.slots = std::max(result_.slots, slots_used_);
  for (size_t i = 1; i < node.children.size(); ++i)
    if (node.children[i]) visit(node.children[i]);
  fold_type(node);
  const uint16_t count = node.second.empty() ? 1 : 2;
  slots_used_ = static_cast<uint16_t>(slots_used_ - count);
  locals_.resize(locals_.size() - count);
}

void Checker::fold_type(Node& node) {
  const ExprType first = locals_[locals_.size() - (node.second.empty() ? 1 : 2)].type;
  const NodePtr& step = node.children.back();
  switch (node.fold) {
    case FoldKind::all:
    case FoldKind::exists:
    case FoldKind::exists_one:
      must_be_bool(*step, "as the condition of " + node.text);
      node.type = Kind::boolean;
      return;
    case FoldKind::bind:
      node.type = step->type;
      return;
    case FoldKind::opt_map:
      node.type = ExprType::optional(step->type);
      return;
    case FoldKind::opt_flat_map:
      if (options_.check && !step->type.is(Kind::optional) && !step->type.is_dyn())
        complain(step->at,
                 fmt::format("expected an optional in optFlatMap, found {}", step->type.text()));
      node.type = step->type;
      return;
    default:
      break;
  }
  if (node.children[1]) must_be_bool(*node.children[1], "as the filter of " + node.text);
  if (node.fold == FoldKind::list) {
    node.type = ExprType::list(step ? step->type : first);
  } else if (node.fold == FoldKind::map) {
    node.type = ExprType::map(first, step->type);
  } else {
    if (options_.check && !step->type.is(Kind::map) && !step->type.is_dyn())
      complain(step->at,
               fmt::format("expected a map in transformMapEntry, found {}", step->type.text()));
    node.type = step->type.is(Kind::map) ? step->type : ExprType::map({}, {});
  }
}

}  // namespace

CheckResult check_tree(NodePtr& root, const ExprEnvironment& environment,
                       const CompileOptions& options) {
  return Checker(environment, options).run(root);
}

}  // namespace aizuchi::ground
