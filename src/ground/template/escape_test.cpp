#include "ground/template/escape.h"

#include <doctest/doctest.h>

#include <array>

#include "ground/base/json.h"
#include "ground/base/text.h"

using namespace aizuchi::ground;

namespace {

constexpr std::array all_escapes = {Escape::none,          Escape::html,   Escape::attribute,
                                    Escape::url_component, Escape::header, Escape::json_string,
                                    Escape::text};

std::string every_ascii() {
  std::string out;
  for (int c = 0; c < 128; ++c) out += static_cast<char>(c);
  return out;
}

}  // namespace

TEST_CASE("Text between tags cannot open a tag, an entity or an attribute") {
  CHECK(escaped(R"(<b>&"'`=)", Escape::html) == "&lt;b&gt;&amp;&quot;&#39;&#96;=");
  CHECK(escaped("日本語 ☕\n", Escape::html) == "日本語 ☕\n");
  CHECK(escaped(every_ascii(), Escape::html).find_first_of("<>\"'`") == std::string::npos);
}

TEST_CASE("An attribute's value cannot end, even without quotes around it") {
  const std::string out = escaped(every_ascii(), Escape::attribute);
  for (const char c : out) {
    const bool entity = c == '&' || c == '#' || c == ';';
    const bool letter = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    CHECK((entity || letter || static_cast<unsigned char>(c) >= 0x80));
  }
  CHECK(escaped("x onload=`y`", Escape::attribute) == "x&#x20;onload&#x3D;&#x60;y&#x60;");
  CHECK(escaped("青 a", Escape::attribute) == "青&#x20;a");
  CHECK(escaped("a\xe2\x80\xa8\xc2\x85", Escape::attribute) == "a\xef\xbf\xbd\xef\xbf\xbd");
}

TEST_CASE("A part of a URL holds unreserved characters only") {
  CHECK(escaped("a b/c?d=é&~.-_", Escape::url_component) == "a%20b%2Fc%3Fd%3D%C3%A9%26~.-_");
  CHECK(escaped(std::string_view("\0\r\n", 3), Escape::url_component) == "%00%0D%0A");
}

TEST_CASE("A subject line stays one line") {
  CHECK(escaped("a\r\nBcc: x", Escape::header) == "a Bcc: x");
  CHECK(escaped("a\xe2\x80\xa8"
                "b\xc2\x85"
                "c\tstop\x7f",
                Escape::header) == "abc stop");
  for (const char c : escaped(every_ascii(), Escape::header)) CHECK((c >= 0x20 && c != 0x7f));
}

TEST_CASE("A chat text keeps its lines and loses what cannot be seen") {
  CHECK(escaped("一\n二\t三\r\x1b[31m\xe2\x80\xae!", Escape::text) == "一\n二\t三[31m!");
}

TEST_CASE("A JSON string reads back the same and cannot close a script element") {
  const std::string text = every_ascii() + "</script><!--\xe2\x80\xa8\xe2\x80\xa9日本語";
  const std::string out = escaped(text, Escape::json_string);
  CHECK(out.find_first_of("<>&'") == std::string::npos);
  CHECK(out.find("\xe2\x80\xa8") == std::string::npos);
  const auto value = parse_json("\"" + out + "\"");
  REQUIRE(value.has_value());
  CHECK(value->as_string() == text);
}

TEST_CASE("Every escape gives valid UTF-8 for any bytes") {
  for (const Escape escape : all_escapes)
    for (int a = 0; a < 256; ++a)
      for (int b = 0; b < 256; ++b) {
        const std::string bytes = {static_cast<char>(a), static_cast<char>(b)};
        if (!valid_utf8(escaped(bytes, escape))) FAIL_CHECK("escape ", int(escape), " ", a, " ", b);
      }
  CHECK(escaped("a\xe3\x81", Escape::html) == "a\xef\xbf\xbd\xef\xbf\xbd");
}

TEST_CASE("A link leads to the web, a mail or a phone, or stays on the site") {
  for (const char* url : {"https://example.com/a?b=c:d", "HTTP://example.com",
                          "mailto:a@example.com", "tel:+81-3-0000-0000", "/shop/beans",
                          "beans?x=1:2", "#top", "?q=1", "./a:b", "https://例え.jp/豆"}) {
    CAPTURE(std::string_view(url));
    CHECK(safe_url(url));
  }
}

TEST_CASE("A link that could run something is refused, whatever it is dressed in") {
  for (const char* url : {"javascript:alert(1)",
                          "JaVaScRiPt:alert(1)",
                          " javascript:alert(1)",
                          "\tjavascript:alert(1)",
                          "java\nscript:alert(1)",
                          "java\tscript:alert(1)",
                          "\x01javascript:alert(1)",
                          "data:text/html,x",
                          "vbscript:x",
                          "file:///x",
                          "blob:x",
                          "about:blank",
                          "//evil.example",
                          "\\\\evil.example",
                          "/\\evil.example",
                          "https:evil.example",
                          "https:/evil.example",
                          "https:///evil.example",
                          "http://",
                          ":x",
                          "",
                          "javascript&colon;x:y",
                          "ｊavascript:x",
                          "mailto:",
                          "a b",
                          "\xff",
                          "https://a\r\nb"}) {
    CAPTURE(std::string_view(url));
    CHECK_FALSE(safe_url(url));
  }
}
