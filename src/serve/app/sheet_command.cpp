// sheet export, sheet import: a brand folder's copy as a spreadsheet for an agency, and back.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "ground/catalog/sheet.h"
#include "serve/app/commands.h"
#include "serve/tables/table_reader.h"
#include "serve/tables/table_writer.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

namespace fs = std::filesystem;

// What stands before the texts and after them; to be read, but for the last, which tells a row that
// is out of date.
const std::vector<std::string> about_columns = {"item", "wording", "slot", "title in the team",
                                                "for",  "rule"};
constexpr std::string_view check_column = "check";

std::vector<std::string> columns_of(const ground::Sheet& sheet) {
  std::vector<std::string> out = about_columns;
  out.insert(out.end(), sheet.text_columns.begin(), sheet.text_columns.end());
  out.emplace_back(check_column);
  return out;
}

std::vector<std::string> cells_of(const ground::SheetRow& row, const ground::Sheet& sheet) {
  std::vector<std::string> out = {row.item,  row.wording,   row.slot,
                                  row.title, row.condition, row.rule};
  for (const std::string& column : sheet.text_columns) {
    const auto at = row.texts.find(column);
    out.push_back(at == row.texts.end() ? "" : at->second);
  }
  out.push_back(row.check);
  return out;
}

Result<void> write_whole(const fs::path& path, std::string_view bytes) {
  const fs::path beside = path.string() + ".new";
  std::ofstream out(beside, std::ios::binary | std::ios::trunc);
  out << bytes;
  out.close();
  std::error_code error;
  if (out) fs::rename(beside, path, error);
  if (!out || error)
    return fail(ErrorCode::unavailable, fmt::format("{} cannot be written.", path.string()));
  return {};
}

// UTF-8 where the bytes are, else CP932: there is no third thing that Excel saves.
Result<Charset> charset_of(const CommandOptions& options, std::string_view bytes) {
  if (!options.encoding.empty()) return parse_charset(options.encoding);
  return ground::valid_utf8(bytes) ? Charset::utf8 : Charset::cp932;
}

// The first line by the name of each column.
struct Header {
  std::vector<std::string> names;
  std::vector<size_t> texts;  // positions of the columns with texts
  size_t item = 0, wording = 0, check = 0;

  static Result<Header> read(const std::vector<std::string>& names) {
    Header out{.names = names, .texts = {}};
    const auto need = [&](std::string_view name) -> Result<size_t> {
      const auto at = std::ranges::find(names, name);
      if (at == names.end())
        return fail(
            ErrorCode::invalid, fmt::format("The sheet has no column {}.", name),
            "Keep the columns item, wording and check as `aizuchi sheet export` wrote them.");
      return static_cast<size_t>(at - names.begin());
    };
    out.item = TRY(need("item"));
    out.wording = TRY(need("wording"));
    out.check = TRY(need(check_column));
    for (size_t i = 0; i < names.size(); ++i)
      if (names[i] != check_column && !names[i].empty() &&
          std::ranges::find(about_columns, names[i]) == about_columns.end())
        out.texts.push_back(i);
    return out;
  }
  ground::ReturnedRow row(const TableRow& from) const {
    const auto cell = [&](size_t i) {
      return i < from.cells.size() ? unguard_cell(from.cells[i]) : std::string();
    };
    ground::ReturnedRow out{.name = fmt::format("line {}", from.line),
                            .item = cell(item),
                            .wording = cell(wording),
                            .check = cell(check),
                            .texts = {}};
    for (const size_t i : texts) out.texts[names[i]] = cell(i);
    return out;
  }
};

Result<std::vector<ground::ReturnedRow>> read_sheet(const std::string& bytes, Charset charset) {
  std::istringstream in(bytes);
  TableReader table(in, {charset, 0});
  TableRow row;
  if (!table.next(row)) return fail(ErrorCode::invalid, "The sheet is empty.");
  if (!row.wrong.empty())
    return fail(ErrorCode::invalid, fmt::format("The first line cannot be read: {}.", row.wrong),
                "Say --encoding utf-8 or --encoding cp932.");
  const Header header = TRY(Header::read(row.cells));
  std::vector<ground::ReturnedRow> out;
  while (table.next(row)) {
    if (!row.wrong.empty())
      return fail(ErrorCode::invalid, fmt::format("Line {}: {}.", row.line, row.wrong),
                  "Save the sheet as CSV again; nothing has been changed.");
    out.push_back(header.row(row));
  }
  return out;
}

