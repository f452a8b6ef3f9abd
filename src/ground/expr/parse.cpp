// A recursive-descent parser after the grammar of cel-spec (doc/langdef.md, "Syntax"). Binary
// operators climb by precedence, so that a parenthesis costs few stack frames.
#include "ground/expr/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "ground/base/result.h"
#include "ground/base/text.h"

namespace aizuchi::ground {

namespace {

using ParsedNode = std::expected<NodePtr, ExprError>;

std::unexpected<ExprError> fail_at(Position at, std::string message) {
  return std::unexpected(ExprError{at, std::move(message)});
}

constexpr std::array<std::string_view, 17> reserved_words = {
    "as",  "break", "const",   "continue",  "else",   "for", "function", "if",   "import",
    "let", "loop",  "package", "namespace", "return", "var", "void",     "while"};

// true, false, null, in: never a name, not even after a dot.
bool is_keyword(std::string_view word) {
  return word == "true" || word == "false" || word == "null" || word == "in";
}

struct BinaryOperator {
  int precedence;
  std::string_view name;
};

std::optional<BinaryOperator> binary_operator(const Token& token) {
  struct Row {
    std::string_view text;
    BinaryOperator op;
  };
  static constexpr std::array<Row, 13> table = {{{"||", {1, "_||_"}},
                                                 {"&&", {2, "_&&_"}},
                                                 {"==", {3, "_==_"}},
                                                 {"!=", {3, "_!=_"}},
                                                 {"<", {3, "_<_"}},
                                                 {"<=", {3, "_<=_"}},
                                                 {">", {3, "_>_"}},
                                                 {">=", {3, "_>=_"}},
                                                 {"+", {4, "_+_"}},
                                                 {"-", {4, "_-_"}},
                                                 {"*", {5, "_*_"}},
                                                 {"/", {5, "_/_"}},
                                                 {"%", {5, "_%_"}}}};
  if (token.kind == TokenKind::word && token.text == "in") return BinaryOperator{3, "@in"};
  if (token.kind != TokenKind::symbol) return std::nullopt;
  for (const Row& row : table)
    if (row.text == token.text) return row.op;
  return std::nullopt;
}

NodePtr make_node(NodeKind kind, Position at, std::string text = {}) {
  auto node = std::make_unique<Node>(kind, at);
  node->text = std::move(text);
  return node;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}

  ParsedNode whole() {
    token_ = TRY(lexer_.next());
    NodePtr root = TRY(expression());
    if (token_.kind != TokenKind::end)
      return fail_at(token_.at,
                     fmt::format("expected an operator or the end, found {}", describe(token_)));
    return root;
  }

 private:
  using Done = std::expected<bool, ExprError>;

  bool at_symbol(std::string_view symbol) const {
    return token_.kind == TokenKind::symbol && token_.text == symbol;
  }
  Done step() {
    token_ = TRY(lexer_.next());
    return true;
  }
  // Steps over the symbol when it is there.
  Done take(std::string_view symbol) {
    if (!at_symbol(symbol)) return false;
    return step();
  }
  Done expect(std::string_view symbol, std::string_view why) {
    if (at_symbol(symbol)) return step();
    return fail_at(token_.at,
                   fmt::format("expected '{}' {}, found {}", symbol, why, describe(token_)));
  }

  // Expr = ConditionalOr ["?" ConditionalOr ":" Expr]
  ParsedNode expression() {
    if (++depth_ > expr_depth_max)
      return fail_at(token_.at, fmt::format("nested deeper than {} levels", expr_depth_max));
    NodePtr condition = TRY(binary(1));
    if (at_symbol("?")) {
      NodePtr node = make_node(NodeKind::call, token_.at, "_?_:_");
      TRY(step());
      node->children.push_back(std::move(condition));
      node->children.push_back(TRY(binary(1)));
      TRY(expect(":", "between the two branches of '?'"));
      node->children.push_back(TRY(expression()));
      condition = TRY(seal(std::move(node)));
    }
    --depth_;
    return condition;
  }

  ParsedNode binary(int precedence_min) {
    NodePtr left = TRY(unary());
    while (const auto op = binary_operator(token_)) {
      if (op->precedence < precedence_min) break;
      const Position at = token_.at;
      TRY(step());
      NodePtr right = TRY(binary(op->precedence + 1));
      left = TRY(combine(op->name, at, std::move(left), std::move(right)));
    }
    return left;
  }

