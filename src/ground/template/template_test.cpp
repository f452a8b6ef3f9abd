#include "ground/template/template.h"
#include "ground/template/escape.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "ground/base/json.h"

using namespace aizuchi::ground;

namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE_MESSAGE(in.good(), path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

Value json(std::string_view text) {
  auto value = parse_json(text);
  REQUIRE(value.has_value());
  return *value;
}

TemplateOptions with_everything(const TemplatePartials& partials) {
  return {.unescaped = TemplateOptions::Unescaped::allow, .partials = &partials};
}

TemplatePartials partials_of(const Value& test) {
  TemplatePartials partials;
  if (const Value* listed = test.find("partials"))
    for (const auto& [name, text] : listed->as_map()) partials[name.as_string()] = text.as_string();
  return partials;
}

std::string render(std::string_view text, const Value& data, Escape escape = Escape::html) {
  auto compiled = Template::compile(text);
  REQUIRE(compiled.has_value());
  auto out = compiled->render(ValueScope(data), escape);
  REQUIRE(out.has_value());
  return *out;
}

TemplateError error_of(std::string_view text, const TemplateOptions& options = {}) {
  auto compiled = Template::compile(text, options);
  REQUIRE_FALSE(compiled.has_value());
  REQUIRE_FALSE(compiled.error().empty());
  return compiled.error().front();
}

}  // namespace

TEST_CASE("Every required case of the Mustache specification gives the specification's text") {
  const auto folder = std::filesystem::path(AIZUCHI_ROOT) / "tests/conformance";
  size_t cases = 0;
  for (const char* module :
       {"comments", "delimiters", "interpolation", "inverted", "partials", "sections"}) {
    const Value suite = json(read_file(folder / "mustache" / (std::string(module) + ".json")));
    for (const Value& test : suite.find("tests")->as_list()) {
      CAPTURE(module);
      CAPTURE(test.find("name")->as_string());
      const TemplatePartials partials = partials_of(test);
      const auto compiled =
          Template::compile(test.find("template")->as_string(), with_everything(partials));
      REQUIRE(compiled.has_value());
      const auto out = compiled->render(ValueScope(*test.find("data")), Escape::html);
      REQUIRE(out.has_value());
      CHECK(*out == test.find("expected")->as_string());
      ++cases;
    }
  }
  CHECK(cases == 136);
}

TEST_CASE("A wording prints Japanese and numbers as people write them") {
  const Value data =
      json(R"({"名": "真理", "price": 1890.5, "cups": 5.0, "likes": ["浅煎り", "深煎り"]})");
  CHECK(render("{{名}}さん、{{likes}}", data) == "真理さん、浅煎り, 深煎り");
  CHECK(render("{{price}} {{cups}}", data) == "1890.5 5");
}

