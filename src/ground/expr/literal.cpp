// Escapes of quoted literals, after the lexical rules of cel-spec ("String and Bytes Values").
#include <fmt/format.h>

#include "ground/base/result.h"
#include "ground/expr/token.h"

namespace aizuchi::ground {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool simple_escape(char c, char& out) {
  switch (c) {
    case 'a':
      out = '\a';
      return true;
    case 'b':
      out = '\b';
      return true;
    case 'f':
      out = '\f';
      return true;
    case 'n':
      out = '\n';
      return true;
    case 'r':
      out = '\r';
      return true;
    case 't':
      out = '\t';
      return true;
    case 'v':
      out = '\v';
      return true;
    case '\\':
    case '?':
    case '"':
    case '\'':
    case '`':
      out = c;
      return true;
    default:
      return false;
  }
}

struct NumericEscape {
  int digits;
  int base;
  size_t skip;  // characters between the backslash and the digits
};

// nullopt-like: digits 0.
NumericEscape numeric_escape(char c, bool bytes) {
  if (c >= '0' && c <= '3') return {3, 8, 0};
  if (c == 'x' || c == 'X') return {2, 16, 1};
  if (c == 'u' && !bytes) return {4, 16, 1};
  if (c == 'U' && !bytes) return {8, 16, 1};
  return {0, 0, 0};
}

using Code = std::expected<uint32_t, std::string>;

// The number of an escape whose backslash is at `at`; moves `at` behind it.
Code read_code(std::string_view body, size_t& at, bool bytes) {
  const NumericEscape form = numeric_escape(at + 1 < body.size() ? body[at + 1] : '\0', bytes);
  if (form.digits == 0)
    return std::unexpected(fmt::format("expected an escape that CEL knows after '\\', found '\\{}'",
                                       body.substr(at + 1, 1)));
  uint32_t code = 0;
  for (int d = 0; d < form.digits; ++d) {
    const size_t digit_at = at + 1 + form.skip + static_cast<size_t>(d);
    const int digit = digit_at < body.size() ? hex_value(body[digit_at]) : -1;
    if (digit < 0 || digit >= form.base)
      return std::unexpected(fmt::format("expected {} digits of base {} after '\\{}'", form.digits,
                                         form.base, body.substr(at + 1, form.skip)));
    code = code * static_cast<uint32_t>(form.base) + static_cast<uint32_t>(digit);
  }
  at += 1 + form.skip + static_cast<size_t>(form.digits);
  return code;
}

// A character outside the first plane may be written as two \u escapes (a surrogate pair).
Code read_character(std::string_view body, size_t& at) {
  const auto no_character = [] {
    return std::unexpected(
        "expected a Unicode character: single surrogates and numbers above 10FFFF are none");
  };
  const uint32_t code = TRY(read_code(body, at, false));
  if (code < 0xd800 || (code > 0xdfff && code <= 0x10ffff)) return code;
  if (code > 0xdbff || !body.substr(at).starts_with("\\u")) return no_character();
  const uint32_t low = TRY(read_code(body, at, false));
  if (low < 0xdc00 || low > 0xdfff) return no_character();
  return 0x10000 + ((code - 0xd800) << 10 | (low - 0xdc00));
}

}  // namespace

void append_utf8(std::string& out, uint32_t c) {
  const auto put = [&out](uint32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | c >> 6);
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3f));
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  }
}

std::expected<std::string, std::string> unescape(std::string_view body, bool bytes) {
  std::string out;
  out.reserve(body.size());
  for (size_t i = 0; i < body.size();) {
    char simple = 0;
    if (body[i] != '\\') {
      out += body[i++];
    } else if (i + 1 < body.size() && simple_escape(body[i + 1], simple)) {
      out += simple;
      i += 2;
    } else if (bytes) {
      out += static_cast<char>(TRY(read_code(body, i, true)));
    } else {
      append_utf8(out, TRY(read_character(body, i)));
    }
  }
  return out;
}

}  // namespace aizuchi::ground