  // a && b && c is one node with three children: chains of conditions are long, not deep.
  ParsedNode combine(std::string_view name, Position at, NodePtr left, NodePtr right) {
    const bool logical = name == "_&&_" || name == "_||_";
    if (logical && left->kind == NodeKind::call && left->text == name) {
      left->depth = std::max(left->depth, right->depth + 1);
      left->children.push_back(std::move(right));
      return left;
    }
    NodePtr node = make_node(NodeKind::call, at, std::string(name));
    node->children.push_back(std::move(left));
    node->children.push_back(std::move(right));
    return seal(std::move(node));
  }

  // Unary = Member | "!" {"!"} Member | "-" {"-"} Member; a '-' before a number belongs to it.
  ParsedNode unary() {
    if (!at_symbol("!") && !at_symbol("-")) return member();
    const std::string sign(token_.text);
    std::vector<Position> signs;
    while (at_symbol(sign)) {
      signs.push_back(token_.at);
      TRY(step());
    }
    const bool number = token_.kind == TokenKind::integer || token_.kind == TokenKind::real;
    negative_literal_ = sign == "-" && number;
    if (negative_literal_) signs.pop_back();
    NodePtr node = TRY(member());
    for (size_t i = signs.size(); i-- > 0;) {
      NodePtr outer = make_node(NodeKind::call, signs[i], sign == "!" ? "!_" : "-_");
      outer->children.push_back(std::move(node));
      node = TRY(seal(std::move(outer)));
    }
    return node;
  }

  ParsedNode member() {
    NodePtr node = TRY(primary());
    while (true) {
      const Position at = token_.at;
      if (TRY(take("."))) {
        node = TRY(dotted(std::move(node), at));
      } else if (TRY(take("["))) {
        const bool optional = TRY(take("?"));
        NodePtr index = make_node(NodeKind::call, at, optional ? "_[?_]" : "_[_]");
        index->children.push_back(std::move(node));
        index->children.push_back(TRY(expression()));
        TRY(expect("]", "after the index"));
        node = TRY(seal(std::move(index)));
      } else if (at_symbol("{") && names_a_message(*node)) {
        return fail_at(at, "messages are not supported: expected a map {'key': value}");
      } else {
        return node;
      }
    }
  }

  static bool names_a_message(const Node& node) {
    return node.kind == NodeKind::name || node.kind == NodeKind::select;
  }

  ParsedNode dotted(NodePtr operand, Position at) {
    const bool optional = TRY(take("?"));
    const bool quoted = token_.kind == TokenKind::quoted_word;
    if (!quoted && (token_.kind != TokenKind::word || is_keyword(token_.text)))
      return fail_at(token_.at,
                     fmt::format("expected a name after '.', found {}", describe(token_)));
    NodePtr node = make_node(NodeKind::select, at, std::string(token_.text));
    node->children.push_back(std::move(operand));
    node->optional = optional;
    TRY(step());
    if (!at_symbol("(") || optional || quoted) return seal(std::move(node));
    node->kind = NodeKind::call;
    node->with_receiver = true;
    return arguments(std::move(node));
  }

  ParsedNode arguments(NodePtr call) {
    TRY(step());  // (
    if (!at_symbol(")")) {
      do {
        call->children.push_back(TRY(expression()));
      } while (TRY(take(",")));
    }
    TRY(expect(")", "or ',' after an argument"));
    return expand_macro(TRY(seal(std::move(call))));
  }

  ParsedNode primary() {
    const bool negative = std::exchange(negative_literal_, false);
    const Token token = token_;
    switch (token.kind) {
      case TokenKind::integer:
      case TokenKind::uinteger:
      case TokenKind::real:
        TRY(step());
        return number(token, negative);
      case TokenKind::string:
      case TokenKind::bytes: {
        TRY(step());
        NodePtr node = make_node(NodeKind::constant, token.at);
        if (token.kind == TokenKind::string && !valid_utf8(token.value))
          return fail_at(token.at, "expected UTF-8 text");
        node->value =
            token.kind == TokenKind::string ? Value(token.value) : Value(Bytes{token.value});
        return node;
      }
      case TokenKind::word:
        return word(token, false);
      case TokenKind::symbol:
        return bracketed(token);
      default:
        return fail_at(token.at, fmt::format("expected an expression, found {}", describe(token)));
    }
  }

