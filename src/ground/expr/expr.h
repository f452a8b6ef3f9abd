// CEL, the Common Expression Language (cel-spec), without protobuf messages: text in, a checked
// program out, plus everything it may read. Compiled once per publish, evaluated often.
//
// The stages, one file each: token, parse (macros expand here), check (names and types), compile
// (constants fold, patterns and time zones are prepared), evaluate. docs/cel.md says what is
// supported.
//
// Promises: compile() and evaluate() never throw and never overflow the stack, whatever the text;
// evaluation stops with an error when its cost passes the limit; the same program over the same
// reads gives the same value. Reads happen through Activation only; no clock, no dice, no network.
// A file is opened only for a time zone name (at compile time when the name is constant).
// Threads: an Expr is immutable; evaluate() may run on any number of threads at once.
// Cost: a typical rule (two comparisons joined by &&) takes some tens of nanoseconds and allocates
// nothing; strings of constants and reads are not copied.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ground/base/value.h"

namespace aizuchi::ground {

// A static type of CEL. A small value: copying one counts a reference at most. `dyn` stands for
// "known when it runs" and fits everywhere.
class ExprType {
 public:
  enum class Kind : uint8_t {
    dyn,
    null,
    boolean,
    integer,
    uinteger,
    real,
    string,
    bytes,
    timestamp,
    duration,
    type,
    list,      // parameter: item
    map,       // parameters: key, value
    optional,  // parameter: content
    opaque,    // name: "net.IP", …
    param      // name: the A of list(A) in a signature; never the type of an expression
  };

  ExprType() = default;  // dyn
  ExprType(Kind kind) : kind_(kind) {}
  static ExprType list(ExprType item);
  static ExprType map(ExprType key, ExprType value);
  static ExprType optional(ExprType content);
  static ExprType opaque(std::string name);
  static ExprType param(std::string name);

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  bool is_dyn() const { return kind_ == Kind::dyn; }
  // Preconditions: the kind has that parameter.
  const ExprType& item() const { return detail_->parameters[0]; }
  const ExprType& key() const { return detail_->parameters[0]; }
  const ExprType& value() const { return detail_->parameters[1]; }
  const std::string& name() const { return detail_->name; }

  // As CEL writes it: "list(string)", "map(string, dyn)", "google.protobuf.Timestamp" is
  // "timestamp".
  std::string text() const;
  bool operator==(const ExprType& other) const;

 private:
  struct Detail {
    std::string name;
    std::vector<ExprType> parameters;
  };
  ExprType(Kind kind, std::string name, std::vector<ExprType> parameters);
  Kind kind_ = Kind::dyn;
  std::shared_ptr<const Detail> detail_;
};

// May a value of type `from` stand where `to` is wanted? dyn fits both ways; null fits timestamps
// and durations.
bool assignable(const ExprType& from, const ExprType& to);
// The narrowest type for a list that holds both: one of the two, or dyn.
ExprType join(const ExprType& a, const ExprType& b);

// Names a value that the host supplies: a fact, an aggregate, the context. The host chooses it.
using ReadId = uint16_t;

// Both count from 1; a column is a character (code point), not a byte.
struct Position {
  uint32_t line = 1;
  uint32_t column = 1;
  auto operator<=>(const Position&) const = default;
};

struct ExprError {
  Position at;
  std::string message;  // what is wrong and what was expected
};
// "2:14: expected ')', found 'x'"
std::string to_string(const ExprError& error);
// All of them, joined by "; ".
std::string to_string(std::span<const ExprError> errors);

struct HostRead {
  ReadId read = 0;
  ExprType type;
};
// The call stands for this CEL text, parsed and checked in place: in_audience('x') is the rule of
// x.
struct InlineText {
  std::string text;
};

// What a program may name besides CEL itself. Used at compile time only; not kept.
class ExprEnvironment {
 public:
  using HostCall = std::expected<std::variant<HostRead, InlineText>, std::string>;

  virtual ~ExprEnvironment() = default;
  // A variable by its possibly dotted name ("now", "facts.job"). Names are tried as CEL says: the
  // longest prefix of a.b.c first. has(facts.job) on such a variable tests whether the read is
  // there.
  virtual std::optional<HostRead> variable(std::string_view qualified_name) const = 0;
  // A function bound at compile time, all arguments being constants. nullopt: no function of the
  // host; an error text says what was expected. A call whose arguments are not constant is asked
  // with none, to learn whether the function exists.
  virtual std::optional<HostCall> host_call(std::string_view function,
                                            std::span<const Value> constant_arguments) const {
    static_cast<void>(function);
    static_cast<void>(constant_arguments);
    return std::nullopt;
  }
  // For "did you mean".
  virtual std::vector<std::string> names() const { return {}; }
};

// Where the values of one evaluation come from.
class Activation {
 public:
  virtual ~Activation() = default;
  // nullptr when absent. The value must stay where it is until evaluate() returns.
  virtual const Value* read(ReadId id) = 0;
};

struct EvalError {
  std::string message;
  bool absent = false;  // a read was absent, and the value of the expression hangs on it
  ReadId read = 0;      // which one, when absent
};

struct CompileOptions {
  bool check = true;  // off: types are found when it runs, an unknown name is an error only then
  std::string container;             // names are tried inside it first: "com.example"
  uint64_t cost_max = 100'000;       // steps, plus the sizes of texts and lists that are worked on
  std::optional<ExprType> expected;  // the result must be assignable to it
};

struct Program;  // compile.h

class Expr {
 public:
  static std::expected<Expr, std::vector<ExprError>> compile(std::string_view text,
                                                             const ExprEnvironment& environment,
                                                             const CompileOptions& options = {});

  const ExprType& type() const;
  // Everything it may read, ascending, each once; reads inside inlined texts too.
  std::span<const ReadId> reads() const;
  const std::string& text() const;
  // && and || absorb errors as CEL says: `absent || true` is true.
  std::expected<Value, EvalError> evaluate(Activation& activation) const;

 private:
  explicit Expr(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
  std::shared_ptr<const Program> program_;
};

}  // namespace aizuchi::ground
