#include "ground/catalog/yaml_edit.h"

#include <doctest/doctest.h>

using namespace aizuchi::ground;
using namespace aizuchi::ground::catalog;

namespace {

std::string edited(std::string_view yaml, const std::vector<TextEdit>& edits) {
  const auto out = edit_texts(yaml, "f.yaml", edits);
  return out ? *out : "error: " + out.error().message;
}

}  // namespace

TEST_CASE("A text is changed and everything around it stays as it was written") {
  const std::string_view yaml =
      "# 挨拶\n"
      "- id: a   # the first\n"
      "  say:\n"
      "    ja: {title: 紙は、触って。, cta: \"見る, 取る\", href: /a}   # on the shelf\n"
      "    en: {title: Paper first,   cta: 'it''s'}\n";
  CHECK(edited(yaml, {{{"0", "say", "ja", "title"}, "紙を選ぶ"},
                      {{"0", "say", "ja", "cta"}, "取り寄せる"},
                      {{"0", "say", "en", "cta"}, "don't"}}) ==
        "# 挨拶\n"
        "- id: a   # the first\n"
        "  say:\n"
        "    ja: {title: 紙を選ぶ, cta: \"取り寄せる\", href: /a}   # on the shelf\n"
        "    en: {title: Paper first,   cta: 'don''t'}\n");
}

TEST_CASE("A text that would mean something else without quotes gets them") {
  for (const char* text : {"a, b",   "yes: no",     "# not a comment",
                           "[list]", "{map}",       "why?",
                           "- item", "null",        "~",
                           "",       " spaces ",    "\"quoted\"",
                           "it's",   "back\\slash", "*star",
                           "&and",   "line\nline",  "tab\there",
                           "100%",   "@x",          "=1+1",
                           "@"}) {
    const std::string out = edited("a: {b: x, c: y}\n", {{{"a", "b"}, text}});
    const auto tree = parse_yaml(out, "f.yaml");
    REQUIRE_MESSAGE(tree.has_value(), out);
    CHECK(node_at(*tree, {"a", "b"})->text == text);
    CHECK(node_at(*tree, {"a", "c"})->text == "y");
  }
}

TEST_CASE("Block texts stay blocks, folded plain lines become one") {
  CHECK(edited("a:\n  b: |\n    one\n    two\n\n  c: x\n", {{{"a", "b"}, "three\n\nfour\n"}}) ==
        "a:\n  b: |\n    three\n\n    four\n\n  c: x\n");
  CHECK(edited("a:\n  b: >-\n    one\n    two\n  c: x\n", {{{"a", "b"}, "three"}}) ==
        "a:\n  b: |-\n    three\n  c: x\n");
  CHECK(edited("a:\n  b: one\n    two\n  c: x\n", {{{"a", "b"}, "three"}}) ==
        "a:\n  b: three\n  c: x\n");
  CHECK(edited("a: \"one\n  two\"\n", {{{"a"}, "three"}}) == "a: \"three\"\n");
}

TEST_CASE("A key that is not there yet is added at the end of its map") {
  CHECK(edited("a: {b: x}  # c\n", {{{"a", "c"}, "new, one"}}) ==
        "a: {b: x, c: \"new, one\"}  # c\n");
  CHECK(edited("a: {}\n", {{{"a", "c"}, "new"}}) == "a: {c: new}\n");
  CHECK(edited("a:\n  b: x   # of b\nd: y\n", {{{"a", "c"}, "new"}}) ==
        "a:\n  b: x   # of b\n  c: new\nd: y\n");
  CHECK(edited("a:\n  b: |\n    x\nd: y\n", {{{"a", "c"}, "new"}}) ==
        "a:\n  b: |\n    x\n  c: new\nd: y\n");
  CHECK(edited("a: {b: x}\n", {{{"a", "c"}, "1"}, {{"a", "d"}, "2"}, {{"a", "b"}, "0"}}) ==
        "a: {b: 0, c: 1, d: 2}\n");
}

TEST_CASE("Windows line ends and a byte order mark stay") {
  CHECK(edited("\xef\xbb\xbf"
               "a: x\r\nb: y\r\n",
               {{{"a"}, "new"}, {{"b"}, "other"}}) ==
        "\xef\xbb\xbf"
        "a: new\r\nb: other\r\n");
}

TEST_CASE("What cannot be changed alone is refused, and the file stays") {
  // An alias says the text of its anchor: changing one would change both.
  CHECK(edited("a: &x hello\nb: *x\n", {{{"a"}, "new"}}).starts_with("error:"));
  CHECK(edited("a: |+\n  x\n\nb: y\n", {{{"a"}, "new"}}).starts_with("error: f.yaml:1:4"));
  CHECK(edited("a: [\n", {{{"a"}, "new"}}).starts_with("error: f.yaml:"));
}

TEST_CASE("A rule that needs no quotes here is not touched by a change beside it") {
  const std::string_view yaml = "when: count('A', {'b': 'c'}) > 1\nsay: {en: New here? Start.}\n";
  CHECK(edited(yaml, {{{"say", "en"}, "Welcome"}}) ==
        "when: count('A', {'b': 'c'}) > 1\nsay: {en: Welcome}\n");
}
