#include "oracle/cel_oracle.h"

#include <doctest/doctest.h>

#include <array>
#include <initializer_list>
#include <string>
#include <vector>

#include "ground/expr/expr.h"
#include "ground/expr/parse.h"

using namespace aizuchi;
using ground::Value;

namespace {

// v: a loop variable or nothing; x: a list; s: a string; m: a map with one key.
const oracle::Variables variables = {
    {"v", Value(2)},
    {"x", Value::list({Value(1), Value(2), Value("b")})},
    {"s", Value("b")},
    {"m", Value::map({{Value("a"), Value(1)}})},
};

class Host final : public ground::ExprEnvironment, public ground::Activation {
 public:
  Host() {
    for (const auto& [name, value] : variables) names_.push_back(name);
  }
  std::optional<ground::HostRead> variable(std::string_view name) const override {
    for (size_t i = 0; i < names_.size(); ++i)
      if (names_[i] == name) return ground::HostRead{static_cast<ground::ReadId>(i), {}};
    return std::nullopt;
  }
  const Value* read(ground::ReadId id) override { return &variables.at(names_[id]); }

 private:
  std::vector<std::string> names_;
};

// "" when both agree, else what they said. With the checker on, the engine may refuse what the
// oracle evaluates, but never give another value.
std::string difference(const std::string& text, bool check) {
  static Host host;
  const auto tree = ground::parse_expr(text);
  if (!tree) return "does not parse: " + to_string(tree.error());
  const auto wanted = oracle::evaluate(**tree, variables);
  const auto program = ground::Expr::compile(text, host, {.check = check});
  if (!program) return check ? "" : "does not compile: " + to_string(program.error());
  const auto got = program->evaluate(host);
  if (got.has_value() != wanted.has_value())
    return got ? "a value where the oracle fails: " + wanted.error()
               : "fails where the oracle has a value: " + got.error().message;
  if (got && !got->same(*wanted)) return "another value: " + ground::to_json(*got);
  return "";
}

using Texts = std::vector<std::string>;

const Texts atoms = {"0",        "1",       "-1",   "9223372036854775807",
                     "true",     "false",   "null", "'b'",
                     "''",       "[]",      "v",    "x",
                     "s",        "m.a",     "m.b",  "nobody",
                     "has(m.a)", "has(m.b)"};
constexpr std::array<const char*, 13> operators = {
    "+", "-", "*", "/", "%", "==", "!=", "<", ">=", ">", "&&", "||", "in"};
constexpr std::array<const char*, 5> macros = {"all", "exists", "exists_one", "map", "filter"};

Texts unary_over(const Texts& inner) {
  Texts out;
  for (const std::string& a : inner) {
    out.push_back("!(" + a + ")");
    out.push_back("-(" + a + ")");
    out.push_back("size(" + a + ")");
    out.push_back("[" + a + ", 1]");
    out.push_back("(" + a + ")[0]");
    out.push_back("(" + a + ").a");
    for (const char* macro : macros)
      for (const char* body : {"v == 1", "v > 1", "v", "1 / (v - 1) > 0"})
        out.push_back("(" + a + ")." + macro + "(v, " + body + ")");
  }
  return out;
}

Texts binary_over(const Texts& left, const Texts& right) {
  Texts out;
  for (const std::string& a : left)
    for (const std::string& b : right)
      for (const char* op : operators) out.push_back("(" + a + ") " + op + " (" + b + ")");
  return out;
}

// Compares all; stops at a few differences, so that the report can be read.
size_t compare_all(const Texts& texts) {
  int shown = 0;
  for (const std::string& text : texts) {
    for (const bool check : {false, true}) {
      const std::string wrong = difference(text, check);
      if (wrong.empty()) continue;
      CAPTURE(text);
      CAPTURE(check);
      CHECK(wrong == "");
      if (++shown == 10) return 0;
    }
  }
  return texts.size();
}

}  // namespace

TEST_CASE("The engine and its slow twin agree on every small expression") {
  size_t count = 0;
  const Texts unary = unary_over(atoms);
  const Texts binary = binary_over(atoms, atoms);
  count += compare_all(atoms);
  count += compare_all(unary);
  count += compare_all(binary);
  count += compare_all(binary_over(unary, {"1", "false", "[]"}));
  count += compare_all(unary_over(binary));
  for (const char* a : {"true", "nobody", "1 / 0 > 0", "v == 2"})
    for (const char* b : {"false", "nobody", "s", "m.b", "x[5]"})
      for (const std::string& c : binary_over({"1", "v", "nobody"}, atoms)) {
        const std::string text = std::string(a) + " ? " + b + " : " + c;
        count += compare_all({text, "(" + text + ") || true", "false && (" + text + ")"});
      }
  MESSAGE("expressions compared: " << count);
  CHECK(count > 100'000);
}

TEST_CASE("The engine and its slow twin agree on errors absorbed by && and || in any order") {
  const Texts parts = {"true", "false", "nobody", "1 / 0 > 0", "1", "m.b", "v == 2"};
  Texts texts;
  for (const std::string& a : parts)
    for (const std::string& b : parts)
      for (const std::string& c : parts)
        for (const char* first : {" && ", " || "})
          for (const char* second : {" && ", " || "}) {
            texts.push_back(a + first + b + second + c);
            texts.push_back(a + first + "(" + b + second + c + ")");
            texts.push_back("!(" + a + first + b + ")" + second + c);
          }
  CHECK(compare_all(texts) == 4116);
}

TEST_CASE("The engine and its slow twin agree on nested loops and shadowed names") {
  const Texts ranges = {"x", "[1, 2]", "[]", "s", "[x, [3]]", "nobody"};
  const Texts inner = {"v", "v == w", "w > 1", "[v]", "size(w) > 0", "v in w"};
  Texts texts;
  for (const std::string& range : ranges)
    for (const std::string& nested : {std::string("x"), std::string("[2]"), std::string("w")})
      for (const char* outer : macros)
        for (const char* macro : macros)
          for (const std::string& body : inner) {
            texts.push_back(range + "." + outer + "(w, " + nested + "." + macro + "(v, " + body +
                            "))");
            texts.push_back(range + "." + outer + "(w, " + nested + "." + macro + "(w, " + body +
                            ") == [])");
          }
  CHECK(compare_all(texts) == texts.size());
}