void print_change(const ground::SheetChange& change, Terminal& terminal) {
  terminal.data(
      terminal.bold(fmt::format("{}:{}  {} / {}  {}", change.place.file, change.place.line,
                                change.item, change.wording, change.column)));
  if (!change.before.empty()) terminal.data(terminal.red("- " + change.before));
  terminal.data("+ " + change.after);
}

std::string changes_json(const ground::SheetOutcome& outcome) {
  ground::JsonWriter json;
  json.object().key("changes").array();
  for (const auto& change : outcome.changes)
    json.object()
        .member("file", change.place.file)
        .member("line", uint64_t{change.place.line})
        .member("item", change.item)
        .member("wording", change.wording)
        .member("column", change.column)
        .member("before", change.before)
        .member("after", change.after)
        .end_object();
  json.end_array().key("refused").array();
  for (const std::string& refusal : outcome.refusals) json.value(refusal);
  return json.end_array().end_object().take();
}

// A folder that was without mistakes stays so.
Result<void> still_valid(const ground::BrandFiles& before, const ground::BrandFiles& after,
                         Terminal& terminal) {
  ground::Vocabulary names, names_again;
  const auto was = ground::compile_brand(before, names, 1);
  const auto is = ground::compile_brand(after, names_again, 1);
  if (is.snapshot || !was.snapshot) return {};
  for (const auto& finding : is.findings)
    if (finding.severity == ground::Severity::error)
      terminal.message(ground::format_finding(finding));
  return fail(ErrorCode::invalid, "With these texts the folder would have mistakes.",
              "Correct them in the sheet; nothing has been changed.");
}

}  // namespace

Outcome run_sheet_export(const CommandOptions& options, Terminal& terminal) {
  const ground::BrandFiles files = TRY(ground::read_brand_folder(options.argument));
  const ground::Sheet sheet = TRY(ground::sheet_of(files));
  TableWriter table(TRY(parse_charset(options.encoding.empty() ? "utf-8" : options.encoding)));
  const std::vector<std::string> columns = columns_of(sheet);
  TRY(table.row(columns, "the first line", columns));
  size_t line = 1;
  std::string lost;
  for (const ground::SheetRow& row : sheet.rows) {
    const auto written = table.row(
        cells_of(row, sheet),
        fmt::format("row {} (item {}, wording {})", ++line, row.item, row.wording), columns);
    if (!written) lost += (lost.empty() ? "" : "\n") + written.error().message;
  }
  if (!lost.empty()) {
    terminal.message(lost);
    return fail(ErrorCode::invalid, "Some characters have no place in cp932; no sheet was written.",
                "Write others in their place, or use --encoding utf-8.");
  }
  TRY(write_whole(options.file, table.take()));
  terminal.message(fmt::format("{} wordings, {} columns of text, in {}.", sheet.rows.size(),
                               sheet.text_columns.size(), options.file));
  terminal.next(fmt::format("aizuchi sheet import {} {}", options.argument, options.file));
  return exit_ok;
}

Outcome run_sheet_import(const CommandOptions& options, Terminal& terminal) {
  const ground::BrandFiles files = TRY(ground::read_brand_folder(options.argument));
  const std::string bytes = TRY(read_text_file(options.file));
  const Charset charset = TRY(charset_of(options, bytes));
  const auto rows = TRY(read_sheet(bytes, charset));
  Encoding encoding(charset);
  const ground::SheetOutcome outcome = ground::merge_sheet(
      files, rows, [&](std::string_view text) { return encoding.as_after(text); });
  if (options.json)
    terminal.data(changes_json(outcome));
  else
    for (const auto& change : outcome.changes) print_change(change, terminal);
  if (!outcome.refusals.empty()) {
    for (const std::string& refusal : outcome.refusals) terminal.message(refusal);
    return fail(
        ErrorCode::invalid,
        fmt::format("The sheet cannot be taken: {} of its texts above.", outcome.refusals.size()),
        "Nothing has been changed.");
  }
  TRY(still_valid(files, outcome.files, terminal));
  size_t written = 0;
  for (const auto& [path, text] : outcome.files.files) {
    if (text == files.files.at(path)) continue;
    ++written;
    if (!options.dry_run) TRY(write_whole(fs::path(options.argument) / path, text));
  }
  const auto plural = [](size_t n, std::string_view what) {
    return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
  };
  terminal.message(fmt::format("{} {} in {}.", plural(outcome.changes.size(), "text"),
                               options.dry_run ? "would change" : "changed",
                               plural(written, "file")));
  if (written > 0 && !options.dry_run)
    terminal.next(fmt::format("aizuchi check {}", options.argument));
  return exit_ok;
}

}  // namespace aizuchi::serve
