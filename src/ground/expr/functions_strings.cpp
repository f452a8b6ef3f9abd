// The string functions of the standard library: contains, startsWith, endsWith, matches.
#include <array>

#include "ground/expr/evaluation.h"
#include "ground/expr/functions.h"
#include "ground/expr/regex.h"

namespace aizuchi::ground {

namespace {

using Arguments = std::span<const Operand>;

enum class Where : uint8_t { anywhere, start, end };

template <Where W>
Operand find_code(Evaluation& evaluation, Arguments args, const Prepared*) {
  if (!args[0].is(Tag::string) || !args[1].is(Tag::string)) return Operand::no_overload();
  const std::string& text = args[0].text();
  const std::string& part = args[1].text();
  if (!evaluation.charge_bytes(W == Where::anywhere ? text.size() : part.size()))
    return Evaluation::exhausted();
  if constexpr (W == Where::anywhere) return Operand::boolean(text.find(part) != std::string::npos);
  if constexpr (W == Where::start) return Operand::boolean(text.starts_with(part));
  return Operand::boolean(text.ends_with(part));
}

Operand matches_code(Evaluation& evaluation, Arguments args, const Prepared* prepared) {
  if (!args[0].is(Tag::string) || !args[1].is(Tag::string)) return Operand::no_overload();
  if (!evaluation.charge_bytes(8 * args[0].text().size())) return Evaluation::exhausted();
  if (prepared)
    return Operand::boolean(static_cast<const Pattern*>(prepared)->found_in(args[0].text()));
  // A pattern made while evaluating costs as much as it can take.
  if (!evaluation.charge(200 + 20 * args[1].text().size())) return Evaluation::exhausted();
  auto pattern = Pattern::compile(args[1].text());
  if (!pattern) return evaluation.fail(std::move(pattern).error());
  return Operand::boolean((*pattern)->found_in(args[0].text()));
}

std::expected<std::unique_ptr<const Prepared>, std::string> prepare_pattern(
    std::span<const Value* const> arguments) {
  const Value* text = arguments[1];
  if (!text || !text->is(Value::Kind::string)) return nullptr;
  return Pattern::compile(text->as_string());
}

}  // namespace

std::span<const Function> string_functions() {
  static const std::array functions = {
      Function{"contains", true, "(string, string) bool", find_code<Where::anywhere>},
      Function{"startsWith", true, "(string, string) bool", find_code<Where::start>},
      Function{"endsWith", true, "(string, string) bool", find_code<Where::end>},
      Function{"matches", true, "(string, string) bool", matches_code, prepare_pattern},
      Function{"matches", false, "(string, string) bool", matches_code, prepare_pattern},
  };
  return functions;
}

}  // namespace aizuchi::ground
