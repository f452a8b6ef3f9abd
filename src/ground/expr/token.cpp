#include "ground/expr/token.h"

#include <fmt/format.h>

#include <array>

#include "ground/base/text.h"

namespace aizuchi::ground {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_quote(char c) {
  return c == '\'' || c == '"';
}

// How many characters of a string prefix (r, b, br, rb in any case) stand before a quote; 0: none.
size_t prefix_length(std::string_view rest, bool& raw, bool& bytes) {
  raw = bytes = false;
  size_t n = 0;
  while (n < 2 && n < rest.size()) {
    const char c = rest[n];
    if ((c == 'r' || c == 'R') && !raw)
      raw = true;
    else if ((c == 'b' || c == 'B') && !bytes)
      bytes = true;
    else
      break;
    ++n;
  }
  if (n < rest.size() && is_quote(rest[n])) return n;
  raw = bytes = false;
  return 0;
}

std::unexpected<ExprError> fail_at(Position at, std::string message) {
  return std::unexpected(ExprError{at, std::move(message)});
}

}  // namespace

std::string describe(const Token& token) {
  switch (token.kind) {
    case TokenKind::end:
      return "end of expression";
    case TokenKind::string:
      return "a string";
    case TokenKind::bytes:
      return "bytes";
    default:
      return fmt::format("'{}'", shorten(token.text, 40));
  }
}

void Lexer::advance(size_t bytes) {
  for (size_t i = 0; i < bytes; ++i, ++offset_) {
    const auto c = static_cast<unsigned char>(text_[offset_]);
    if (c == '\n') {
      ++at_.line;
      at_.column = 1;
    } else if ((c & 0xc0) != 0x80) {
      ++at_.column;
    }
  }
}

void Lexer::skip_space() {
  while (offset_ < text_.size()) {
    const char c = peek();
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
      advance(1);
    } else if (c == '/' && peek(1) == '/') {
      while (offset_ < text_.size() && peek() != '\n') advance(1);
    } else {
      return;
    }
  }
}

std::expected<Token, ExprError> Lexer::next() {
  skip_space();
  if (offset_ >= text_.size()) return Token{TokenKind::end, {}, at_, {}};
  const char c = peek();
  bool raw = false;
  bool bytes = false;
  const size_t prefix = prefix_length(text_.substr(offset_), raw, bytes);
  if (prefix > 0 || is_quote(c)) return text_literal(prefix, raw, bytes);
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
  if (c == '`') return quoted_word();
  if (!is_letter(c)) return symbol();
  size_t n = 1;
  while (is_letter(peek(n)) || is_digit(peek(n))) ++n;
  Token token{TokenKind::word, text_.substr(offset_, n), at_, {}};
  advance(n);
  return token;
}

std::expected<Token, ExprError> Lexer::number() {
  Token token{TokenKind::integer, {}, at_, {}};
  size_t n = 0;
  if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
    n = 2;
    while (is_hex_digit(peek(n))) ++n;
    if (n == 2) return fail_at(at_, "expected hexadecimal digits after 0x");
  } else {
    while (is_digit(peek(n))) ++n;
    if (peek(n) == '.' && is_digit(peek(n + 1))) {
      token.kind = TokenKind::real;
      ++n;
      while (is_digit(peek(n))) ++n;
    }
    const size_t sign = peek(n + 1) == '+' || peek(n + 1) == '-' ? 1 : 0;
    if ((peek(n) == 'e' || peek(n) == 'E') && is_digit(peek(n + 1 + sign))) {
      token.kind = TokenKind::real;
      n += 1 + sign;
      while (is_digit(peek(n))) ++n;
    }
  }
  token.text = text_.substr(offset_, n);
  if (token.kind == TokenKind::integer && (peek(n) == 'u' || peek(n) == 'U')) {
    token.kind = TokenKind::uinteger;
    ++n;
  }
  if (is_letter(peek(n)) || is_digit(peek(n)))
    return fail_at(at_, fmt::format("expected the number '{}' to end here, found '{}'", token.text,
                                    text_[offset_ + n]));
  advance(n);
  return token;
}

std::expected<Token, ExprError> Lexer::text_literal(size_t prefix, bool raw, bool bytes) {
  const Position start = at_;
  const size_t from = offset_;
  advance(prefix);
  const char quote = peek();
  const bool triple = peek(1) == quote && peek(2) == quote;
  const size_t width = triple ? 3 : 1;
  const std::string closing(width, quote);
  advance(width);
  const size_t body = offset_;
  while (!text_.substr(offset_).starts_with(closing)) {
    const bool newline = peek() == '\n' || peek() == '\r';
    if (offset_ >= text_.size() || (newline && !triple))
      return fail_at(start, fmt::format("this text is not closed: expected {}", closing));
    const bool escape = peek() == '\\' && !raw && offset_ + 1 < text_.size();
    if (escape && !triple && (peek(1) == '\n' || peek(1) == '\r'))
      return fail_at(start, fmt::format("this text is not closed: expected {}", closing));
    advance(escape ? 2 : 1);
  }
  const std::string_view content = text_.substr(body, offset_ - body);
  advance(width);
  Token token{bytes ? TokenKind::bytes : TokenKind::string, text_.substr(from, offset_ - from),
              start, std::string(content)};
  if (raw) return token;
  auto value = unescape(content, bytes);
  if (!value) return fail_at(start, std::move(value).error());
  token.value = *std::move(value);
  return token;
}

std::expected<Token, ExprError> Lexer::quoted_word() {
  size_t n = 1;
  while (is_letter(peek(n)) || is_digit(peek(n)) || peek(n) == '.' || peek(n) == '-' ||
         peek(n) == '/' || peek(n) == ' ')
    ++n;
  if (peek(n) != '`' || n == 1)
    return fail_at(at_,
                   "expected a name of letters, digits, '_', '.', '-', '/' and spaces, then `");
  Token token{TokenKind::quoted_word, text_.substr(offset_ + 1, n - 1), at_, {}};
  advance(n + 1);
  return token;
}

std::expected<Token, ExprError> Lexer::symbol() {
  static constexpr std::array<std::string_view, 26> symbols = {
      "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%",
      "!",  "?",  ":",  ".",  ",",  "(",  ")", "[", "]", "{", "}", "=", "&"};
  const std::string_view rest = text_.substr(offset_);
  for (const std::string_view candidate : symbols) {
    if (!rest.starts_with(candidate)) continue;
    if (candidate == "=") return fail_at(at_, "expected '==' to compare, found '='");
    if (candidate == "&") return fail_at(at_, "expected '&&', found '&'");
    Token token{TokenKind::symbol, rest.substr(0, candidate.size()), at_, {}};
    advance(candidate.size());
    return token;
  }
  if (rest[0] == '|') return fail_at(at_, "expected '||', found '|'");
  const auto byte = static_cast<unsigned char>(rest[0]);
  if (byte < 0x20 || byte == 0x7f)
    return fail_at(at_, fmt::format("expected an expression, found the character 0x{:02x}", byte));
  size_t n = 1;
  while (n < rest.size() && (static_cast<unsigned char>(rest[n]) & 0xc0) == 0x80) ++n;
  return fail_at(at_,
                 fmt::format("expected an expression, found '{}' (names are ASCII, text stands "
                             "in quotes)",
                             rest.substr(0, n)));
}

}  // namespace aizuchi::ground
