#include "ground/expr/expr.h"

#include <doctest/doctest.h>

#include <map>

#include "ground/base/json.h"
#include "ground/expr/cel_command.h"

using namespace aizuchi::ground;
using Kind = ExprType::Kind;

namespace {

// A shop: job and topic are facts, count() is an aggregate, audiences are rules by name.
class Shop final : public ExprEnvironment, public Activation {
 public:
  std::map<std::string, std::string> audiences = {
      {"sales", "facts.job == 'sales'"},
      {"keen", "in_audience('sales') && count('Product Viewed', duration('168h')) >= 2"},
      {"circle", "in_audience('round')"},
      {"round", "in_audience('circle')"},
      {"broken", "facts.job ==\n 3"},
  };
  std::map<ReadId, Value> values;

  std::optional<HostRead> variable(std::string_view name) const override {
    if (name == "facts.job") return HostRead{1, Kind::string};
    if (name == "facts.inquiry") return HostRead{2, ExprType::map(Kind::string, {})};
    if (name == "facts.inquiry.topic") return HostRead{3, Kind::string};
    if (name == "visits") return HostRead{4, Kind::integer};
    if (name == "tags") return HostRead{5, ExprType::list(Kind::string)};
    return std::nullopt;
  }
  std::optional<HostCall> host_call(std::string_view function,
                                    std::span<const Value> arguments) const override {
    if (function == "in_audience") {
      if (arguments.size() != 1 || !arguments[0].is(Value::Kind::string))
        return HostCall(std::unexpected("expected the name of an audience"));
      const auto found = audiences.find(arguments[0].as_string());
      if (found == audiences.end()) return HostCall(std::unexpected("no such audience"));
      return HostCall(InlineText{found->second});
    }
    if (function != "count") return std::nullopt;
    if (arguments.size() < 2 || !arguments[1].is(Value::Kind::span))
      return HostCall(std::unexpected("expected count(event, window, {filter})"));
    return HostCall(HostRead{static_cast<ReadId>(10 + arguments.size()), Kind::integer});
  }
  std::vector<std::string> names() const override { return {"facts.job", "visits", "tags"}; }
  const Value* read(ReadId id) override {
    const auto found = values.find(id);
    return found == values.end() ? nullptr : &found->second;
  }

  Expr compiled(std::string_view text, const CompileOptions& options = {}) const {
    auto expr = Expr::compile(text, *this, options);
    REQUIRE_MESSAGE(expr.has_value(), (expr ? "" : to_string(expr.error())));
    return *std::move(expr);
  }
  std::string refusal(std::string_view text, const CompileOptions& options = {}) const {
    const auto expr = Expr::compile(text, *this, options);
    return expr ? "compiles" : to_string(expr.error());
  }
  // JSON of the value, or "error: …".
  std::string answer(std::string_view text) {
    const auto value = compiled(text).evaluate(*this);
    return value ? to_json(*value) : "error: " + value.error().message;
  }
};

std::vector<ReadId> reads_of(const Expr& expr) {
  return {expr.reads().begin(), expr.reads().end()};
}

std::string repeat(std::string_view part, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += part;
  return out;
}

}  // namespace

TEST_CASE("A rule over facts and counts answers for the person at hand") {
  Shop shop;
  const Expr rule =
      shop.compiled("facts.job == 'sales' && count('Product Viewed', duration('168h')) >= 2");
  CHECK(rule.type() == ExprType(Kind::boolean));
  shop.values = {{1, Value("sales")}, {12, Value(2)}};
  CHECK(rule.evaluate(shop)->as_bool());
  shop.values[12] = Value(1);
  CHECK_FALSE(rule.evaluate(shop)->as_bool());
}

