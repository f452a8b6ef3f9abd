// stop, start, products, said, threads: what acts between two publishes.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <sstream>

#include "ground/base/json.h"
#include "ground/catalog/snapshot.h"
#include "serve/app/commands.h"
#include "serve/http/operator_json.h"
#include "serve/partition/threads.h"
#include "serve/tables/table_reader.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;

namespace {

std::string stop_body(const Stop& stop) {
  ground::JsonWriter json;
  json.object().member(to_string(stop.kind), stop.name);
  if (!stop.why.empty()) json.member("why", stop.why);
  return json.end_object().take();
}

Result<std::string> stop_there(const CommandOptions& options, const Stop& wanted, bool lift) {
  if (!options.server.empty())
    return ask_at_server(options, "POST", lift ? "/admin/api/starts" : "/admin/api/stops",
                         stop_body(wanted));
  const auto partition = TRY(open_data(options));
  if (!lift) return stop_json(TRY(partition->stop(wanted)));
  return stop_json(TRY(partition->start(wanted.kind, wanted.name, wanted.by)));
}

Outcome list_stops(const CommandOptions& options, Terminal& terminal) {
  std::string listed;
  if (options.server.empty()) {
    const auto partition = TRY(open_data(options));
    listed = stops_json(partition->stops());
  } else {
    listed = TRY(ask_at_server(options, "GET", "/admin/api/stops"));
  }
  if (options.json) {
    terminal.data(listed);
    return exit_ok;
  }
  const Value json = TRY(ground::parse_json(listed));
  const Value* stops = json.find("stops");
  if (stops == nullptr || !stops->is(Value::Kind::list) || stops->as_list().empty()) {
    terminal.message("Nothing is stopped.");
    return exit_ok;
  }
  for (const Value& stop : stops->as_list()) terminal.data(stop_line(stop));
  return exit_ok;
}

// One row of the feed and the line it stands on.
struct FeedRow {
  uint64_t line = 0;
  std::string json;
};

struct FeedFile {
  std::vector<FeedRow> rows;
  std::vector<std::string> wrong;  // "line 3: …"
};

// A cell as the JSON it stands for: an empty one says nothing, "null" takes the folder's word.
void write_cell(ground::JsonWriter& json, const std::string& name, const std::string& cell) {
  if (cell.empty()) return;
  const auto value = name == "id" ? std::nullopt : std::optional(ground::parse_json(cell));
  json.key(name);
  if (value && *value && !(*value)->is(Value::Kind::map) && !(*value)->is(Value::Kind::list))
    json.raw(cell);
  else
    json.value(cell);
}

FeedFile read_csv(std::istream& in) {
  FeedFile out;
  TableReader table(in, {});
  TableRow row;
  std::vector<std::string> head;
  while (table.next(row)) {
    if (head.empty() && row.wrong.empty()) {
      head = row.cells;
      continue;
    }
    if (!row.wrong.empty() || row.cells.size() > head.size()) {
      out.wrong.push_back(
          fmt::format("line {}: {}", row.line,
                      row.wrong.empty() ? "more cells than the first line has" : row.wrong));
      continue;
    }
    ground::JsonWriter json;
    json.object();
    for (size_t i = 0; i < row.cells.size(); ++i) write_cell(json, head[i], row.cells[i]);
    out.rows.push_back({row.line, json.end_object().take()});
  }
  return out;
}

FeedFile read_ndjson(std::istream& in) {
  FeedFile out;
  std::string line;
  for (uint64_t n = 1; std::getline(in, line); ++n) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (const auto json = ground::parse_json(line))
      out.rows.push_back({n, line});
    else
      out.wrong.push_back(fmt::format("line {}: {}", n, json.error().message));
  }
  return out;
}

// Rows in calls of a thousand, to wherever they go.
class FeedTarget {
 public:
  explicit FeedTarget(const CommandOptions& options) : options_(options) {}
  Result<void> open() {
    if (options_.server.empty()) partition_ = TRY(open_data(options_));
    return {};
  }
  Result<Value> send(std::string_view rows) {
    const std::string body = fmt::format(R"({{"products":[{}]}})", rows);
    std::string answer;
    if (partition_) {
      const Value json = TRY(ground::parse_json(body));
      answer = fed_json(TRY(partition_->feed_products_and_wait(*json.find("products"))));
    } else {
      answer = TRY(ask_at_server(options_, "PUT", "/v1/products:batch", body));
    }
    return ground::parse_json(answer);
  }

 private:
  const CommandOptions& options_;
  std::unique_ptr<Partition> partition_;
};

constexpr size_t rows_at_once = 1'000;

Result<uint64_t> send_all(const CommandOptions& options, FeedFile& file) {
  FeedTarget target(options);
  TRY(target.open());
  uint64_t accepted = 0;
  for (size_t from = 0; from < file.rows.size(); from += rows_at_once) {
    const size_t until = std::min(file.rows.size(), from + rows_at_once);
    std::string rows;
    for (size_t i = from; i < until; ++i) rows += (i > from ? "," : "") + file.rows[i].json;
    const Value answer = TRY(target.send(rows));
    if (const Value* n = answer.find("accepted"))
      accepted += static_cast<uint64_t>(n->number_or(0));
    const Value* refused = answer.find("refused");
    if (refused == nullptr || !refused->is(Value::Kind::list)) continue;
    for (const Value& row : refused->as_list()) {
      const Value* index = row.find("index");
      const size_t at = from + static_cast<size_t>(index == nullptr ? 0 : index->number_or(0));
      file.wrong.push_back(fmt::format("line {}: {}: {}",
                                       at < file.rows.size() ? file.rows[at].line : 0,
                                       member_text(row, "id"), member_text(row, "message")));
    }
  }
  return accepted;
}

}  // namespace

