// import: events from a file, into the data directory or to a running server. Lines of
// Segment-shaped JSON as they are, or any table by a mapping file. A row that cannot be taken stops
// nothing: it is written to FILE.errors.csv with its line, column and what was expected.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "ground/catalog/snapshot.h"
#include "serve/app/import_sink.h"
#include "serve/tables/mapped_rows.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

constexpr size_t batch_events = 500;
constexpr size_t rows_shown = 5;  // of a dry run

// Where in its line the parser stopped: its message ends with the byte it stopped at, if known.
std::string column_of(const std::string& message) {
  const size_t at = message.rfind("byte ");
  if (at == std::string::npos) return "1";
  return std::to_string(std::strtoull(message.c_str() + at + 5, nullptr, 10) + 1);
}

// Events on their way, a batch a source, each with the line it came from.
class Outbox {
 public:
  Outbox(ImportSink* sink, MistakeFile& mistakes) : sink_(sink), mistakes_(mistakes) {}

  void add(listen::EventBatch events, uint64_t line, const std::string& source) {
    for (const auto& refused : events.refused) mistakes_.add(line, "1", refused.message);
    Waiting& waiting = by_source_[source];
    for (auto& event : events.events) {
      waiting.batch.events.push_back(std::move(event));
      waiting.lines.push_back(line);
    }
  }
  Result<void> send_when_full() {
    for (auto& [source, waiting] : by_source_)
      if (waiting.lines.size() >= batch_events) TRY(send(source, waiting));
    return {};
  }
  Result<void> send_all() {
    for (auto& [source, waiting] : by_source_) TRY(send(source, waiting));
    return {};
  }
  Ingested total;

 private:
  struct Waiting {
    listen::EventBatch batch;
    std::vector<uint64_t> lines;
  };
  Result<void> send(const std::string& source, Waiting& waiting) {
    const Waiting out = std::exchange(waiting, {});
    if (out.lines.empty()) return {};
    if (sink_ == nullptr) {  // a dry run
      total.accepted += out.lines.size();
      return {};
    }
    const Ingested done = TRY(sink_->send(out.batch, source));
    total.accepted += done.accepted;
    total.duplicates += done.duplicates;
    total.no_basis += done.no_basis;
    for (const auto& refused : done.refused)
      mistakes_.add(refused.index < out.lines.size() ? out.lines[refused.index] : 0, "1",
                    refused.message);
    return {};
  }

  ImportSink* sink_;
  MistakeFile& mistakes_;
  std::map<std::string, Waiting> by_source_;
};

// A file on its way in, from either kind of rows.
struct Import {
  const CommandOptions& options;
  Terminal& terminal;
  std::istream& in;
  size_t bytes_whole;
  MistakeFile mistakes;
  Outbox outbox;
  uint64_t lines = 0;

  Import(const CommandOptions& o, Terminal& t, std::istream& stream, size_t bytes, ImportSink* sink)
      : options(o),
        terminal(t),
        in(stream),
        bytes_whole(bytes),
        mistakes(o.argument),
        outbox(sink, mistakes) {}

  void progress(uint64_t bytes) {
    if (++lines % 1000 == 0) terminal.progress("import", bytes, bytes_whole);
  }
};

ground::Instant now() {
  return ground::SystemClock().now();
}

Result<void> read_lines(Import& import, const std::string& source) {
  std::string line;
  uint64_t bytes = 0;
  while (std::getline(import.in, line)) {
    bytes += line.size() + 1;
    import.progress(bytes);
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    auto parsed = listen::parse_events(line, std::nullopt, now());
    if (parsed)
      import.outbox.add(*std::move(parsed), import.lines, source);
    else
      import.mistakes.add(import.lines, column_of(parsed.error().message), parsed.error().message);
    TRY(import.outbox.send_when_full());
  }
  return {};
}

std::string in_all_languages(const ground::Text& text) {
  std::vector<std::string> said;
  for (const std::string& one : text.by_locale)
    if (std::ranges::find(said, one) == said.end()) said.push_back(one);
  return fmt::format("{}", fmt::join(said, " / "));
}

// What a source gives to everything that comes from it, in words.
std::string source_line(const ground::Source& source, const ground::Snapshot& brand) {
  std::vector<std::string> purposes;
  for (const auto& purpose : brand.purposes)
    if (source.purposes.has(purpose.id)) purposes.push_back(purpose.name);
  const ground::Context* context = brand.context(source.context);
  return fmt::format("{} – {}, in {}, for {}  ({})", in_all_languages(source.says),
                     to_string(source.method.value_or(ground::Method::stated)),
                     context == nullptr ? "?" : context->name, fmt::join(purposes, ", "),
                     source.name);
}