TEST_CASE("Everything a rule may read is known before it runs, inside named audiences too") {
  const Shop shop;
  CHECK(reads_of(shop.compiled("1 + 1 == 2")).empty());
  CHECK(reads_of(shop.compiled("in_audience('keen')")) == std::vector<ReadId>{1, 12});
  CHECK(reads_of(shop.compiled("has(facts.job) || visits > 3 || facts.job == 'x'")) ==
        std::vector<ReadId>{1, 4});
  CHECK(reads_of(shop.compiled("false && visits > 1")) == std::vector<ReadId>{4});
  CHECK(reads_of(shop.compiled("count('a', duration('1h'), {'category': 'x' + 'y'}) > 0")) ==
        std::vector<ReadId>{13});
}

TEST_CASE(
    "A fact that is absent is an error that says which, unless the rule does not hang on it") {
  Shop shop;
  const auto error = shop.compiled("facts.job == 'sales'").evaluate(shop);
  REQUIRE_FALSE(error.has_value());
  CHECK(error.error().absent);
  CHECK(error.error().read == 1);
  CHECK(error.error().message == "absent: facts.job");
  CHECK(shop.answer("facts.job == 'sales' || true") == "true");
  CHECK(shop.answer("facts.job == 'sales' && false") == "false");
  CHECK(shop.answer("has(facts.job) && facts.job == 'sales'") == "false");
  CHECK(shop.answer("has(facts.job) ? facts.job : 'nobody'") == "\"nobody\"");
  shop.values[1] = Value("sales");
  CHECK(shop.answer("has(facts.job)") == "true");
}

TEST_CASE("The longest name that the host knows wins, and what is left is a field") {
  Shop shop;
  shop.values = {{2, Value::map({{Value("topic"), Value("old")}, {Value("state"), Value("open")}})},
                 {3, Value("returns")}};
  CHECK(shop.answer("facts.inquiry.topic") == "\"returns\"");
  CHECK(shop.answer("facts.inquiry.state") == "\"open\"");
  CHECK(shop.answer("has(facts.inquiry.state)") == "true");
  CHECK(shop.answer("has(facts.inquiry.nothing)") == "false");
  CHECK(shop.answer("facts.inquiry.nothing") == "error: no such key: nothing");
  CHECK(shop.answer("[{'job': 1}].exists(facts, facts.job == 1)") == "true");
  CHECK(shop.answer("(facts.inquiry).topic") == "\"old\"");
}

TEST_CASE("An error points at line and column and says what was expected") {
  const Shop shop;
  CHECK(shop.refusal("facts.job = 'x'").starts_with("1:11: expected '=='"));
  CHECK(shop.refusal("visits >\n  'two'") ==
        "1:8: no such overload: '>' applied to (int, string), expected one of (int, int), (int, "
        "uint), (int, double)");
  CHECK(shop.refusal("'珈琲' +") == "1:7: expected an expression, found end of expression");
  CHECK(shop.refusal("true &&\n facts.jobb == 'x'").starts_with("2:2: undeclared reference"));
  CHECK(shop.refusal("facts.jobb == 'x'").ends_with("did you mean 'facts.job'?"));
  CHECK(shop.refusal("facts.job.startsWit('x')").ends_with("did you mean 'startsWith'?"));
  CHECK(shop.refusal("visits + 1", {.expected = ExprType(Kind::boolean)}) ==
        "1:8: expected an expression of type bool, this is int");
  CHECK(shop.refusal("visits && tags") ==
        "1:1: expected bool beside '&&', found int; 1:11: expected bool beside '&&', found "
        "list(string)");
  CHECK(shop.refusal("facts.job.matches('(')").starts_with("1:10: expected an RE2 pattern"));
  CHECK(shop.refusal("duration('7d') > duration('1h')").find("168h") != std::string::npos);
  CHECK(shop.refusal("facts.job.length").find("does not support field selection") !=
        std::string::npos);
  CHECK(shop.refusal("").starts_with("1:1: expected an expression"));
}

