#include "ground/expr/compile.h"

#include <fmt/format.h>

#include "ground/expr/evaluation.h"

namespace aizuchi::ground {

namespace {

class Compiler {
 public:
  Compiler(bool strict, Program& program) : strict_(strict), program_(program) {
    budget_ = program.cost_max;
  }

  uint32_t emit(const Node& node);
  std::vector<ExprError> take_errors() { return std::move(errors_); }

 private:
  uint32_t add(Step step) {
    program_.steps.push_back(step);
    return static_cast<uint32_t>(program_.steps.size() - 1);
  }
  uint32_t add_constant(Value value) {
    program_.constants.push_back(std::move(value));
    return add({.op = Op::constant, .index = static_cast<uint32_t>(program_.constants.size() - 1)});
  }
  uint32_t add_name(std::string name) {
    program_.names.push_back(std::move(name));
    return static_cast<uint32_t>(program_.names.size() - 1);
  }
  bool is_constant(uint32_t step) const {
    return step != no_step && program_.steps[step].op == Op::constant;
  }
  Step step_for(const Node& node);
  void prepare(const Node& node, Step& step, const std::vector<uint32_t>& children);
  uint32_t fold(const Node& node, uint32_t index, const std::vector<uint32_t>& children);

  bool strict_;
  Program& program_;
  uint64_t budget_;
  std::vector<ExprError> errors_;
};

Op op_of_call(const Node& node) {
  if (node.text == "_&&_") return Op::all;
  if (node.text == "_||_") return Op::any;
  if (!node.function) return Op::unknown;
  if (node.text == "!_") return Op::negate;
  if (node.text == "_?_:_") return Op::choose;
  if (node.text == "_==_") return Op::equal;
  if (node.text == "_!=_") return Op::not_equal;
  return Op::call;
}

Step Compiler::step_for(const Node& node) {
  Step step;
  switch (node.kind) {
    case NodeKind::select:
      step.op = node.test ? Op::test_select : Op::select;
      step.optional = node.optional;
      step.index = add_name(node.text);
      break;
    case NodeKind::call:
      step.op = op_of_call(node);
      step.function = node.function;
      break;
    case NodeKind::list:
      step.op = Op::list;
      break;
    case NodeKind::map:
      step.op = Op::map;
      break;
    default:
      step.op = Op::fold;
      step.fold = node.fold;
      step.slot = node.slot;
      step.two_variables = !node.second.empty();
  }
  return step;
}

uint32_t Compiler::emit(const Node& node) {
  switch (node.meaning) {
    case Meaning::unknown:
      return add({.op = Op::unknown, .index = add_name(node.complaint)});
    case Meaning::local:
      return add({.op = Op::local, .slot = node.slot});
    case Meaning::host_read:
      return add({.op = node.test ? Op::test_read : Op::read, .read = node.read});
    case Meaning::plain:
      break;
  }
  if (node.kind == NodeKind::constant) return add_constant(node.value);
  Step step = step_for(node);
  std::vector<uint32_t> children;
  children.reserve(node.children.size());
  for (const NodePtr& child : node.children) children.push_back(child ? emit(*child) : no_step);
  step.first_child = static_cast<uint32_t>(program_.children.size());
  step.child_count = static_cast<uint32_t>(children.size());
  program_.children.insert(program_.children.end(), children.begin(), children.end());
  program_.optional_children.resize(program_.children.size());
  for (size_t i = 0; i < node.optional_children.size(); ++i) {
    const size_t stride = node.kind == NodeKind::map ? 2 : 1;
    program_.optional_children[step.first_child + i * stride] = node.optional_children[i];
  }
  if (step.op == Op::call) prepare(node, step, children);
  return fold(node, add(step), children);
}

void Compiler::prepare(const Node& node, Step& step, const std::vector<uint32_t>& children) {
  if (!step.function->prepare) return;
  std::vector<const Value*> arguments;
  arguments.reserve(children.size());
  for (const uint32_t child : children)
    arguments.push_back(is_constant(child) ? &program_.constants[program_.steps[child].index]
                                           : nullptr);
  auto prepared = step.function->prepare(arguments);
  if (!prepared) {
    if (strict_) errors_.push_back({node.at, std::move(prepared).error()});
    return;
  }
  if (!*prepared) return;
  program_.prepared.push_back(*std::move(prepared));
  step.prepared = program_.prepared.back().get();
}

// A step whose children are all constants is evaluated now; an error stays for when it runs.
uint32_t Compiler::fold(const Node& node, uint32_t index, const std::vector<uint32_t>& children) {
  for (const uint32_t child : children)
    if (!is_constant(child)) return index;
  if (program_.steps[index].op == Op::fold || program_.steps[index].op == Op::unknown) return index;
  Evaluation evaluation(program_, nullptr, budget_);
  const Operand result = evaluation.run(index);
  budget_ = evaluation.cost_left();
  if (result.is_error() || evaluation.is_exhausted()) {
    if (strict_ && node.function && node.function->must_work && !evaluation.is_exhausted())
      errors_.push_back({node.at, evaluation.message(result)});
    return index;
  }
  return add_constant(result.value());
}

}  // namespace

std::vector<ExprError> compile_tree(const Node& root, bool strict, Program& program) {
  Compiler compiler(strict, program);
  program.root = compiler.emit(root);
  return compiler.take_errors();
}

std::optional<Value> constant_value(const Node& node, uint64_t cost_max) {
  Program program;
  program.cost_max = cost_max;
  if (!compile_tree(node, true, program).empty()) return std::nullopt;
  if (program.steps[program.root].op != Op::constant) return std::nullopt;
  return program.constants[program.steps[program.root].index];
}

}  // namespace aizuchi::ground