void show(const MappedRow& row, uint64_t line, const ground::Snapshot& brand, Terminal& terminal) {
  terminal.data(terminal.bold(fmt::format("line {}", line)));
  for (const MappedFact& fact : row.facts) {
    terminal.data(fmt::format("  {} = {}   {}", fact.fact, fact.text,
                              in_all_languages(brand.fact(fact.fact)->label)));
    terminal.data(fmt::format("      {}", source_line(*brand.source(fact.source), brand)));
  }
  for (const auto& event : row.events)
    if (const auto* name = event.json.find("event"))
      terminal.data(fmt::format("  {} {}", ground::to_display(*name),
                                ground::to_json(*event.json.find("properties"))));
  for (const RowMistake& mistake : row.mistakes)
    terminal.data(terminal.red(fmt::format("  {}: {}", mistake.column, mistake.expected)));
}

// Rows by a mapping.
class MappedImport {
 public:
  MappedImport(Import& import, const ground::Mapping& mapping, const ground::Snapshot& brand)
      : import_(import), mapping_(mapping), brand_(brand), rows_(mapping, brand) {}

  Result<void> read() {
    const bool by_name = mapping_.form == ground::Mapping::Form::by_name;
    const std::string& file = import_.options.argument;
    const bool lines = by_name ? file.ends_with(".ndjson") || file.ends_with(".jsonl")
                               : mapping_.form == ground::Mapping::Form::ndjson;
    return lines ? read_ndjson() : read_csv();
  }

 private:
  Result<void> read_csv() {
    TableReader table(import_.in, {TRY(parse_charset(mapping_.encoding)), mapping_.separator});
    TableRow row;
    if (!table.next(row)) return fail(ErrorCode::invalid, "The file is empty.");
    if (!row.wrong.empty())
      return fail(ErrorCode::invalid, fmt::format("The first line cannot be read: {}.", row.wrong),
                  "encoding: in the mapping is utf-8 or cp932.");
    TRY(rows_.header(row.cells));
    if (!rows_.not_taken().empty())
      import_.terminal.message(fmt::format("Not taken, for the mapping does not name them: {}",
                                           fmt::join(rows_.not_taken(), ", ")));
    while (table.next(row)) {
      import_.progress(table.bytes_read());
      if (row.wrong.empty())
        TRY(take(rows_.row(row.line, row.cells), row.line));
      else
        import_.mistakes.add(row.line, row.wrong_cell == 0 ? "" : std::to_string(row.wrong_cell),
                             row.wrong);
    }
    return {};
  }
  Result<void> read_ndjson() {
    std::string line;
    uint64_t bytes = 0;
    while (std::getline(import_.in, line)) {
      bytes += line.size() + 1;
      import_.progress(bytes);
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      const auto json = ground::parse_json(line);
      if (json)
        TRY(take(rows_.row(import_.lines, *json), import_.lines));
      else
        import_.mistakes.add(import_.lines, column_of(json.error().message), json.error().message);
    }
    return {};
  }
  Result<void> take(const MappedRow& row, uint64_t line) {
    if (import_.options.dry_run && shown_++ < rows_shown) show(row, line, brand_, import_.terminal);
    for (const RowMistake& mistake : row.mistakes)
      import_.mistakes.add(mistake.line, mistake.column, mistake.expected);
    for (const auto& event : row.events)
      import_.outbox.add(TRY(listen::read_events(event.json, std::nullopt, now())), line,
                         event.source);
    return import_.outbox.send_when_full();
  }

  Import& import_;
  const ground::Mapping& mapping_;
  const ground::Snapshot& brand_;
  RowMapper rows_;
  size_t shown_ = 0;
};

Result<ground::Mapping> mapping_of(const CommandOptions& options, const ground::Snapshot& brand,
                                   const ImportSink* sink, Terminal& terminal) {
  const std::string text = TRY(read_text_file(options.mapping));
  ground::ReadMapping read = ground::read_mapping(text, options.mapping, brand);
  for (const auto& finding : read.findings) terminal.message(ground::format_finding(finding));
  if (!read.mapping)
    return fail(ErrorCode::invalid, fmt::format("{} has mistakes.", options.mapping),
                "docs/cli.md has an example; nothing has been imported.");
  const std::string only = sink == nullptr ? "" : sink->only_source();
  for (const auto& column : read.mapping->columns)
    if (!only.empty() && column.source != only)
      return fail(ErrorCode::invalid,
                  fmt::format("The mapping brings in facts from {}; the key's source is {}.",
                              column.source, only),
                  "A server takes a key's events as from its source: use a key of that source, or "
                  "one mapping a source.");
  return *std::move(read.mapping);
}

std::string known_sources(const ground::Snapshot& brand, std::string_view mistyped = {}) {
  std::vector<std::string> names;
  for (const auto& source : brand.sources) names.push_back(source.name);
  const std::string meant = mistyped.empty() ? "" : ground::nearest(mistyped, names);
  return fmt::format("{}{}", fmt::join(names, ", "),
                     meant.empty() ? "" : fmt::format("; did you mean {}?", meant));
}

