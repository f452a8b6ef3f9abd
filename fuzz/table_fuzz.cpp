// Tables as somebody's spreadsheet wrote them, from any bytes: each row is read or told wrong with
// its line, in UTF-8 and in CP932, and what is read is written so that it is read again. Rows that
// a mapping takes become events that ingest takes. The first byte chooses encoding and form.
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "ground/catalog/mapping.h"
#include "listen/events/event.h"
#include "serve/tables/mapped_rows.h"
#include "serve/tables/table_writer.h"

using namespace aizuchi;

namespace {

constexpr const char* fixed_mapping = R"(
source: web
person: {user_id: id}
at: {column: day, format: "%Y/%m/%d"}
facts:
  t: {fact: t, values: {x: y}}
  n: n
  i: i
  b: b
  d: d
  m: m
  l: {fact: l, separator: "/"}
consents:
  c: {purpose: mail, yes: "1", no: "0"}
leave: [rest]
)";

struct Brand {
  ground::Vocabulary vocabulary;
  ground::Compiled compiled;
  ground::Mapping mapping;
  Brand() {
    ground::BrandFiles files;
    files.files = {
        {"brand.yaml", "brand: b\nname: B\nlocales: [en]\n"},
        {"creed.yaml", "axes: {quiet: {says: q, evidence: e}}\n"},
        {"purposes.yaml",
         "purposes: {layout: {basis: notice, says: l}, mail: {basis: consent, says: m}}\n"},
        {"contexts.yaml", "contexts: {browsing: {}, page: {shows: true, continues: [browsing]}}\n"},
        {"sources.yaml",
         "sources: {web: {context: browsing, purposes: [layout, mail], says: s}}\n"},
        {"facts.yaml", R"yaml(facts:
  t: {type: string, label: t, purposes: [layout]}
  n: {type: number, label: n, purposes: [layout]}
  i: {type: int, label: i, purposes: [layout]}
  b: {type: bool, label: b, purposes: [layout]}
  d: {type: date, label: d, purposes: [layout]}
  m: {type: email, label: m, purposes: [layout]}
  l: {type: list, label: l, purposes: [mail]}
)yaml"},
        {"slots/s.yaml", "slots: {s: {context: page, purpose: layout, fallback: base}}\n"},
        {"items/i.yaml", "- {id: base, slot: s, wordings: [{say: {t: hello}}]}\n"}};
    compiled = ground::compile_brand(files, vocabulary, 1);
    AIZ_ASSERT(compiled.snapshot != nullptr);
    auto read = ground::read_mapping(fixed_mapping, "m.yaml", *compiled.snapshot);
    AIZ_ASSERT(read.mapping.has_value());
    mapping = *std::move(read.mapping);
  }
};

void check(const serve::MappedRow& row) {
  AIZ_ASSERT(row.mistakes.empty() || row.events.empty());
  for (const serve::RowMistake& mistake : row.mistakes) AIZ_ASSERT(!mistake.expected.empty());
  for (const auto& event : row.events) {
    const std::string json = ground::to_json(event.json);
    AIZ_ASSERT(ground::valid_utf8(json));
    const auto taken = listen::parse_events(json, std::nullopt, ground::Instant{1'780'000'000'000});
    AIZ_ASSERT(taken.has_value() || taken.error().code == ground::ErrorCode::too_large);
  }
}

void write_again(const serve::TableRow& row, serve::Charset charset) {
  serve::TableWriter writer(charset);
  const std::vector<std::string> names(row.cells.size(), "c");
  if (!writer.row(row.cells, "row", names)) {
    AIZ_ASSERT(charset == serve::Charset::cp932);
    return;
  }
  std::istringstream in(writer.take());
  serve::TableReader reader(in, {.charset = charset, .separator = ','});
  serve::TableRow again;
  if (!reader.next(again)) return;  // without any text: skipped
  AIZ_ASSERT(again.wrong.empty());
  for (std::string& cell : again.cells) cell = serve::unguard_cell(cell);
  AIZ_ASSERT(again.cells.size() == row.cells.size());
  if (charset == serve::Charset::utf8) AIZ_ASSERT(again.cells == row.cells);
}

void read_table(const Brand& brand, const std::string& bytes, serve::TableForm form) {
  std::istringstream in(bytes);
  serve::TableReader reader(in, form);
  serve::TableRow row;
  serve::RowMapper mapper(brand.mapping, *brand.compiled.snapshot);
  bool mapped = false;
  uint64_t last = 0;
  for (size_t rows = 0; reader.next(row); ++rows) {
    AIZ_ASSERT(row.line >= last);
    last = row.line;
    AIZ_ASSERT(row.wrong.empty() || row.cells.empty());
    if (!row.wrong.empty()) continue;
    for (const std::string& cell : row.cells) AIZ_ASSERT(ground::valid_utf8(cell));
    write_again(row, form.charset);
    if (rows == 0)
      mapped = mapper.header(row.cells).has_value();
    else if (mapped)
      check(mapper.row(row.line, row.cells));
  }
}

void read_lines(const Brand& brand, std::string_view bytes) {
  const serve::RowMapper mapper(brand.mapping, *brand.compiled.snapshot);
  for (const std::string_view line : ground::split(bytes, '\n'))
    if (const auto object = ground::parse_json(line);
        object && object->is(ground::Value::Kind::map))
      check(mapper.row(1, *object));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Brand brand;
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  constexpr char separators[] = {0, ',', ';', '\t'};
  const serve::TableForm form{
      .charset = (data[0] & 1) != 0 ? serve::Charset::cp932 : serve::Charset::utf8,
      .separator = separators[data[0] >> 1 & 3]};
  switch (data[0] >> 3 & 3) {
    case 0:
      read_lines(brand, bytes);
      break;
    case 1: {
      const auto read = ground::read_mapping(bytes, "m.yaml", *brand.compiled.snapshot);
      AIZ_ASSERT(read.mapping.has_value() || !read.findings.empty());
      break;
    }
    default:
      read_table(brand, bytes, form);
  }
  return 0;
}
