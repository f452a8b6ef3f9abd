#include "ground/expr/expr.h"

#include <fmt/format.h>

#include <algorithm>

#include "ground/expr/check.h"
#include "ground/expr/evaluation.h"
#include "ground/expr/parse.h"

namespace aizuchi::ground {

std::string to_string(const ExprError& error) {
  return fmt::format("{}:{}: {}", error.at.line, error.at.column, error.message);
}

std::string to_string(std::span<const ExprError> errors) {
  std::string out;
  for (const ExprError& error : errors) out += (out.empty() ? "" : "; ") + to_string(error);
  return out;
}

std::expected<Expr, std::vector<ExprError>> Expr::compile(std::string_view text,
                                                          const ExprEnvironment& environment,
                                                          const CompileOptions& options) {
  auto parsed = parse_expr(text);
  if (!parsed) return std::unexpected(std::vector{std::move(parsed).error()});
  NodePtr root = *std::move(parsed);
  CheckResult checked = check_tree(root, environment, options);
  if (!checked.errors.empty()) return std::unexpected(std::move(checked.errors));

  auto program = std::make_shared<Program>();
  program->text = text;
  program->type = root->type;
  program->slots = checked.slots;
  program->cost_max = options.cost_max;
  program->read_names = std::move(checked.read_names);
  for (const auto& [read, name] : program->read_names) program->reads.push_back(read);
  std::ranges::sort(program->reads);
  const auto repeated = std::ranges::unique(program->reads);
  program->reads.erase(repeated.begin(), repeated.end());
  auto errors = compile_tree(*root, options.check, *program);
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return Expr(std::move(program));
}

const ExprType& Expr::type() const {
  return program_->type;
}

std::span<const ReadId> Expr::reads() const {
  return program_->reads;
}

const std::string& Expr::text() const {
  return program_->text;
}

std::expected<Value, EvalError> Expr::evaluate(Activation& activation) const {
  Evaluation evaluation(*program_, &activation, program_->cost_max);
  const Operand result = evaluation.run(program_->root);
  if (evaluation.is_exhausted())
    return std::unexpected(EvalError{evaluation.message(Evaluation::exhausted())});
  if (result.is_error()) {
    const bool absent = result.form == ErrorForm::absent;
    return std::unexpected(EvalError{evaluation.message(result), absent,
                                     absent ? static_cast<ReadId>(result.i) : ReadId{0}});
  }
  Value value = result.value();
  const bool nested = value.is(Value::Kind::list) || value.is(Value::Kind::map);
  if (nested && !evaluation.charge_deep(value))
    return std::unexpected(EvalError{evaluation.message(Evaluation::exhausted())});
  return value;
}

}  // namespace aizuchi::ground