// The source of lines that are events: --source, which a server's key says itself.
Result<std::string> source_of(const CommandOptions& options, const ImportSink& sink) {
  const std::string only = sink.only_source();
  if (!only.empty() && !options.source.empty() && options.source != only)
    return fail(ErrorCode::invalid,
                fmt::format("--source is {}; the key's source is {}.", options.source, only),
                "Leave --source out, or use a key of that source.");
  if (!only.empty()) return only;
  if (options.source.empty())
    return fail(ErrorCode::invalid, "Where do these events come from?",
                fmt::format("Add --source with one of {}.", known_sources(*sink.brand())));
  if (sink.brand()->source(options.source) == nullptr)
    return fail(ErrorCode::not_found, fmt::format("There is no source {}.", options.source),
                fmt::format("sources.yaml has {}.", known_sources(*sink.brand(), options.source)));
  return options.source;
}

Result<std::shared_ptr<const ground::Snapshot>> brand_of(const CommandOptions& options,
                                                         const ImportSink* sink) {
  if (sink != nullptr && sink->brand()) return sink->brand();
  if (options.brand.empty())
    return fail(ErrorCode::invalid, "A mapping at a server needs the brand folder here too.",
                "Add --brand DIR: it says which facts there are and what their values are.");
  ground::Vocabulary names;
  auto compiled = ground::compile_brand(TRY(ground::read_brand_folder(options.brand)), names, 1);
  if (!compiled.snapshot)
    return fail(ErrorCode::invalid, fmt::format("{} has mistakes.", options.brand),
                fmt::format("aizuchi check {}", options.brand));
  return compiled.snapshot;
}

std::string summary_json(const Import& import) {
  ground::JsonWriter json;
  json.object().member("lines", import.lines);
  json.member("accepted", uint64_t{import.outbox.total.accepted});
  json.member("duplicates", uint64_t{import.outbox.total.duplicates});
  json.member("noBasis", uint64_t{import.outbox.total.no_basis});
  json.member("wrong", import.mistakes.rows());
  return json.end_object().take();
}

Outcome conclude(Import& import) {
  Terminal& terminal = import.terminal;
  terminal.end_progress();
  if (import.options.json) terminal.data(summary_json(import));
  const Ingested& total = import.outbox.total;
  if (import.options.dry_run)
    terminal.message(
        fmt::format("{} lines: {} events would be sent, {} mistakes; nothing has been "
                    "imported.",
                    import.lines, total.accepted, import.mistakes.rows()));
  else
    terminal.message(fmt::format(
        "{} lines: {} accepted, {} known already, {} without a basis, {} wrong", import.lines,
        total.accepted, total.duplicates, total.no_basis, import.mistakes.rows()));
  if (import.mistakes.rows() == 0) return exit_ok;
  terminal.message(fmt::format("What was wrong with each is in {}.", TRY(import.mistakes.close())));
  return exit_failed;
}

Result<std::unique_ptr<ImportSink>> sink_of(const CommandOptions& options) {
  if (options.dry_run && !options.brand.empty()) return nullptr;
  return options.server.empty() ? data_sink(options) : server_sink(options);
}

}  // namespace

Outcome run_import(const CommandOptions& options, Terminal& terminal) {
  std::ifstream file;
  size_t bytes = 0;
  if (options.argument != "-") {
    file.open(options.argument, std::ios::binary);
    std::error_code unknown;
    bytes = std::filesystem::file_size(options.argument, unknown);
    if (!file || unknown)
      return fail(ErrorCode::not_found, fmt::format("{} cannot be read.", options.argument));
  }
  if (options.dry_run && options.mapping.empty())
    return fail(ErrorCode::invalid, "--dry-run shows what a mapping makes of a file.",
                "Add --mapping FILE.");
  if (options.data.empty() && options.server.empty() && !options.dry_run)
    return fail(ErrorCode::invalid, "import needs --data or --server.",
                "With --dry-run, --brand DIR is enough.");
  const auto sink = TRY(sink_of(options));
  Import import(options, terminal, options.argument == "-" ? std::cin : file, bytes,
                options.dry_run ? nullptr : sink.get());
  if (options.mapping.empty()) {
    const std::string source = TRY(source_of(options, *sink));
    TRY(read_lines(import, source));
  } else {
    const auto brand = TRY(brand_of(options, sink.get()));
    const ground::Mapping mapping = TRY(mapping_of(options, *brand, sink.get(), terminal));
    TRY(MappedImport(import, mapping, *brand).read());
  }
  TRY(import.outbox.send_all());
  if (sink) TRY(sink->finish());
  return conclude(import);
}

}  // namespace aizuchi::serve
