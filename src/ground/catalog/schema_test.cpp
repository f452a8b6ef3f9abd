#include "ground/catalog/schema.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "ground/base/json.h"
#include "ground/catalog/parse.h"
#include "ground/catalog/schema_words.h"
#include "ground/catalog/shapes.h"

using namespace aizuchi::ground;
using namespace aizuchi::ground::catalog;

namespace {

BrandFiles brand(const char* folder) {
  const auto files = read_brand_folder(std::string(AIZUCHI_ROOT) + "/" + folder);
  REQUIRE(files.has_value());
  return *files;
}

std::set<std::string> keys_of(const Shapes::Keys& keys) {
  std::set<std::string> out;
  for (const KeyShape& key : keys) out.insert(key.key);
  return out;
}

const Value& member(const Value& value, std::string_view name) {
  const Value* found = value.find(name);
  REQUIRE_MESSAGE(found != nullptr, name);
  return *found;
}

Value schema(const char* name, const BrandFiles* of = nullptr) {
  const auto all = brand_schemas(of);
  const auto at = std::ranges::find(all, name, &SchemaFile::name);
  REQUIRE(at != all.end());
  const auto json = parse_json(at->json);
  REQUIRE_MESSAGE(json.has_value(), at->json);
  return *json;
}

}  // namespace

TEST_CASE("Every key that a parser reads has words, and no words are left over") {
  const Shapes shapes = parser_shapes();
  std::set<std::string> read;
  for (const auto& [what, keys] : shapes.by_kind())
    for (const KeyShape& key : keys) read.insert(what + "." + key.key);
  std::set<std::string> said;
  for (const KeyWords& words : key_words()) {
    CHECK_FALSE(words.en.empty());
    CHECK_FALSE(words.ja.empty());
    CHECK(said.insert(std::string(words.what) + "." + std::string(words.key)).second);
  }
  CHECK(read == said);
}

TEST_CASE("What the sample folders are made of is what the schemas are made from") {
  const Shapes shapes = parser_shapes();
  std::set<std::string> seen;
  for (const char* folder : {"demo/tsumugi", "examples/first-brand", "examples/grocery/brand"}) {
    const BrandFiles files = brand(folder);
    Shapes here;
    const Vocabulary nothing;
    Draft draft(files, nothing);
    draft.shapes = &here;
    parse_all(draft);
    for (const auto& [what, keys] : here.by_kind()) {
      const auto known = shapes.by_kind().find(what);
      REQUIRE_MESSAGE(known != shapes.by_kind().end(), what);
      CHECK_MESSAGE(keys_of(keys) == keys_of(known->second), what);
      for (const KeyShape& key : known->second)
        if (key.required)
          CHECK_MESSAGE(std::ranges::find(keys, key.key, &KeyShape::key)->required, what);
      seen.insert(what);
    }
  }
  CHECK(seen.size() > 15);
}

TEST_CASE("Every file of a brand folder has a schema that is JSON and refers to what it holds") {
  const auto all = brand_schemas(nullptr);
  CHECK(all.size() == 19);
  for (const SchemaFile& file : all) {
    const auto json = parse_json(file.json);
    REQUIRE_MESSAGE(json.has_value(), file.json);
    const Value& defs = member(*json, "$defs");
    constexpr std::string_view mark = "#/$defs/";
    for (size_t at = file.json.find(mark); at != std::string::npos;
         at = file.json.find(mark, at + 1)) {
      const size_t start = at + mark.size();
      member(defs, file.json.substr(start, file.json.find('"', start) - start));
    }
  }
}

TEST_CASE("A schema says what a key may be, what is needed, and in both languages what it is for") {
  const Value slots = schema("slots");
  const Value& slot = member(member(slots, "$defs"), "slot");
  CHECK(to_json(member(slot, "required")) == R"(["context","purpose","fallback"])");
  CHECK(to_json(member(slot, "additionalProperties")) == "false");
  const Value& shape = member(member(slot, "properties"), "shape");
  CHECK(to_json(member(shape, "enum")) == R"(["one","list","order"])");
  CHECK(member(shape, "description").as_string().find("並び順") != std::string::npos);
  const Value facts = schema("facts");
  CHECK(to_json(member(member(member(facts, "$defs"), "fact"), "required")) ==
        R"(["type","label"])");
}

TEST_CASE("With a brand at hand its own names are proposed and its languages asked for") {
  const BrandFiles files = brand("examples/first-brand");
  const Value facts = schema("facts", &files);
  const Value& defs = member(facts, "$defs");
  CHECK(to_json(member(defs, "name-of-purpose")).find(R"("enum":["layout","letter"])") !=
        std::string::npos);
  CHECK(to_json(member(defs, "text")).find(R"("required":["ja","en"])") != std::string::npos);
}
