#include <doctest/doctest.h>

#include <sstream>

#include "serve/tables/table_reader.h"
#include "serve/tables/table_writer.h"

using namespace aizuchi::serve;

namespace {

using Rows = std::vector<std::vector<std::string>>;

std::vector<TableRow> read(const std::string& bytes, TableForm form = {}) {
  std::istringstream in(bytes);
  TableReader reader(in, form);
  std::vector<TableRow> out;
  TableRow row;
  while (reader.next(row)) out.push_back(row);
  return out;
}

Rows cells(const std::string& bytes, TableForm form = {}) {
  Rows out;
  for (const TableRow& row : read(bytes, form)) out.push_back(row.cells);
  return out;
}

std::string cp932(std::string_view text) {
  return Encoding(Charset::cp932).encode(text).value();
}

std::string written(const Rows& rows, Charset charset) {
  TableWriter writer(charset);
  for (const auto& row : rows)
    REQUIRE(writer.row(row, "row", std::vector<std::string>(row.size(), "c")).has_value());
  return writer.take();
}

}  // namespace

TEST_CASE("Lines may end in CRLF, LF, CR or all of them, and a last line in nothing") {
  CHECK(cells("a,b\r\n1,2\n3,4\r5,6") == Rows{{"a", "b"}, {"1", "2"}, {"3", "4"}, {"5", "6"}});
  const auto rows = read("a,b\r\n\r\n\"x\r\ny\",2\r3,4\n");
  REQUIRE(rows.size() == 3);
  CHECK(rows[1].cells[0] == "x\ny");
  CHECK(rows[1].line == 3);
  CHECK(rows[2].line == 5);
}

TEST_CASE("Semicolons and tabs are seen in the first line, or said") {
  CHECK(cells("a;b;c\n1,5;2;3\n")[1] == std::vector<std::string>{"1,5", "2", "3"});
  CHECK(cells("a\tb\n1\t2\n")[1] == std::vector<std::string>{"1", "2"});
  CHECK(cells("a;b\n1;2\n", {Charset::utf8, ','})[0] == std::vector<std::string>{"a;b"});
}

TEST_CASE("A byte order mark is no text, and quotes hold what separates") {
  CHECK(cells("\xef\xbb\xbf\"a,\"\"b\"\"\",c\n") == Rows{{"a,\"b\"", "c"}});
  CHECK(cells("").empty());
  CHECK(cells("\xef\xbb\xbf").empty());
}

TEST_CASE("CP932 is read cell by cell, also where a character's second byte looks like a sign") {
  // 表 and ソ end in 0x5c, 構 in 0x5c; none of them ends a cell.
  const std::string bytes = cp932("氏名,職業\r\n表ソ構,営業①\r\n");
  CHECK(cells(bytes, {Charset::cp932, 0}) == Rows{{"氏名", "職業"}, {"表ソ構", "営業①"}});
}

TEST_CASE("A row that cannot be read is told with its line, and the next one is read") {
  const auto rows = read("a,b\n\"x\"y,1\nok,2\n\xff\xfe,3\nok,4\n");
  REQUIRE(rows.size() == 5);
  CHECK(rows[1].wrong.find("closing quote") != std::string::npos);
  CHECK(rows[1].line == 2);
  CHECK(rows[2].cells[0] == "ok");
  CHECK(rows[3].wrong.find("not utf-8") != std::string::npos);
  CHECK(rows[3].wrong_cell == 1);
  CHECK(rows[4].cells[1] == "4");
  CHECK(read("a\n\"never closed\n\n")[1].wrong.find("line 2") != std::string::npos);
}

TEST_CASE("What a spreadsheet would calculate is written as text, and comes back as it was") {
  for (const char* text : {"=1+1", "+81", "-5", "@x", "\tx", "\rx", "'", "'=1", "''", "＝SUM(A1)",
                           "＠x", "plain", "", "a=b"}) {
    const std::string guarded = guard_cell(text);
    CHECK(unguard_cell(guarded) == text);
    if (!guarded.empty()) CHECK(std::string("=+-@\t\r").find(guarded[0]) == std::string::npos);
  }
  CHECK(unguard_cell("'tis") == "'tis");  // an apostrophe of a person's own stays
}

TEST_CASE("A table that is written is the table that is read, in both encodings") {
  const Rows rows = {{"id", "title.ja"}, {"a", "紙は、\"触って\"\n選ぶ"}, {"b", " ; ,"}};
  CHECK(cells(written(rows, Charset::utf8)) == rows);
  CHECK(written(rows, Charset::utf8).starts_with("\xef\xbb\xbf"));
  CHECK(cells(written(rows, Charset::cp932), {Charset::cp932, 0}) == rows);
}

TEST_CASE("A character that CP932 lacks is named with its row and column") {
  TableWriter writer(Charset::cp932);
  const auto done = writer.row({"a", "珈琲☕"}, "item hero", {"id", "title.ja"});
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().message == "item hero, column title.ja: ☕ cannot be written in cp932.");
}

TEST_CASE(
    "Signs that CP932 has once and Unicode twice come back as their twin, and that is known") {
  Encoding encoding(Charset::cp932);
  CHECK(encoding.as_after("10〜12時 −5 ―") == "10～12時 －5 ―");
  CHECK(encoding.as_after("①髙﨑") == "①髙﨑");
  CHECK(encoding.as_after("café – ¥280") == "caf? ? ?280");  // what Excel makes of them
  CHECK(parse_charset("Shift_JIS").value() == Charset::cp932);
  CHECK_FALSE(parse_charset("euc-jp").has_value());
}
