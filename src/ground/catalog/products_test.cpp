#include <doctest/doctest.h>

#include "ground/catalog/csv.h"
#include "ground/catalog/snapshot.h"
#include "ground/catalog/test_brand.h"

namespace aizuchi::ground::catalog {

namespace {

BrandFiles catalog(std::string_view path, std::string_view text) {
  BrandFiles files = small_brand();
  files.files.erase("products.csv");
  files.files[std::string(path)] = text;
  return files;
}

void refuses(std::string_view path, std::string_view text, std::string_view rule,
             std::string_view line_start) {
  const Checked brand = check(catalog(path, text));
  INFO(brand.all());
  CHECK_FALSE(brand.ok());
  CHECK(brand.has(rule, std::string(path) + ":" + std::string(line_start)));
}

std::vector<std::string> rows(std::string_view text) {
  CsvReader csv(text);
  std::vector<CsvField> row;
  std::vector<std::string> out;
  while (csv.next(row)) {
    std::string line = std::to_string(row[0].line);
    for (const CsvField& field : row) line += "|" + field.text;
    out.push_back(line);
  }
  if (!csv.error().empty()) out.push_back(csv.error());
  return out;
}

}  // namespace

TEST_CASE("CSV is read as spreadsheets write it") {
  using Rows = std::vector<std::string>;
  CHECK(rows("a,b\n1,2\n") == Rows{"1|a|b", "2|1|2"});
  CHECK(rows("a,b\r\n1,2") == Rows{"1|a|b", "2|1|2"});
  CHECK(rows("\xef\xbb\xbf"
             "a,\"b, \"\"c\"\"\"\n") == Rows{"1|a|b, \"c\""});
  CHECK(rows("\"two\nlines\",x\ny,z\n") == Rows{"1|two\nlines|x", "3|y|z"});
  CHECK(rows("a\n\n\r\nb,\n") == Rows{"1|a", "4|b|"});
  CHECK(rows("a,\"b\n") == Rows{"expected a closing quote"});
  CHECK(rows("\"a\"b,c\n").back().starts_with("expected ','"));
  CHECK(rows("").empty());
}

TEST_CASE("A product is read with everything the catalog says of it") {
  const Checked brand = check(small_brand());
  const Snapshot& s = *brand.compiled.snapshot;
  REQUIRE(s.products.size() == 2);
  const Product& kochere = *s.product("kochere");
  CHECK(kochere.name.in(s.locale("en")) == "Kochere");
  CHECK(kochere.price == 1480);
  CHECK(kochere.tags == std::vector<std::string>{"floral", "peach"});
  CHECK(kochere.values.size() == 2);
  CHECK(kochere.values[1].first == s.axis("makers")->id);
  CHECK(kochere.stock == 64);
  CHECK_FALSE(kochere.sensitive);
  const Product& trio = *s.product("trio");
  CHECK(trio.name.in(s.locale("en")) == "Trio, \"small\"");
  CHECK_FALSE(trio.stock.has_value());
  CHECK(trio.sensitive);
  CHECK(trio.until == *parse_instant("2026-07-01T00:00+09:00"));
  CHECK(s.products_in("light-roast").size() == 2);
  CHECK(s.products_in("none").empty());
  CHECK(kochere.key == item_key("product", "kochere"));
}

TEST_CASE("The same catalog as NDJSON is the same catalog") {
  const Checked brand = check(catalog(
      "products.ndjson",
      "{\"id\":\"kochere\",\"name\":{\"ja\":\"コチャレ\",\"en\":\"Kochere\"},\"price\":1480.5,"
      "\"tags\":[\"floral\"],\"axes\":{\"quiet\":0.7},\"stock\":64,\"sensitive\":false}\n\n"
      "{\"id\":\"trio\",\"name\":\"Trio\",\"stock\":null,\"tags\":[]}\n"));
  INFO(brand.all());
  REQUIRE(brand.ok());
  const Snapshot& s = *brand.compiled.snapshot;
  CHECK(s.product("kochere")->price == 1480.5);
  CHECK(s.product("kochere")->values[0].second == 0.7);
  CHECK(s.product("kochere")->tags.size() == 1);
  CHECK(s.product("trio")->name.in(s.locale("ja")) == "Trio");
}

TEST_CASE("A mistake in the catalog names its row and what was expected") {
  refuses("products.csv", "id,name,prize\na,A,1\n", "unknown-column", "1:9: ");
  refuses("products.csv", "id,name,price\na,A,1\nb,B,cheap\n", "wrong-value", "3:5: ");
  refuses("products.csv", "id,name,price\na,A\n", "wrong-row", "2:1: ");
  refuses("products.csv", "id,name\na,A\na,B\n", "duplicate-product", "3:1: ");
  refuses("products.csv", "name\nA\n", "missing-id", "1:1: ");
  refuses("products.csv", "id,name.ja\na,あ\n", "missing-locale", "2:1: ");
  refuses("products.csv", "id,name,url\na,A,javascript:alert(1)\n", "url-scheme", "2:5: ");
  refuses("products.csv", "id,name,axes\na,A,luxury:1\n", "unknown-axis", "2:5: ");
  refuses("products.csv", "id,name,axes\na,A,quiet\n", "wrong-value", "2:5: ");
  refuses("products.csv", "id,name,stock\na,A,-1\n", "wrong-value", "2:5: ");
  refuses("products.csv", "id,name,fits\na,A,b\n", "not-supported-yet", "1:9: ");
  refuses("products.csv", "id,name\na,\"A\n", "wrong-row", "3: ");
  refuses("products.csv", "id,name\na,A\xff\n", "not-utf8", "2: ");
  refuses("products.ndjson", "{\"id\":\"a\",\"name\":\"A\"}\n[1]\n", "wrong-row", "2:1: ");
  refuses("products.ndjson", "{\"id\":\"a\",\"name\":\"A\",\"prize\":1}\n", "unknown-column",
          "1:1: ");
  refuses("products.ndjson", "{\"id\":\"a\",\"name\":\"A\",\"tags\":{\"a\":1}}\n", "wrong-value",
          "1:1: ");
  BrandFiles both = small_brand();
  both.files["products.ndjson"] = "";
  CHECK(check(both).of("two-catalogs").size() == 1);
}

TEST_CASE("A column wrong in every row is told two hundred times and counted, not a thousand") {
  std::string text = "id,name,price\n";
  for (int i = 0; i < 1000; ++i) text += "p" + std::to_string(i) + ",P,cheap\n";
  const Checked brand = check(catalog("products.csv", text));
  CHECK(brand.of("wrong-value").size() == 201);
  CHECK(brand.of("wrong-value").back().expected.starts_with("and 800 more"));
}

}  // namespace aizuchi::ground::catalog