TEST_CASE("What a person typed is never run as a template or as markup") {
  const Value data = json(R"({"name": "{{secret}}<script>alert('x')</script>", "secret": "s"})");
  CHECK(render("{{name}}", data) == "{{secret}}&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
  CHECK(render("{{name}}", json(R"({"name": "a\r\nBcc: b@example.com"})"), Escape::header) ==
        "a Bcc: b@example.com");
}

TEST_CASE("A section speaks of a value that is there, zero included, and not of an empty one") {
  const Value data = json(R"({"zero": 0, "empty": "", "none": [], "no": false, "map": {}})");
  CHECK(render("{{#zero}}{{zero}}{{/zero}}{{#map}}m{{/map}}", data) == "0m");
  CHECK(render("{{#empty}}x{{/empty}}{{#none}}x{{/none}}{{#no}}x{{/no}}{{#gone}}x{{/gone}}", data)
            .empty());
  CHECK(render("{{^empty}}a{{/empty}}{{^none}}b{{/none}}{{^gone}}c{{/gone}}", data) == "abc");
}

TEST_CASE("The engine refuses unescaped output and partials, and says where") {
  for (const char* text : {"line\n名 {{{x}}}", "line\n名 {{&x}}", "line\n名 {{& x }}"}) {
    const TemplateError error = error_of(text);
    CHECK(error.line == 2);
    CHECK(error.column == 3);
    CHECK(error.message == "unescaped output is not allowed here: write {{x}}");
  }
  CHECK(error_of("{{> header}}").message ==
        "partials are not allowed here: write the text of 'header' out");
}

TEST_CASE("A template with mistakes says each of them, in order") {
  const auto compiled = Template::compile("{{a b}}\n{{#x}}{{/y}}\n{{/z}}{{}}\n{{#open}}{{$ in}}");
  REQUIRE_FALSE(compiled.has_value());
  const auto& errors = compiled.error();
  REQUIRE(errors.size() == 6);
  CHECK(errors[0].message.starts_with("'a b' is not a name"));
  CHECK(errors[1].message == "'y' is closed, but the open section is 'x' of line 2");
  CHECK(errors[2].message == "section 'z' is closed but was not opened");
  CHECK(errors[3].message == "this tag has no name");
  CHECK(errors[3].column == 7);
  CHECK(errors[4].message.starts_with("template inheritance is not supported"));
  CHECK(errors[5].message == "section 'open' is never closed: add {{/open}}");
  CHECK((errors[5].line == 4 && errors[5].column == 1));
}

TEST_CASE("Broken tags are compile errors, never text shown to a person") {
  CHECK(error_of("Hello {{name").message == "this tag is never closed: '}}' is missing");
  CHECK(error_of("{{=<% %>").message == "this tag is never closed: '=}}' is missing");
  CHECK(error_of("{{=<%=}}").message.starts_with("delimiters are two words"));
  CHECK(error_of("{{= a b c =}}").message.starts_with("delimiters are two words"));
  CHECK(error_of("{{a..b}}").message.starts_with("'a..b' is not a name"));
  CHECK(error_of("{{.a}}").message.starts_with("'.a' is not a name"));
  CHECK(error_of("{{#" + std::string(300, 'a') + "}}").message == "a name has 256 bytes at most");
  CHECK(error_of("\xff").message == "the text is not valid UTF-8");
  CHECK(error_of(std::string(65'537, 'x')).message ==
        "the text has 65537 bytes; 65536 are allowed");
  const TemplatePartials partials = {{"p", "{{#x}}"}};
  CHECK(error_of("{{>p}}", with_everything(partials)).message ==
        "in partial 'p': section 'x' is never closed: add {{/x}}");
  CHECK(
      error_of("{{>*p}}", with_everything(partials)).message.starts_with("the name of a partial"));
}

TEST_CASE("The names a wording reads are known before anyone is shown it") {
  const TemplatePartials partials = {{"p", "{{facts.age}}"}};
  const auto compiled = Template::compile(
      "{{facts.job}} {{#cart}}{{name}} {{.}}{{^gift}}{{facts.job}}{{/gift}}{{/cart}}{{!no}}{{>p}}",
      with_everything(partials));
  REQUIRE(compiled.has_value());
  const std::vector<std::string> want = {"cart", "facts.age", "facts.job", "gift", "name"};
  CHECK(std::vector<std::string>(compiled->names().begin(), compiled->names().end()) == want);
  const auto reads = compiled->reads();
  REQUIRE(reads.size() == 5);
  CHECK((reads[0].name == "facts.job" && reads[0].section.empty()));
  CHECK((reads[2].name == "name" && reads[2].section == "cart" && reads[2].column == 24));
  CHECK((reads[4].name == "facts.job" && reads[4].section == "cart"));
}

TEST_CASE("A template sees only what its scope lets it see [P1]") {
  struct Admitted final : Scope {
    const Value* find(std::string_view name) const override {
      asked.emplace_back(name);
      return name == "facts.taste" ? &taste : nullptr;
    }
    Value taste = Value("浅煎り");
    mutable std::vector<std::string> asked;
  };
  const auto compiled = Template::compile("{{facts.taste}}{{facts.health}}{{#facts}}x{{/facts}}");
  REQUIRE(compiled.has_value());
  const Admitted scope;
  CHECK(compiled->render(scope, Escape::html).value() == "浅煎り");
  CHECK(scope.asked == std::vector<std::string>{"facts.taste", "facts.health", "facts"});
}

TEST_CASE("A rendering always ends: size, steps and depth are bounded") {
  const Value data = json(R"({"l": [1,2,3,4,5,6,7,8,9,10], "t": "0123456789"})");
  const auto run = [&](std::string_view text, TemplateOptions options) {
    const auto compiled = Template::compile(text, options);
    REQUIRE(compiled.has_value());
    return compiled->render(ValueScope(data), Escape::html);
  };
  CHECK(run("{{t}}{{t}}", {.output_bytes_max = 20}).has_value());
  const auto long_text = run("{{t}}{{t}}!", {.output_bytes_max = 20});
  REQUIRE_FALSE(long_text.has_value());
  CHECK(long_text.error().code == ErrorCode::too_large);
  CHECK(long_text.error().message == "a rendered template passed its bound of size (20 bytes)");
  std::string nested;
  for (int i = 0; i < 8; ++i) nested += "{{#l}}";
  for (int i = 0; i < 8; ++i) nested += "{{/l}}";
  CHECK(run(nested, {}).error().message.ends_with("steps (100000)"));
  const TemplatePartials partials = {{"p", "{{>p}}"}};
  CHECK(run("{{>p}}", with_everything(partials)).error().message.ends_with("depth (16)"));
  std::string deep;
  for (int i = 0; i < 17; ++i) deep += "{{#t}}";
  CHECK(error_of(deep).message == "sections may stand 16 deep within each other at most");
}
