// export: people, events, decisions, items or choices out of a data directory or a running server,
// as lines of JSON or as a table that is safe to open in a spreadsheet. A page at a time: memory is
// that of a page, whatever there is.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "serve/app/command_words.h"
#include "serve/app/commands.h"
#include "serve/tables/table_writer.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;

namespace {

using Cells = std::vector<std::string>;

struct Table {
  ExportKind kind;
  Cells columns;
  // One object as rows of the table.
  std::vector<Cells> (*rows)(const Value& object);
};

std::string cell(const Value& object, std::string_view name) {
  const Value* value = object.find(name);
  if (value == nullptr || value->is_null()) return "";
  return value->is(Value::Kind::map) ? ground::to_json(*value) : ground::to_display(*value);
}

const ground::ValueList& list(const Value& object, std::string_view name) {
  static const ground::ValueList none;
  const Value* value = object.find(name);
  return value != nullptr && value->is(Value::Kind::list) ? value->as_list() : none;
}

// The identifiers of one kind, with semicolons between.
std::string identifiers(const Value& person, std::string_view kind) {
  std::string out;
  for (const Value& one : list(person, "identifiers"))
    if (cell(one, "kind") == kind) out += (out.empty() ? "" : ";") + cell(one, "value");
  return out;
}

// A row a fact, with where it comes from; a person without facts is a row too.
std::vector<Cells> people_rows(const Value& person) {
  const Cells who = {cell(person, "id"), identifiers(person, "user_id"),
                     identifiers(person, "anonymous_id"), cell(person, "since")};
  std::vector<Cells> out;
  for (const Value& fact : list(person, "facts")) {
    Cells row = who;
    for (const char* name :
         {"fact", "value", "method", "context", "source", "notice", "purposes", "at", "expiresAt"})
      row.push_back(cell(fact, name));
    out.push_back(std::move(row));
  }
  if (out.empty()) {
    out.push_back(who);
    out.back().resize(who.size() + 9);
  }
  return out;
}

std::vector<Cells> event_rows(const Value& record) {
  const Value nothing;
  const Value* found = record.find("event");
  const Value& event = found == nullptr ? nothing : *found;
  const std::string details = cell(event, event.find("traits") ? "traits" : "properties");
  return {{cell(record, "sequence"), cell(record, "person"), cell(record, "at"),
           cell(record, "receivedAt"), cell(record, "source"), cell(event, "type"),
           cell(event, "event"), cell(event, "userId"), cell(event, "anonymousId"),
           cell(event, "messageId"), details}};
}

std::vector<Cells> decision_rows(const Value& decision) {
  std::vector<Cells> out;
  for (const Value& slot : list(decision, "slots")) {
    const Cells head = {cell(decision, "id"),     cell(decision, "at"), cell(decision, "version"),
                        cell(decision, "person"), cell(slot, "slot"),   cell(slot, "reason"),
                        cell(slot, "layer")};
    for (const Value& item : list(slot, "items")) {
      out.push_back(head);
      out.back().push_back(cell(item, "id"));
      out.back().push_back(cell(item, "variant"));
    }
    if (!list(slot, "items").empty()) continue;
    out.push_back(head);
    out.back().resize(head.size() + 2);
  }
  return out;
}

std::vector<Cells> choice_rows(const Value& choice) {
  Cells row;
  for (const char* name : {"decision", "at", "slot", "position", "item", "propensity", "reward",
                           "candidates", "uniform", "best", "layer", "version", "model"})
    row.push_back(cell(choice, name));
  std::string moment;
  for (const Value& feature : list(choice, "moment"))
    moment += (moment.empty() ? "" : ";") + ground::to_display(feature);
  row.push_back(moment);
  return {row};
}

std::vector<Cells> item_rows(const Value& item) {
  Cells row;
  for (const char* name :
       {"id", "title", "owner", "campaign", "layer", "intent", "status", "slots", "wordings"})
    row.push_back(cell(item, name));
  return {row};
}

const std::vector<Table>& tables() {
  static const std::vector<Table> all = {
      {ExportKind::people,
       {"person", "userId", "anonymousId", "since", "fact", "value", "method", "context", "source",
        "notice", "purposes", "at", "expiresAt"},
       people_rows},
      {ExportKind::events,
       {"sequence", "person", "at", "receivedAt", "source", "type", "event", "userId",
        "anonymousId", "messageId", "details"},
       event_rows},
      {ExportKind::decisions,
       {"decision", "at", "version", "person", "slot", "reason", "layer", "item", "variant"},
       decision_rows},
      {ExportKind::items,
       {"id", "title", "owner", "campaign", "layer", "intent", "status", "slots", "wordings"},
       item_rows},
      {ExportKind::choices,
       {"decision", "at", "slot", "position", "item", "propensity", "reward", "candidates",
        "uniform", "best", "layer", "version", "model", "moment"},
       choice_rows},
  };
  return all;
}

// Pages from either side.
class Pages {
 public:
  static Result<Pages> of(const CommandOptions& options, ExportKind kind) {
    Pages out;
    out.ask_ = {.kind = kind, .purpose = options.purpose};
    out.what_ = options.argument;
    if (options.server.empty())
      out.partition_ = TRY(open_data(options));
    else
      out.server_ = TRY(server_of(options));
    return out;
  }
  Result<ExportPage> next() {
    ExportPage page = TRY(partition_ ? partition_->export_page(ask_) : at_server());
    ask_.after = page.next;
    return page;
  }

