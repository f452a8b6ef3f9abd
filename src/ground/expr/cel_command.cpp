#include "ground/expr/cel_command.h"

#include <map>

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "ground/expr/network.h"
#include "ground/expr/operand.h"
#include "ground/expr/typed_json.h"

namespace aizuchi::ground {

namespace {

constexpr size_t json_depth_max = 500;

// Variables that are all there, of types known when it runs.
class Variables final : public ExprEnvironment, public Activation {
 public:
  void add(std::string name, Value value) {
    ids_.emplace(std::move(name), static_cast<ReadId>(values_.size()));
    values_.push_back(std::move(value));
  }
  bool full() const { return values_.size() > UINT16_MAX; }

  std::optional<HostRead> variable(std::string_view name) const override {
    const auto found = ids_.find(name);
    if (found == ids_.end()) return std::nullopt;
    return HostRead{found->second, ExprType()};
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> out;
    out.reserve(ids_.size());
    for (const auto& [name, id] : ids_) out.push_back(name);
    return out;
  }
  const Value* read(ReadId id) override { return &values_[id]; }

 private:
  std::map<std::string, ReadId, std::less<>> ids_;
  std::vector<Value> values_;
};

using Answer = std::expected<Value, std::string>;

Answer evaluate(std::string_view expr, Variables& variables, const CompileOptions& options) {
  const auto program = Expr::compile(expr, variables, options);
  if (!program) return std::unexpected(to_string(program.error()));
  auto value = program->evaluate(variables);
  if (!value) return std::unexpected(std::move(value).error().message);
  return *std::move(value);
}

Answer answer_line(std::string_view line) {
  const auto json = parse_json(widen_numbers(line), {.depth_max = json_depth_max});
  if (!json) return std::unexpected(json.error().message);
  const Value* expr = json->find("expr");
  if (!expr || !expr->is(Value::Kind::string))
    return std::unexpected("expected an object with \"expr\": a string");
  CompileOptions options;
  if (const Value* container = json->find("container")) {
    if (!container->is(Value::Kind::string))
      return std::unexpected("expected a string in \"container\"");
    options.container = container->as_string();
  }
  if (const Value* off = json->find("disable_check")) {
    if (!off->is(Value::Kind::boolean))
      return std::unexpected("expected true or false in \"disable_check\"");
    options.check = !off->as_bool();
  }
  Variables variables;
  if (const Value* vars = json->find("vars"); vars && !vars->is_null()) {
    if (!vars->is(Value::Kind::map)) return std::unexpected("expected an object in \"vars\"");
    for (const auto& [name, typed] : vars->as_map()) {
      if (variables.full()) return std::unexpected("expected at most 65536 variables");
      auto value = from_typed_json(typed);
      if (!value) return std::unexpected("variable " + name.as_string() + ": " + value.error());
      variables.add(name.as_string(), *std::move(value));
    }
  }
  return evaluate(expr->as_string(), variables, options);
}

}  // namespace

std::string evaluate_batch_line(std::string_view line) {
  const Answer answer = answer_line(line);
  std::string out;
  if (answer) {
    out = "{\"value\":";
    append_typed_json(out, *answer);
  } else {
    out = "{\"error\":";
    append_json_string(out, answer.error());
  }
  out += '}';
  return out;
}

Result<std::string> evaluate_once(std::string_view expr, std::string_view vars_json,
                                  const CompileOptions& options) {
  Variables variables;
  if (!trim(vars_json).empty()) {
    const Value json = TRY(parse_json(widen_numbers(vars_json), {.depth_max = json_depth_max}));
    if (!json.is(Value::Kind::map))
      return fail(ErrorCode::invalid, "variables: expected a JSON object", "{\"x\": 1}");
    for (const auto& [name, value] : json.as_map()) {
      if (variables.full()) return fail(ErrorCode::too_large, "expected at most 65536 variables");
      variables.add(name.as_string(), value);
    }
  }
  auto answer = evaluate(expr, variables, options);
  if (!answer) return fail(ErrorCode::invalid, std::move(answer).error());
  // Kinds that JSON does not have: the content of an optional, the text of an address.
  const Operand result = Operand::of(*answer);
  if (result.is(Tag::opaque)) return to_json(Value(network_text(result)));
  if (!result.is(Tag::optional)) return to_json(*answer);
  const Value* content = optional_content(result);
  return content ? to_json(*content) : "null";
}

}  // namespace aizuchi::ground
