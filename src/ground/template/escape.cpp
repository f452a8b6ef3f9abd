#include "ground/template/escape.h"

#include <algorithm>

#include "ground/base/text.h"

namespace aizuchi::ground {

namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD
constexpr char hex_upper[] = "0123456789ABCDEF";

bool is_control(uint8_t byte) {
  return byte < 0x20 || byte == 0x7f;
}

bool is_ascii_word(uint8_t byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9');
}

// The well-formed character at the front; empty when the first byte starts none.
std::string_view front_character(std::string_view text) {
  for (size_t n = 1; n <= 4 && n <= text.size(); ++n)
    if (valid_utf8(text.substr(0, n))) return text.substr(0, n);
  return {};
}

// U+0080–U+009F (NEL is one), U+2028 and U+2029: invisible, and line breaks to some readers.
bool is_unicode_control(std::string_view character) {
  if (character.size() == 2) return character[0] == '\xc2' && character[1] < '\xa0';
  return character == "\xe2\x80\xa8" || character == "\xe2\x80\xa9";
}

// Marks that turn the reading direction of what follows them (U+202A–E, U+2066–9).
bool is_direction_override(std::string_view character) {
  return (character >= "\xe2\x80\xaa" && character <= "\xe2\x80\xae") ||
         (character >= "\xe2\x81\xa6" && character <= "\xe2\x81\xa9");
}

void append_percent(std::string& out, std::string_view character) {
  for (const char c : character) {
    const auto byte = static_cast<uint8_t>(c);
    out += '%';
    out += hex_upper[byte >> 4];
    out += hex_upper[byte & 15];
  }
}

void append_html(std::string& out, std::string_view character) {
  const auto byte = static_cast<uint8_t>(character[0]);
  if (byte == '&')
    out += "&amp;";
  else if (byte == '<')
    out += "&lt;";
  else if (byte == '>')
    out += "&gt;";
  else if (byte == '"')
    out += "&quot;";
  else if (byte == '\'')
    out += "&#39;";
  else if (byte == '`')
    out += "&#96;";
  else if (is_control(byte) && byte != '\t' && byte != '\n' && byte != '\r')
    out += replacement;
  else
    out += character;
}

void append_attribute(std::string& out, std::string_view character) {
  const auto byte = static_cast<uint8_t>(character[0]);
  if (byte >= 0x80 ? !is_unicode_control(character) : is_ascii_word(byte)) {
    out += character;
  } else if (byte >= 0x80 || (is_control(byte) && byte != '\t' && byte != '\n' && byte != '\r')) {
    out += replacement;
  } else {
    out += "&#x";
    out += hex_upper[byte >> 4];
    out += hex_upper[byte & 15];
    out += ';';
  }
}

void append_url_component(std::string& out, std::string_view character) {
  const auto byte = static_cast<uint8_t>(character[0]);
  const bool unreserved =
      is_ascii_word(byte) || byte == '-' || byte == '.' || byte == '_' || byte == '~';
  if (unreserved)
    out += character;
  else
    append_percent(out, character);
}

void append_text(std::string& out, std::string_view character) {
  const auto byte = static_cast<uint8_t>(character[0]);
  if (is_control(byte) && byte != '\t' && byte != '\n') return;
  if (is_unicode_control(character) || is_direction_override(character)) return;
  out += character;
}

void append_header(std::string& out, std::string_view character) {
  if (character == "\t" || character == "\n")
    out += ' ';
  else
    append_text(out, character);
}

// Beyond JSON's own rules: < > & ' and the line separators, so that the text may stand in <script>.
void append_json(std::string& out, std::string_view character) {
  const auto byte = static_cast<uint8_t>(character[0]);
  const bool markup = byte == '<' || byte == '>' || byte == '&' || byte == '\'';
  if (byte == '"' || byte == '\\') {
    out += '\\';
    out += character;
  } else if (is_control(byte) || markup) {
    out += "\\u00";
    out += hex_upper[byte >> 4];
    out += hex_upper[byte & 15];
  } else if (character == "\xe2\x80\xa8") {
    out += "\\u2028";
  } else if (character == "\xe2\x80\xa9") {
    out += "\\u2029";
  } else {
    out += character;
  }
}

void append_none(std::string& out, std::string_view character) {
  out += character;
}

using Appender = void (*)(std::string&, std::string_view);

Appender appender(Escape escape) {
  switch (escape) {
    case Escape::none:
      return append_none;
    case Escape::html:
      return append_html;
    case Escape::attribute:
      return append_attribute;
    case Escape::url_component:
      return append_url_component;
    case Escape::header:
      return append_header;
    case Escape::json_string:
      return append_json;
    case Escape::text:
      return append_text;
  }
  return append_attribute;  // the strictest, should a value of the enum ever be forged
}

bool is_scheme_character(char c) {
  return is_ascii_word(static_cast<uint8_t>(c)) || c == '+' || c == '-' || c == '.';
}

}  // namespace

void append_escaped(std::string& out, std::string_view text, Escape escape) {
  const Appender append = appender(escape);
  while (!text.empty()) {
    const bool ascii = static_cast<uint8_t>(text[0]) < 0x80;
    const std::string_view character = ascii ? text.substr(0, 1) : front_character(text);
    append(out, character.empty() ? replacement : character);
    text.remove_prefix(character.empty() ? 1 : character.size());
  }
}

std::string escaped(std::string_view text, Escape escape) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  append_escaped(out, text, escape);
  return out;
}

bool safe_url(std::string_view url) {
  if (url.empty() || !valid_utf8(url)) return false;
  const auto refused = [](char c) {
    return is_control(static_cast<uint8_t>(c)) || c == ' ' || c == '\\';
  };
  if (std::ranges::any_of(url, refused) || url.starts_with("//")) return false;
  const size_t colon = url.find_first_of(":/?#");
  if (colon == std::string_view::npos || url[colon] != ':') return true;  // no scheme
  const std::string scheme = ascii_lower(url.substr(0, colon));
  if (!std::ranges::all_of(scheme, is_scheme_character)) return false;
  if (scheme == "http" || scheme == "https") {
    const std::string_view rest = url.substr(colon + 1);
    return rest.size() > 2 && rest.starts_with("//") && rest[2] != '/';
  }
  return (scheme == "mailto" || scheme == "tel") && colon + 1 < url.size();
}

}  // namespace aizuchi::ground
