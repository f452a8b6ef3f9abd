// import: lines of Segment-shaped JSON from a file into the data directory. A line that cannot be
// taken stops nothing: it is written to FILE.errors.csv with its line, column and what was
// expected. Consent comes in as "Consent Updated" events.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "ground/base/json.h"
#include "serve/app/commands.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

constexpr size_t batch_events = 500;

struct Row {
  uint64_t line = 0;
  uint64_t column = 1;
  std::string expected;
};

std::string csv_field(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

// Where in its line the parser stopped: its message ends with the byte it stopped at, if known.
uint64_t column_of(const std::string& message) {
  const size_t at = message.rfind("byte ");
  if (at == std::string::npos) return 1;
  return std::strtoull(message.c_str() + at + 5, nullptr, 10) + 1;
}

class Import {
 public:
  Import(Partition& partition, Key key, Terminal& terminal)
      : partition_(partition), key_(std::move(key)), terminal_(terminal) {}

  Result<void> read(std::istream& in, size_t bytes_whole) {
    std::string line;
    while (std::getline(in, line)) {
      ++lines;
      bytes_ += line.size() + 1;
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      take(line);
      if (batch_.events.size() >= batch_events) TRY(send());
      if (lines % 1000 == 0) terminal_.progress("import", bytes_, bytes_whole);
    }
    TRY(send());
    terminal_.end_progress();
    return {};
  }

  uint64_t lines = 0;
  Ingested total;
  std::vector<Row> wrong;

 private:
  void take(const std::string& line) {
    auto parsed = listen::parse_events(line, std::nullopt, partition_.clock().now());
    if (!parsed) {
      wrong.push_back({lines, column_of(parsed.error().message), parsed.error().message});
      return;
    }
    for (const auto& refused : parsed->refused) wrong.push_back({lines, 1, refused.message});
    for (auto& event : parsed->events) {
      batch_.events.push_back(std::move(event));
      line_of_.push_back(lines);
    }
  }
  Result<void> send() {
    if (batch_.events.empty()) return {};
    const Ingested done = TRY(partition_.ingest_and_wait(std::move(batch_), key_));
    total.accepted += done.accepted;
    total.duplicates += done.duplicates;
    total.no_basis += done.no_basis;
    for (const auto& refused : done.refused)
      wrong.push_back(
          {refused.index < line_of_.size() ? line_of_[refused.index] : 0, 1, refused.message});
    batch_ = {};
    line_of_.clear();
    partition_.tick();
    return {};
  }

  Partition& partition_;
  Key key_;
  Terminal& terminal_;
  listen::EventBatch batch_;
  std::vector<uint64_t> line_of_;  // of each event in the batch
  size_t bytes_ = 0;
};

Result<std::string> write_errors(const std::string& file, const std::vector<Row>& wrong) {
  const std::string path = (file == "-" ? std::string("import") : file) + ".errors.csv";
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << "line,column,expected\n";
  for (const Row& row : wrong)
    out << row.line << "," << row.column << "," << csv_field(row.expected) << "\n";
  out.flush();
  if (!out) return fail(ErrorCode::unavailable, fmt::format("{} cannot be written.", path));
  return path;
}

std::string summary_json(const Import& import) {
  ground::JsonWriter json;
  json.object().member("lines", import.lines);
  json.member("accepted", uint64_t{import.total.accepted});
  json.member("duplicates", uint64_t{import.total.duplicates});
  json.member("noBasis", uint64_t{import.total.no_basis});
  json.member("wrong", uint64_t{import.wrong.size()});
  return json.end_object().take();
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
  const auto partition = TRY(open_data(options));
  const auto snapshot = partition->snapshot();
  if (!snapshot)
    return fail(ErrorCode::not_found, "No brand folder is published in this data directory.",
                fmt::format("aizuchi apply DIR --data {}", options.data));
  if (snapshot->source(options.source) == nullptr) {
    std::string names;
    for (const auto& source : snapshot->sources) names += (names.empty() ? "" : ", ") + source.name;
    return fail(ErrorCode::not_found, fmt::format("There is no source {}.", options.source),
                fmt::format("sources.yaml has {}.", names));
  }
  Key key = operator_key(options.source);
  key.id = "import-" + options.source;  // a file that is imported again is a duplicate
  Import import(*partition, std::move(key), terminal);
  TRY(import.read(options.argument == "-" ? std::cin : file, bytes));
  TRY(partition->flush());
  if (options.json) terminal.data(summary_json(import));
  terminal.message(
      fmt::format("{} lines: {} accepted, {} known already, {} without a basis, {} "
                  "wrong",
                  import.lines, import.total.accepted, import.total.duplicates,
                  import.total.no_basis, import.wrong.size()));
  if (import.wrong.empty()) return exit_ok;
  terminal.message(fmt::format("What was wrong with each is in {}.",
                               TRY(write_errors(options.argument, import.wrong))));
  return exit_failed;
}

}  // namespace aizuchi::serve
