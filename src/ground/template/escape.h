// Escaping, one function per place a value can stand in. A value from outside is never trusted to
// be what its name says: every function takes any bytes and gives valid UTF-8 that cannot leave its
// place. Bytes that are not UTF-8 become U+FFFD. Promise: what a person typed is shown, never run.
// Threads: pure functions. Cost: one pass, one append.
// Source: OWASP Cross Site Scripting Prevention; HTML Living Standard (13.2 parsing, 4.12 scripts).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aizuchi::ground {

enum class Escape : uint8_t {
  none,           // as it is: plain text in a JSON answer, which the JSON writer escapes
  html,           // text between tags
  attribute,      // an attribute's value, quoted or not: everything but letters and digits of ASCII
  url_component,  // one path segment or query value: RFC 3986 unreserved characters stay
  header,         // a mail header or subject: one line, no control characters
  json_string,    // inside the quotes of a JSON or JavaScript string, also within <script>
  text,           // a chat or plain-text mail: lines and tabs stay, control characters go
};

void append_escaped(std::string& out, std::string_view text, Escape escape);
std::string escaped(std::string_view text, Escape escape);

// True when a link may lead there: http, https, mailto or tel, or a relative reference without a
// scheme. Judged as browsers read it: leading spaces and control characters, tabs and line breaks
// anywhere and the letter case are tricks; whoever uses them is refused. "//host" (another site
// under the page's scheme) and a backslash, which browsers read as a slash, are refused too.
bool safe_url(std::string_view url);

}  // namespace aizuchi::ground
