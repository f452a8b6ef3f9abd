// Words of CEL. Splits a text into tokens with their place; literals are turned into values.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "ground/expr/expr.h"

namespace aizuchi::ground {

enum class TokenKind : uint8_t {
  end,
  word,         // identifier or keyword
  quoted_word,  // `content-type`, text without the quotes
  integer,      // digits, sign not included
  uinteger,     // digits, without the u
  real,
  string,  // value
  bytes,   // value
  symbol   // "(", "&&", ".", …
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view text;  // into the expression
  Position at;
  std::string value;  // string, bytes: decoded
};

// "'foo'", "end of expression": how an error names a token.
std::string describe(const Token& token);

class Lexer {
 public:
  // The text must outlive the tokens.
  explicit Lexer(std::string_view text) : text_(text) {}
  std::expected<Token, ExprError> next();

 private:
  void advance(size_t bytes);
  void skip_space();
  char peek(size_t ahead = 0) const {
    return offset_ + ahead < text_.size() ? text_[offset_ + ahead] : '\0';
  }
  std::expected<Token, ExprError> number();
  std::expected<Token, ExprError> text_literal(size_t prefix, bool raw, bool bytes);
  std::expected<Token, ExprError> quoted_word();
  std::expected<Token, ExprError> symbol();

  std::string_view text_;
  size_t offset_ = 0;
  Position at_;
};

// The content of a quoted literal with its escapes resolved; the error says what was expected.
std::expected<std::string, std::string> unescape(std::string_view body, bool bytes);
void append_utf8(std::string& out, uint32_t code_point);

}  // namespace aizuchi::ground