  ParsedNode bracketed(const Token& token) {
    if (token.text == "(") {
      TRY(step());
      NodePtr inner = TRY(expression());
      TRY(expect(")", "to close '('"));
      inner->parenthesized = true;
      return inner;
    }
    if (token.text == "[") return list(token.at);
    if (token.text == "{") return map(token.at);
    if (token.text == ".") {
      TRY(step());
      if (token_.kind == TokenKind::word) return word(token_, true);
      return fail_at(token_.at,
                     fmt::format("expected a name after '.', found {}", describe(token_)));
    }
    return fail_at(token.at, fmt::format("expected an expression, found {}", describe(token)));
  }

  ParsedNode word(const Token token, bool absolute) {
    TRY(step());
    if (!absolute && is_keyword(token.text) && token.text != "in") {
      NodePtr node = make_node(NodeKind::constant, token.at);
      if (token.text != "null") node->value = Value(token.text == "true");
      return node;
    }
    if (is_keyword(token.text) || std::ranges::count(reserved_words, token.text) > 0)
      return fail_at(token.at, fmt::format("expected a name: '{}' is a reserved word", token.text));
    NodePtr node = make_node(NodeKind::name, token.at, std::string(token.text));
    node->absolute = absolute;
    if (!at_symbol("(")) return node;
    node->kind = NodeKind::call;
    return arguments(std::move(node));
  }

  ParsedNode list(Position at) {
    TRY(step());
    NodePtr node = make_node(NodeKind::list, at);
    while (!at_symbol("]")) {
      node->optional_children.push_back(TRY(take("?")));
      node->children.push_back(TRY(expression()));
      if (!TRY(take(","))) break;
    }
    TRY(expect("]", "or ',' in the list"));
    return seal(std::move(node));
  }

  ParsedNode map(Position at) {
    TRY(step());
    NodePtr node = make_node(NodeKind::map, at);
    while (!at_symbol("}")) {
      node->optional_children.push_back(TRY(take("?")));
      node->children.push_back(TRY(expression()));
      TRY(expect(":", "between key and value"));
      node->children.push_back(TRY(expression()));
      if (!TRY(take(","))) break;
    }
    TRY(expect("}", "or ',' in the map"));
    return seal(std::move(node));
  }

  static ParsedNode number(const Token& token, bool negative);

  Lexer lexer_;
  Token token_;
  uint32_t depth_ = 0;
  bool negative_literal_ = false;
};

ParsedNode Parser::number(const Token& token, bool negative) {
  NodePtr node = make_node(NodeKind::constant, token.at);
  std::string_view digits = token.text;
  if (token.kind == TokenKind::real) {
    const double v = std::strtod(std::string(digits).c_str(), nullptr);
    node->value = Value(negative ? -v : v);
    return node;
  }
  const bool hex = digits.starts_with("0x") || digits.starts_with("0X");
  if (hex) digits.remove_prefix(2);
  uint64_t v = 0;
  const auto [end, code] =
      std::from_chars(digits.data(), digits.data() + digits.size(), v, hex ? 16 : 10);
  constexpr uint64_t int_max = INT64_MAX;
  const bool is_uint = token.kind == TokenKind::uinteger;
  const uint64_t limit = is_uint ? UINT64_MAX : (negative ? int_max + 1 : int_max);
  if (code != std::errc() || end != digits.data() + digits.size() || v > limit)
    return fail_at(token.at,
                   fmt::format("expected {} of 64 bits, found {}{}", is_uint ? "a uint" : "an int",
                               negative ? "-" : "", shorten(token.text, 40)));
  if (is_uint)
    node->value = Value(v);
  else
    node->value = Value(static_cast<int64_t>(negative ? 0 - v : v));
  return node;
}

}  // namespace

std::expected<NodePtr, ExprError> seal(NodePtr node) {
  uint32_t deepest = 0;
  for (const NodePtr& child : node->children)
    if (child) deepest = std::max(deepest, child->depth);
  node->depth = deepest + 1;
  if (node->depth > expr_depth_max)
    return fail_at(node->at, fmt::format("nested deeper than {} levels", expr_depth_max));
  return node;
}

std::expected<NodePtr, ExprError> parse_expr(std::string_view text) {
  if (text.size() > expr_bytes_max)
    return fail_at({}, fmt::format("expected at most {} bytes of text, found {}", expr_bytes_max,
                                   text.size()));
  if (!valid_utf8(text)) return fail_at({}, "expected UTF-8 text");
  return Parser(text).whole();
}

}  // namespace aizuchi::ground
