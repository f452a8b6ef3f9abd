// Escapes of quoted literals, after the lexical rules of cel-spec ("String and Bytes Values").
#include <fmt/format.h>

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
  for (size_t i = 0; i < body.size(); ++i) {
    if (body[i] != '\\') {
      out += body[i];
      continue;
    }
    const char c = i + 1 < body.size() ? body[i + 1] : '\0';
    char simple = 0;
    if (simple_escape(c, simple)) {
      out += simple;
      ++i;
      continue;
    }
    const NumericEscape form = numeric_escape(c, bytes);
    const auto wrong = [&] {
      return std::unexpected(fmt::format(
          "expected an escape that CEL knows after '\\', found '\\{}'", body.substr(i + 1, 1)));
    };
    if (form.digits == 0) return wrong();
    uint32_t code = 0;
    for (int d = 0; d < form.digits; ++d) {
      const size_t at = i + 1 + form.skip + static_cast<size_t>(d);
      const int digit = at < body.size() ? hex_value(body[at]) : -1;
      if (digit < 0 || digit >= form.base)
        return std::unexpected(fmt::format("expected {} digits of base {} after '\\{}'",
                                           form.digits, form.base, body.substr(i + 1, form.skip)));
      code = code * static_cast<uint32_t>(form.base) + static_cast<uint32_t>(digit);
    }
    if (bytes) {
      out += static_cast<char>(code);
    } else {
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return std::unexpected(
            "expected a Unicode character: surrogates and numbers above 10FFFF "
            "are none");
      append_utf8(out, code);
    }
    i += form.skip + static_cast<size_t>(form.digits);
  }
  return out;
}

}  // namespace aizuchi::ground
