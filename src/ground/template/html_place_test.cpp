#include <doctest/doctest.h>

#include "ground/base/json.h"
#include "ground/template/escape.h"
#include "ground/template/template.h"

using namespace aizuchi::ground;

namespace {

constexpr TemplateOptions html = {.markup = TemplateOptions::Markup::html};

std::string shown(std::string_view text, std::string_view x) {
  const auto compiled = Template::compile(text, html);
  REQUIRE_MESSAGE(compiled.has_value(), std::string(text));
  const Value data = Value::map({{Value("x"), Value(x)}});
  return compiled->render(ValueScope(data), Escape::none).value_or("too large");
}

std::string refused(std::string_view text) {
  const auto compiled = Template::compile(text, html);
  REQUIRE_FALSE_MESSAGE(compiled.has_value(), std::string(text));
  return compiled.error().front().message;
}

}  // namespace

TEST_CASE("In markup a value is text between tags and within quotes, whatever it holds") {
  CHECK(shown("<p title='{{x}}'>{{x}}</p>", "<b>'\"") ==
        "<p title='&lt;b&gt;&#39;&quot;'>&lt;b&gt;&#39;&quot;</p>");
  CHECK(shown("1 < 2 {{x}} <!-- <script> --> {{x}}", "<") == "1 < 2 &lt; <!-- <script> --> &lt;");
  CHECK(shown("<title>a <b {{x}}</title>{{x}}", "<") == "<title>a <b &lt;</title>&lt;");
  CHECK(shown("<script>if (a < b) {}</script><i>{{x}}</i>", "&") ==
        "<script>if (a < b) {}</script><i>&amp;</i>");
  CHECK(shown("<!DOCTYPE html><br/>{{x}}", "&") == "<!DOCTYPE html><br/>&amp;");
}

TEST_CASE("A link that is a value as a whole leads only where links may lead") {
  CHECK(shown("<a href=\"{{x}}\">", "https://example.com/?a=1&b=2") ==
        "<a href=\"https://example.com/?a=1&amp;b=2\">");
  CHECK(shown("<a href=\"{{x}}\">", "/shop/豆") == "<a href=\"/shop/豆\">");
  CHECK(shown("<a href=\"{{x}}\">", "JavaScript:alert(1)") == "<a href=\"#\">");
  CHECK(shown("<A HREF = '{{x}}'>", " javascript:alert(1)") == "<A HREF = '#'>");
  CHECK(shown("<img src=\"{{x}}\">", "data:text/html,x") == "<img src=\"#\">");
}

TEST_CASE("A value within a link cannot leave its part of it") {
  CHECK(shown("<a href=\"/p/{{x}}?q={{x}}\">", "a/../b?c#d\"") ==
        "<a href=\"/p/a%2F..%2Fb%3Fc%23d%22?q=a%2F..%2Fb%3Fc%23d%22\">");
  CHECK(shown("<a href=\"{{x}}{{x}}\">", "javascript:") == "<a href=\"#javascript%3A\">");
}

TEST_CASE("Where no escape is safe a value is refused when the template is compiled") {
  for (const char* text : {"<script>{{x}}</script>",
                           "<style>{{x}}</style>",
                           "<p style=\"{{x}}\">",
                           "<p onclick=\"f('{{x}}')\">",
                           "<p ONCLICK='{{x}}'>",
                           "<p class={{x}}>",
                           "<p class=a{{x}}>",
                           "<p {{x}}>",
                           "<{{x}}>",
                           "</{{x}}>",
                           "<p{{x}}>",
                           "<p a{{x}}=\"b\">",
                           "<!-- {{x}} -->",
                           "<!doctype {{x}}>",
                           "<a href=\"javascript:{{x}}\">",
                           "<a href=\"//{{x}}\">",
                           "<a href=\"data:{{x}}\">",
                           "<iframe srcdoc=\"{{x}}\">",
                           "<img srcset=\"{{x}} 2x\">",
                           "<meta http-equiv=\"refresh\" content=\"0;url={{x}}\">",
                           "<SCRIPT>'</scrip>{{x}}</SCRIPT>",
                           "<script a='>'>{{x}}</script>",
                           "<a href=\"java&#115;cript:{{x}}\">",
                           "<script><!--<script></script>{{x}}</script>"}) {
    CAPTURE(std::string_view(text));
    CHECK_FALSE(refused(text).empty());
  }
}

TEST_CASE("A section of markup ends where it began, and the text ends outside of all tags") {
  CHECK(shown("<p{{#x}} hidden{{/x}}>{{#x}}<b>{{x}}</b>{{/x}}</p>", "1") ==
        "<p hidden><b>1</b></p>");
  CHECK(shown("<p class=\"a{{#x}} b{{/x}}\">", "1") == "<p class=\"a b\">");
  CHECK(shown("<p {{#x}}hidden{{/x}} {{#x}}class=\"b\"{{/x}}>{{x}}", "1") ==
        "<p hidden class=\"b\">1");
  CHECK(shown("<a{{#x}} title=\"{{x}}\"{{/x}}/>", "1") == "<a title=\"1\"/>");
  CHECK(refused("<p {{#x}}on{{/x}}click=\"{{x}}\">").starts_with("section 'x' must end"));
  CHECK(
      refused("<p {{#x}}hidden{{/x}} =\"{{x}}\">").starts_with("no value may stand within a tag"));
  CHECK(refused("<p{{#x}}re{{/x}}>").starts_with("section 'x' must end"));
  CHECK(refused("<a href='{{#x}}{{.}}{{/x}}'>").starts_with("section 'x' must end"));
  CHECK(refused("{{#x}}<p {{/x}}>").starts_with("section 'x' must end where it begins"));
  CHECK(refused("<p class=\"{{#x}}a\"{{/x}}>").starts_with("section 'x' must end"));
  CHECK(refused("{{^x}}<script>{{/x}}").starts_with("section 'x' must end"));
  CHECK(refused("<p>{{x}}</p><a href=\"").starts_with("the markup ends within"));
}

TEST_CASE("An error in markup points at the name") {
  const auto compiled = Template::compile("<p>\n<a onclick=\"{{x}}\">", html);
  REQUIRE_FALSE(compiled.has_value());
  CHECK((compiled.error()[0].line == 2 && compiled.error()[0].column == 13));
  CHECK(compiled.error()[0].message ==
        "no value may stand in 'onclick': no escape makes it safe there");
}