 private:
  Result<ExportPage> at_server() {
    const std::string target =
        fmt::format("/v1/exports/{}?after={}&purpose={}", what_, ask_.after, ask_.purpose);
    ExportPage page;
    page.lines = TRY(ask_server_json(server_, "GET", target));
    constexpr std::string_view mark = "{\"next\":\"";
    const size_t end = page.lines.size() < 2 ? std::string::npos : page.lines.size() - 2;
    const size_t before = page.lines.rfind('\n', end);
    const size_t last = before == std::string::npos ? 0 : before + 1;
    const std::string_view line = std::string_view(page.lines).substr(last);
    if (line.starts_with(mark)) {
      page.next = line.substr(mark.size(), line.find('"', mark.size()) - mark.size());
      page.lines.resize(last);
    }
    page.rows = static_cast<size_t>(std::ranges::count(page.lines, '\n'));
    return page;
  }

  ExportAsk ask_;
  std::string what_;
  std::unique_ptr<Partition> partition_;
  ServerAddress server_;
};

Result<std::string> as_table(const Table& table, const std::string& lines, TableWriter& writer) {
  for (const std::string_view line : ground::split(lines, '\n')) {
    if (line.empty()) continue;
    const Value object = TRY(ground::parse_json(line));
    for (const Cells& row : table.rows(object)) TRY(writer.row(row, "a row", table.columns));
  }
  return writer.take();
}

Result<const Table*> table_of(const CommandOptions& options) {
  const auto kind = parse_export_kind(options.argument);
  if (!kind) {
    const std::string meant = ground::nearest(options.argument, option_choices("export", "WHAT"));
    return fail(ErrorCode::invalid, fmt::format("There is no export of {}.", options.argument),
                meant.empty() ? "There are people, events, decisions, items and choices."
                              : fmt::format("Did you mean {}?", meant));
  }
  return &*std::ranges::find(tables(), *kind, &Table::kind);
}

Result<bool> wants_csv(const CommandOptions& options) {
  const bool by_name = options.format.empty() && options.to.ends_with(".csv");
  if (by_name || options.format == "csv") return true;
  if (options.format.empty() || options.format == "ndjson") return false;
  return fail(ErrorCode::invalid, fmt::format("There is no format {}.", options.format),
              "Use ndjson or csv.");
}

// An id begins with chance, so that its place in the order says how far along it is.
void show_progress(Terminal& terminal, const std::string& next) {
  if (next.size() < 4) return;
  terminal.progress("export", std::strtoull(next.substr(0, 4).c_str(), nullptr, 16), 0xffff);
}

}  // namespace

Outcome run_export(const CommandOptions& options, Terminal& terminal) {
  const Table& table = *TRY(table_of(options));
  const bool csv = TRY(wants_csv(options));
  std::ofstream file;
  if (!options.to.empty()) {
    file.open(options.to, std::ios::binary | std::ios::trunc);
    if (!file)
      return fail(ErrorCode::unavailable, fmt::format("{} cannot be written.", options.to));
  }
  std::ostream& out = options.to.empty() ? std::cout : file;
  Pages pages = TRY(Pages::of(options, table.kind));
  TableWriter writer(Charset::utf8);
  if (csv) TRY(writer.row(table.columns, "the first line", table.columns));
  size_t rows = 0;
  for (bool more = true; more;) {
    ExportPage page = TRY(pages.next());
    rows += page.rows;
    out << (csv ? TRY(as_table(table, page.lines, writer)) : page.lines) << std::flush;
    if (!out) return fail(ErrorCode::unavailable, "The export could not be written to its end.");
    if (table.kind == ExportKind::people) show_progress(terminal, page.next);
    more = !page.next.empty();
  }
  terminal.message(fmt::format("{} {}{}", rows, options.argument,
                               options.to.empty() ? "" : fmt::format(" in {}", options.to)));
  return exit_ok;
}

}  // namespace aizuchi::serve
