// The functions and operators of CEL: signatures for the checker, code for the evaluator.
#pragma once

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ground/expr/operand.h"

namespace aizuchi::ground {

class Evaluation;

// What a constant argument was turned into when compiling: a pattern, a time zone.
class Prepared {
 public:
  virtual ~Prepared() = default;
};

// Arguments hold no errors and their number is that of a signature; their kinds are not checked:
// the code answers Operand::no_overload() for kinds it does not take. prepared may be null.
using FunctionCode = Operand (*)(Evaluation& evaluation, std::span<const Operand> arguments,
                                 const Prepared* prepared);
// Prepares constant arguments (the others are null pointers). nullptr: nothing to prepare; an error
// text: this argument can never work.
using PrepareCode = std::expected<std::unique_ptr<const Prepared>, std::string> (*)(
    std::span<const Value* const> arguments);

struct Signature {
  std::vector<ExprType> parameters;
  ExprType result;
  bool repeats = false;  // the last parameter, any number of times more

  bool takes(size_t arguments) const {
    return arguments == parameters.size() || (repeats && arguments > parameters.size());
  }
  const ExprType& parameter(size_t i) const {
    return parameters[i < parameters.size() ? i : parameters.size() - 1];
  }
};

struct Function {
  std::string_view name;
  bool with_receiver;         // x.name(…): the receiver is the first argument
  std::string_view notation;  // "(string) int; (list(A)) int; (dyn...) dyn"
  FunctionCode code;
  PrepareCode prepare = nullptr;
  bool must_work = false;  // constant arguments that fail are a compile error
  std::vector<Signature> signatures = {};

  bool takes(size_t arguments) const;
};

// nullptr when there is none. "math.greatest" is a name without receiver.
const Function* find_function(std::string_view name, bool with_receiver);
// All names, for "did you mean".
std::vector<std::string> function_names();

// Each file of functions lists its own.
std::span<const Function> operator_functions();
std::span<const Function> collection_functions();
std::span<const Function> conversion_functions();
std::span<const Function> string_functions();
std::span<const Function> string_extension_functions();
std::span<const Function> time_functions();
std::span<const Function> math_functions();
std::span<const Function> optional_functions();
std::span<const Function> network_functions();

}  // namespace aizuchi::ground
