// Any text as a CEL expression: it never crashes, never runs long, and when the checker accepts it,
// running it with and without the checker gives the same answer. The same bytes go through the line
// reader of `aizuchi cel --batch`, which always answers with one line.
#include <cstdint>
#include <string>
#include <string_view>

#include "ground/base/result.h"
#include "ground/expr/cel_command.h"
#include "ground/expr/expr.h"

using namespace aizuchi::ground;

namespace {

class Host final : public ExprEnvironment, public Activation {
 public:
  std::optional<HostRead> variable(std::string_view name) const override {
    if (name == "x") return HostRead{0, ExprType(ExprType::Kind::integer)};
    if (name == "facts.job") return HostRead{1, ExprType(ExprType::Kind::string)};
    if (name == "facts.absent") return HostRead{2, ExprType(ExprType::Kind::string)};
    if (name == "m") return HostRead{3, {}};
    if (name == "now") return HostRead{4, ExprType(ExprType::Kind::timestamp)};
    return std::nullopt;
  }
  std::optional<HostCall> host_call(std::string_view function,
                                    std::span<const Value> arguments) const override {
    if (function == "count") return HostCall(HostRead{0, ExprType(ExprType::Kind::integer)});
    if (function != "in_audience") return std::nullopt;
    if (arguments.size() != 1 || !arguments[0].is(Value::Kind::string))
      return HostCall(std::unexpected("expected one string"));
    return HostCall(InlineText{arguments[0].as_string()});
  }
  std::vector<std::string> names() const override { return {"x", "facts.job", "m", "now"}; }
  const Value* read(ReadId id) override { return id == 2 ? nullptr : &values_.at(id); }

 private:
  const std::vector<Value> values_ = {
      Value(3), Value("sales"), Value(),
      Value::map({{Value("a"), Value::list({Value(1), Value("珈琲"), Value(2.5)})},
                  {Value(1), Value::map({})}}),
      Value(Instant{1'780'000'000'000})};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Host host;
  const auto checked = Expr::compile(text, host, {.cost_max = 20'000});
  const auto unchecked = Expr::compile(text, host, {.check = false, .cost_max = 20'000});
  if (unchecked) static_cast<void>(unchecked->evaluate(host));
  if (checked) {
    AIZ_ASSERT(unchecked.has_value());
    const auto a = checked->evaluate(host);
    const auto b = unchecked->evaluate(host);
    AIZ_ASSERT(a.has_value() == b.has_value());
    // As text: a NaN is not the same as itself.
    if (a) AIZ_ASSERT(to_json(*a) == to_json(*b));
  } else {
    AIZ_ASSERT(!checked.error().empty());
  }
  const std::string line = evaluate_batch_line(text);
  AIZ_ASSERT(line.starts_with("{\"") && line.find('\n') == std::string::npos);
  return 0;
}