TEST_CASE("A host function takes constants only, and its own refusal is passed on") {
  const Shop shop;
  CHECK(shop.refusal("count(facts.job, duration('1h')) > 1") ==
        "1:7: expected a constant as argument 1 of count");
  CHECK(shop.refusal("count('a') > 1") == "1:1: count: expected count(event, window, {filter})");
  CHECK(shop.refusal("in_audience('nobody')") == "1:1: in_audience: no such audience");
}

TEST_CASE("An audience that refers to itself, or is itself wrong, is refused where it is used") {
  const Shop shop;
  CHECK(shop.refusal("true && in_audience('circle')").find("refers to itself") !=
        std::string::npos);
  CHECK(shop.refusal("true && in_audience('broken')")
            .starts_with("1:9: in in_audience(\"broken\") at 1:11: no such overload"));
}

TEST_CASE("A loop variable of the rule around is not seen inside a named audience") {
  Shop shop;
  shop.audiences["leak"] = "v == 1";
  CHECK(shop.refusal("[1].exists(v, in_audience('leak'))").find("undeclared reference to 'v'") !=
        std::string::npos);
}

TEST_CASE("Text that is nested too deep is refused, whatever it is nested in") {
  const Shop shop;
  for (const char* open : {"(", "[", "{1:", "!", "-", "[1].all(x, ", "true ? 1 : "}) {
    CAPTURE(open);
    CHECK(shop.refusal(repeat(open, 20'000)) != "compiles");
  }
  CHECK(shop.refusal("1" + repeat(" + 1", 15'000)).find("nested deeper") != std::string::npos);
  CHECK(shop.refusal("tags" + repeat(".x", 15'000)).find("nested deeper") != std::string::npos);
  CHECK(shop.refusal(repeat("(", 200) + "1" + repeat(")", 200)) == "compiles");
  CHECK(shop.refusal("true" + repeat(" && true", 5000)) == "compiles");
  CHECK(shop.refusal(std::string(70'000, ' ')).find("at most") != std::string::npos);
}

TEST_CASE("A rule that costs more than its limit stops with an error, and || does not hide it") {
  Shop shop;
  ValueList items(500, Value(1));
  shop.values[5] = Value::list(items);
  const std::string heavy = "tags.all(a, tags.all(b, tags.all(c, a == b)))";
  CHECK(shop.answer(heavy).find("costs more") != std::string::npos);
  CHECK(shop.answer(heavy + " || true").find("costs more") != std::string::npos);
  CHECK(shop.answer("tags.all(a, a == '1')") == "false");
  std::string doubling = "'ab'";
  for (int i = 0; i < 60; ++i) doubling = "cel.bind(s, " + doubling + ", s + s)";
  CHECK(shop.answer(doubling).find("costs more") != std::string::npos);
  std::string shared = "[1]";
  for (int i = 0; i < 60; ++i) shared = "cel.bind(s, " + shared + ", [s, s])";
  CHECK(shop.answer(shared).find("costs more") != std::string::npos);
}

TEST_CASE("With the checker off an unknown name is an error only when it is needed") {
  Shop shop;
  const CompileOptions off{.check = false};
  CHECK(shop.compiled("nobody || true", off).evaluate(shop)->as_bool());
  CHECK_FALSE(shop.compiled("nobody || false", off).evaluate(shop).has_value());
  CHECK_FALSE(shop.compiled("unknown(1) == 1", off).evaluate(shop).has_value());
}

TEST_CASE("Hours are read in the person's time zone, summer time included") {
  Shop shop;
  const auto hour = [&](std::string_view when, std::string_view zone) {
    return shop.answer("timestamp('" + std::string(when) + "').getHours('" + std::string(zone) +
                       "')");
  };
  CHECK(hour("2026-07-01T12:00:00Z", "Asia/Tokyo") == "21");
  CHECK(hour("2026-07-01T12:00:00Z", "+09:00") == "21");
  CHECK(hour("2026-07-01T12:00:00Z", "-03:30") == "8");
  CHECK(hour("2026-03-08T09:59:59Z", "America/Los_Angeles") == "1");
  CHECK(hour("2026-03-08T10:00:00Z", "America/Los_Angeles") == "3");
  // Beyond the table of the file, by its rule.
  CHECK(hour("2100-03-14T09:59:59Z", "America/Los_Angeles") == "1");
  CHECK(hour("2100-03-14T10:00:00Z", "America/Los_Angeles") == "3");
  CHECK(hour("2100-07-01T12:00:00Z", "Australia/Sydney") == "22");
  CHECK(hour("2100-01-01T12:00:00Z", "Australia/Sydney") == "23");
  CHECK(shop.refusal("timestamp('2026-07-01T12:00:00Z').getHours('Mars/Base') > 1")
            .find("unknown time zone") != std::string::npos);
  CHECK(shop.refusal("timestamp('2026-07-01T12:00:00Z').getHours('../../etc/passwd') > 1")
            .find("unknown time zone") != std::string::npos);
}

TEST_CASE(
    "A line of `aizuchi cel --batch` that is bad is answered with an error, never with nothing") {
  for (const char* line :
       {"", "{", "[]", "1", "{}", R"({"expr":1})", R"({"expr":"1","vars":[]})",
        R"({"expr":"1","vars":{"x":1}})", R"({"expr":"1","vars":{"x":{"int":"y"}}})",
        R"({"expr":"1","vars":{"x":{"int":"9223372036854775808"}}})",
        R"({"expr":"1","vars":{"x":{"nothing":1}}})", R"({"expr":"1","container":1})",
        R"({"expr":"1","disable_check":"yes"})", "{\"expr\":\"'\xff'\"}", R"({"expr":"1 +"})"}) {
    CAPTURE(line);
    CHECK(evaluate_batch_line(line).starts_with("{\"error\":\""));
  }
  CHECK(evaluate_batch_line(R"({"expr":"[1, 2u, -0.0, x]","vars":{"x":{"double":"NaN"}}})") ==
        R"({"value":{"list":[{"int":"1"},{"uint":"2"},{"double":"-0"},{"double":"NaN"}]}})");
  CHECK(evaluate_batch_line(R"({"expr":"x","vars":{"x":{"double":18446744073709552000}}})") ==
        R"({"value":{"double":18446744073709552000}})");
}

TEST_CASE(
    "A character outside the first plane may be written as a pair of escapes, never as half") {
  Shop shop;
  CHECK(shop.answer("'\\uD83D\\uDE2C' == '\\U0001F62C'") == "true");
  for (const char* text : {"'\\uD83D'", "'\\uD83Dx'", "'\\uDE2C'", "'\\uD83D\\u0041'",
                           "'\\U00110000'", "'\\u12'", "'\\q'", "b'\\u0041'"})
    CHECK(shop.refusal(text) != "compiles");
}

TEST_CASE("One expression is evaluated over plain JSON variables") {
  CHECK(*evaluate_once("cart.items.map(i, i.price * 2)", R"({"cart":{"items":[{"price":3}]}})") ==
        "[6]");
  CHECK(*evaluate_once("1 + 1", "") == "2");
  CHECK(*evaluate_once("optional.of(x)", R"({"x":1})") == "1");
  CHECK(*evaluate_once("optional.none()", "") == "null");
  CHECK(*evaluate_once("ip('10.0.0.1')", "") == "\"10.0.0.1\"");
  CHECK(evaluate_once("x +", R"({"x":1})").error().message.starts_with("1:4:"));
  CHECK(evaluate_once("1", "[1]").error().code == ErrorCode::invalid);
}

TEST_CASE("A function of many arguments takes as many as the specification asks for") {
  Shop shop;
  CHECK(shop.answer("math.greatest(1" + repeat(", 2, 3u, 4.5", 12) + ")") == "4.5");
  CHECK(shop.answer("math.least(9" + repeat(", 2", 40) + ")") == "2");
  CHECK(shop.refusal("math.greatest()") != "compiles");
}
