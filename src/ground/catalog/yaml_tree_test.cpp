#include "ground/catalog/yaml_tree.h"

#include <doctest/doctest.h>

#include "ground/catalog/yaml_quote.h"

namespace aizuchi::ground::catalog {

namespace {

std::string position(const Place& place) {
  return std::to_string(place.line) + ":" + std::to_string(place.column);
}

YamlError refused(std::string_view text, const YamlLimits& limits = {}) {
  const auto tree = parse_yaml(text, "x.yaml", limits);
  REQUIRE_FALSE(tree.has_value());
  return tree.error();
}

YamlNode read(std::string_view text) {
  const auto tree = parse_yaml(text, "x.yaml");
  INFO(text);
  REQUIRE(tree.has_value());
  return *tree;
}

}  // namespace

TEST_CASE("Every value knows where it stands, in characters, from 1") {
  const YamlNode root = read("a: 1\n名前: {ja: つむぎ, en: 'Tsumugi'}\nlist:\n  - x\n  - \"y\"\n");
  CHECK(root.entries[1].first.place.file == "x.yaml");
  CHECK(position(root.entries[1].first.place) == "2:1");
  const YamlNode& name = *root.find("名前");
  CHECK(position(name.place) == "2:5");
  CHECK(position(name.find("ja")->place) == "2:10");
  CHECK(position(name.find("en")->place) == "2:19");
  CHECK(name.find("en")->style == YamlNode::Style::quoted);
  CHECK(position(root.find("list")->items[1].place) == "5:5");
  CHECK(position(read("\xef\xbb\xbf"
                      "a: b\r\nc: d\r\n")
                     .find("c")
                     ->place) == "2:4");
}

TEST_CASE("A place within a text is a place within the file") {
  const YamlNode root =
      read("plain: abc def\nquoted: 'abc def'\nblock: |\n    one\n    two x\nlong: a\n  b c\n");
  CHECK(position(root.find("plain")->inside(1, 5)) == "1:12");
  CHECK(position(root.find("quoted")->inside(1, 5)) == "2:14");
  CHECK(position(root.find("block")->inside(2, 5)) == "5:9");
  CHECK(position(root.find("long")->inside(1, 5)) == "6:7");  // folded: its start
}

TEST_CASE("What hides the meaning of a file is refused where it stands") {
  CHECK(position(refused("a: 1\nb: 2\na: 3\n").place) == "3:1");
  CHECK(refused("a: 1\na: 3\n").text == "a");
  CHECK(position(refused("a: 1\n---\nb: 2\n").place) == "2:1");
  CHECK(refused("a: !!binary aGk=\n").expected.find("tags") != std::string::npos);
  CHECK(refused("a: &x {b: 1}\nc: {<<: *x}\n").text == "<<");
  CHECK(refused("? [1, 2]\n: x\n").expected.find("key") != std::string::npos);
  CHECK(refused("a: *nobody\n").place.line == 1);
  CHECK(refused("a: &x [*x]\n").place.line == 1);
  CHECK(refused("a: [1\nb: 2\n").place.line >= 1);
}

TEST_CASE("Bytes that are not text are refused by line") {
  CHECK(position(refused("a: 1\nb: \xff\n").place) == "2:0");
  CHECK(position(refused("a: 1\nb: x\x01y\n").place) == "2:5");
  CHECK(position(refused(std::string_view("a\0b: 1\n", 7)).place) == "1:2");
  CHECK(position(refused("a: \x04 b\n").place) == "1:4");  // where yaml-cpp would stop reading
}

TEST_CASE("An alias is its value again, and a bomb of aliases is refused") {
  CHECK(read("a: &x [1, 2]\nb: *x\n").find("b")->items.size() == 2);
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 8; ++j) bomb += ", " + before;
    bomb += "]\n";
  }
  CHECK(refused(bomb).expected.find("values") != std::string::npos);
  std::string fat = "a: &a " + std::string(1 << 16, 'x') + "\nb: [*a";
  for (int i = 0; i < 200; ++i) fat += ", *a";
  CHECK(refused(fat + "]\n").expected.find("bytes of text") != std::string::npos);
}

TEST_CASE("Depth and size are bounded") {
  CHECK(refused(std::string(40, '[') + std::string(40, ']')).expected.find("deeper") !=
        std::string::npos);
  refused(std::string(100'000, '['));
  refused(std::string(100'000, '{'));
  CHECK(refused("a: 12345678901234567890\n", {.bytes_max = 10}).place.line == 0);
}

TEST_CASE("An empty file is nothing, and so are ~ and null") {
  CHECK(read("").is(YamlNode::Kind::null));
  CHECK(read("# only a remark\n").is(YamlNode::Kind::null));
  const YamlNode root = read("a: ~\nb: null\nc:\nd: 'null'\n");
  CHECK(root.find("a")->is(YamlNode::Kind::null));
  CHECK(root.find("b")->is(YamlNode::Kind::null));
  CHECK(root.find("c")->is(YamlNode::Kind::null));
  CHECK(root.find("d")->text == "null");
}

TEST_CASE("A rule with a filter needs no quotes") {
  const YamlNode root =
      read("- when: count('Product Viewed', {'category': 'tea'}) > 1  # often\n  other: 'x: y'\n");
  const YamlNode& rule = *root.items[0].find("when");
  CHECK(rule.text == "count('Product Viewed', {'category': 'tea'}) > 1");
  CHECK(position(rule.place) == "1:9");
  CHECK(position(rule.inside(1, 30)) == "1:38");
  // Other keys keep YAML's rule.
  CHECK(refused("title: tea: green\n").expected.find("quotes") != std::string::npos);
}

TEST_CASE("A question within brackets needs no quotes") {
  const YamlNode root =
      read("{ja: なぜ?, en: New here? Start with these., href: /a?b=1, n: 'no?', z: [q?, r]}\n");
  CHECK(root.find("en")->text == "New here? Start with these.");
  CHECK(root.find("href")->text == "/a?b=1");
  CHECK(root.find("n")->text == "no?");
  CHECK(root.find("z")->items[0].text == "q?");
  CHECK(position(root.find("z")->items[1].place) == "1:76");
  CHECK(root.find("en")->style == YamlNode::Style::plain);
  CHECK(position(root.find("href")->inside(1, 3)) == "1:52");
}

TEST_CASE("Texts in blocks and in quotes stay as they are when a file is read again") {
  const YamlNode root = read(
      "a: |\n  when: x {'b': 1}\n  {q: why?}\nb: \"{why?\n  not}\"\nc: {d: why? so}\nwhen: {e: "
      "'f?'}\n");
  CHECK(root.find("a")->text == "when: x {'b': 1}\n{q: why?}\n");
  CHECK(root.find("b")->text == "{why? not}");
  CHECK(root.find("c")->find("d")->text == "why? so");
  CHECK(quote_plain_texts("a: b\nc: [d, e]\n").insertions.empty());
}

}  // namespace aizuchi::ground::catalog