std::string stop_line(const Value& stop) {
  std::string line = fmt::format("{} {} {}  since {} by {}",
                                 stop.find("liftedAt") == nullptr ? "stopped" : "lifted ",
                                 member_text(stop, "kind"), member_text(stop, "name"),
                                 member_text(stop, "at"), member_text(stop, "by"));
  if (const std::string why = member_text(stop, "why"); !why.empty()) line += ": " + why;
  if (stop.find("liftedAt") != nullptr)
    line += fmt::format("  (lifted {} by {})", member_text(stop, "liftedAt"),
                        member_text(stop, "liftedBy"));
  return line;
}

Outcome run_stop(const CommandOptions& options, Terminal& terminal) {
  if (options.command == "stop list") return list_stops(options, terminal);
  const bool lift = options.command.starts_with("start");
  const Stop wanted{
      .kind = options.command.ends_with("channel") ? StopKind::channel : StopKind::item,
      .name = options.argument,
      .by = "cli",
      .why = options.why};
  const std::string answer = TRY(stop_there(options, wanted, lift));
  const Value stop = TRY(ground::parse_json(answer));
  terminal.data(options.json ? answer : stop_line(stop));
  if (!lift) terminal.next(fmt::format("aizuchi start {} {}", to_string(wanted.kind), wanted.name));
  return exit_ok;
}

Outcome run_products(const CommandOptions& options, Terminal& terminal) {
  const std::string text = TRY(read_text_file(options.argument));
  std::istringstream in(text);
  FeedFile file = options.argument.ends_with(".csv") ? read_csv(in) : read_ndjson(in);
  const uint64_t accepted = TRY(send_all(options, file));
  if (options.json) {
    ground::JsonWriter json;
    json.object().member("accepted", accepted).key("wrong").array();
    for (const std::string& wrong : file.wrong) json.value(wrong);
    terminal.data(json.end_array().end_object().take());
  } else {
    for (const std::string& wrong : file.wrong) terminal.data(wrong);
  }
  terminal.message(fmt::format("{} products accepted, {} rows wrong", accepted, file.wrong.size()));
  return file.wrong.empty() ? exit_ok : exit_failed;
}

namespace {

struct Told {
  uint64_t accepted = 0, duplicates = 0;
  std::vector<std::pair<size_t, std::string>> refused;  // index, why
  std::vector<std::string> unknown;
};

Result<Told> tell_server(const CommandOptions& options, const std::string& rows) {
  const std::string answer =
      TRY(ask_at_server(options, "POST", "/v1/" + options.command,
                        fmt::format(R"({{"{}":{}}})", options.command, rows)));
  const Value json = TRY(ground::parse_json(answer));
  const auto number = [](const Value& in, std::string_view name) {
    const Value* found = in.find(name);
    return found == nullptr ? uint64_t{0} : static_cast<uint64_t>(found->number_or(0));
  };
  Told out{.accepted = number(json, "accepted"), .duplicates = number(json, "duplicates")};
  if (const Value* refused = json.find("refused"); refused != nullptr)
    for (const Value& row : refused->as_list())
      out.refused.emplace_back(number(row, "index"), member_text(row, "message"));
  if (const Value* unknown = json.find("unknown"); unknown != nullptr)
    for (const Value& name : unknown->as_list()) out.unknown.push_back(ground::to_display(name));
  return out;
}

Result<Told> tell_data(const CommandOptions& options, const std::string& rows) {
  const auto partition = TRY(open_data(options));
  const auto snapshot = partition->snapshot();
  if (!snapshot || snapshot->sources.empty())
    return fail(ErrorCode::not_found, "No brand folder is published in this data directory.",
                fmt::format("aizuchi apply DIR --data {}", options.data));
  const Value json = TRY(ground::parse_json(rows));
  Partition::SaidTask task = TRY(options.command == "said" ? partition->begin_said(json)
                                                           : Threads(*partition).begin(json));
  const Key key =
      operator_key(options.source.empty() ? snapshot->sources.front().name : options.source);
  const Ingested done = TRY(partition->ingest_and_wait(std::move(task.events), key));
  TRY(partition->flush());
  Told out{.accepted = done.accepted, .duplicates = done.duplicates};
  for (const auto& row : done.refused) out.refused.emplace_back(row.index, row.message);
  out.unknown = std::move(task.unknown);
  return out;
}

}  // namespace

Outcome run_said(const CommandOptions& options, Terminal& terminal) {
  std::istringstream in(TRY(read_text_file(options.argument)));
  std::string rows, line;
  std::vector<uint64_t> line_of;
  for (uint64_t n = 1; std::getline(in, line); ++n) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (const auto json = ground::parse_json(line); !json)
      return fail(ErrorCode::invalid, fmt::format("line {}: {}", n, json.error().message),
                  "Nothing has been taken.");
    rows += (rows.empty() ? "" : ",") + line;
    line_of.push_back(n);
  }
  const std::string list = fmt::format("[{}]", rows);
  const Told told =
      options.server.empty() ? TRY(tell_data(options, list)) : TRY(tell_server(options, list));
  for (const auto& [index, why] : told.refused)
    terminal.data(fmt::format("line {}: {}", index < line_of.size() ? line_of[index] : 0, why));
  for (const std::string& name : told.unknown)
    terminal.message(fmt::format("{} is not in the live folder; it is kept all the same.", name));
  terminal.message(fmt::format("{} accepted, {} known already, {} wrong", told.accepted,
                               told.duplicates, told.refused.size()));
  return told.refused.empty() ? exit_ok : exit_failed;
}

}  // namespace aizuchi::serve
