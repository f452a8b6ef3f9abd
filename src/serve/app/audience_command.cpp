// audiences: live counts, counts together, members; population: where everyone stands. At the data
// directory while the server is stopped, or at its admin door.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <thread>

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "serve/app/commands.h"
#include "serve/http/operator_json.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;

namespace {

// Where the answers come from: the JSON of the admin door either way.
struct Counts {
  std::unique_ptr<Partition> partition;
  ServerAddress server;

  Result<std::string> list() const {
    if (partition) return audiences_json(partition->audiences());
    return ask_server_json(server, "GET", "/admin/api/audiences");
  }
  Result<std::string> count(const std::string& of) const {
    if (partition) {
      const Value expression = TRY(ground::parse_json(of));
      return audience_count_json(TRY(partition->count_audiences(expression)));
    }
    return ask_server_json(server, "POST", "/admin/api/audiences:count", "{\"of\":" + of + "}");
  }
  Result<std::string> members(const std::string& name, const std::string& purpose,
                              uint64_t from) const {
    if (partition)
      return members_ndjson(
          TRY(partition->members(name, purpose, static_cast<uint32_t>(from), 1000)));
    return ask_server_json(
        server, "GET",
        fmt::format("/admin/api/audiences/{}/members?purpose={}&from={}", name, purpose, from));
  }
};

// A directory that nobody serves: what a server would do beside its work is done first.
Result<Counts> counts_of(const CommandOptions& options, Terminal& terminal) {
  if (!options.server.empty())
    return Counts{.partition = nullptr, .server = TRY(server_of(options))};
  Counts out{.partition = TRY(open_data(options)), .server = {}};
  if (!out.partition->snapshot())
    return fail(ErrorCode::not_found, "No brand folder is published in this data directory.",
                fmt::format("aizuchi apply DIR --data {}", options.data));
  while (true) {
    out.partition->tick();
    const AudienceList list = out.partition->audiences();
    if (list.progress == 1 && list.settling == 0) break;
    terminal.progress("counting", static_cast<size_t>(list.progress * 100), 100);
  }
  terminal.end_progress();
  return out;
}

std::string text_of(const Value& object, std::string_view name) {
  const Value* found = object.find(name);
  return found == nullptr ? "" : ground::to_display(*found);
}

std::string people_of(const Value& count) {
  const std::string state = text_of(count, "state");
  if (state == "filling") return "being counted";
  if (state == "of_the_question") return "asks about the question";
  if (state == "no_purpose") return "no purpose improve";
  const std::string people = text_of(count, "people");
  return people.empty() ? "fewer than " + text_of(count, "fewerThan") : people;
}

void print_row(Terminal& terminal, const std::string& name, const std::string& people,
               const std::string& title) {
  const std::string space = title.empty() ? "" : "  ";
  terminal.data(fmt::format("{:<28} {:>24}{}{}", name, people, space, title));
}

std::string together(std::string_view how, const std::vector<std::string>& names) {
  ground::JsonWriter json;
  json.object().key(how).array();
  for (const std::string& name : names) json.value(name);
  return json.end_array().end_object().take();
}

Outcome print_list(const Counts& counts, const CommandOptions& options, Terminal& terminal) {
  const std::string listed = TRY(counts.list());
  const Value json = TRY(ground::parse_json(listed));
  const Value* all = json.find("audiences");
  if (all == nullptr || !all->is(Value::Kind::list))
    return fail(ErrorCode::internal, "The answer holds no audiences.");
  std::vector<std::string> known;
  for (const Value& audience : all->as_list()) known.push_back(text_of(audience, "name"));
  for (const std::string& name : options.names)
    if (std::ranges::find(known, name) == known.end()) {
      const std::string meant = ground::nearest(name, known);
      return fail(ErrorCode::not_found, fmt::format("There is no audience {}.", name),
                  meant.empty() ? "" : fmt::format("Did you mean {}?", meant));
    }
  if (options.json && options.names.size() < 2) {
    terminal.data(listed);
    return exit_ok;
  }
  if (known.empty()) {
    terminal.message("The folder has no audiences: audiences.yaml names them.");
    return exit_ok;
  }
  if (options.json) {
    terminal.data(TRY(counts.count(together("all", options.names))));
    return exit_ok;
  }
  for (const Value& audience : all->as_list()) {
    const std::string name = text_of(audience, "name");
    if (options.names.empty() || std::ranges::find(options.names, name) != options.names.end())
      print_row(terminal, name, people_of(audience), text_of(audience, "title"));
  }
  if (options.names.size() >= 2)
    for (const char* how : {"all", "any"}) {
      const std::string counted = TRY(counts.count(together(how, options.names)));
      const Value count = TRY(ground::parse_json(counted));
      print_row(terminal, fmt::format("({} of them)", how), people_of(count), "");
    }
  if (const std::string settling = text_of(json, "settling"); settling != "0")
    terminal.message(fmt::format("The last events of {} people are not in it yet.", settling));
  return exit_ok;
}

Outcome export_members(const Counts& counts, const CommandOptions& options, Terminal& terminal) {
  if (options.names.size() != 1)
    return fail(ErrorCode::invalid, "An export is of one audience.",
                "aizuchi audiences NAME --export FILE --for PURPOSE");
  if (options.purpose.empty())
    return fail(ErrorCode::invalid, "What are the members wanted for?",
                "--for PURPOSE, one of purposes.yaml: only whom it may reach is exported.");
  std::ofstream file;
  const bool to_file = options.export_to != "-";
  size_t members = 0;
  for (uint64_t from = 0;;) {
    // The file is made when there is something to put into it.
    const std::string page = TRY(counts.members(options.names.front(), options.purpose, from));
    if (to_file && !file.is_open()) file.open(options.export_to, std::ios::binary);
    std::ostream& out = to_file ? static_cast<std::ostream&>(file) : std::cout;
    bool more = false;
    for (const std::string_view line : ground::split(page, '\n')) {
      if (line.empty()) continue;
      if (line.starts_with("{\"next\":")) {
        const Value next = TRY(ground::parse_json(line));
        from = static_cast<uint64_t>(next.find("next")->number_or(0));
        more = true;
        continue;
      }
      out << line << '\n';
      ++members;
    }
    if (!out.flush())
      return fail(ErrorCode::unavailable, fmt::format("{} cannot be written.", options.export_to));
    if (!more) break;
  }
  terminal.message(fmt::format("{} members whom {} may reach.", members, options.purpose));
  return exit_ok;
}

// The JSON of the admin door; at a directory what a server would do beside its work is done first.
Result<std::string> population_of(const CommandOptions& options, Terminal& terminal) {
  const std::string_view target =
      options.count_now ? "/admin/api/population:count" : "/admin/api/population";
  if (!options.server.empty())
    return ask_at_server(options, options.count_now ? "POST" : "GET", target);
  const auto partition = TRY(open_data(options));
  if (options.count_now) TRY(partition->count_population());
  while (partition->population().counting) {
    TRY(partition->healthy());  // a disk that takes no writes keeps no count
    partition->tick();
    terminal.progress("counting", static_cast<size_t>(partition->population().progress * 100), 100);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  terminal.end_progress();
  return population_json(partition->population());
}

std::string cut_points_of(const Value& scale) {
  const Value* points = scale.find("cutPoints");
  if (points == nullptr) return "";
  std::string out = "  cut at";
  for (const Value& point : points->as_list()) out += " " + ground::to_display(point);
  return out;
}

}  // namespace

Outcome run_population(const CommandOptions& options, Terminal& terminal) {
  const std::string answer = TRY(population_of(options, terminal));
  if (options.json) {
    terminal.data(answer);
    return exit_ok;
  }
  const Value json = TRY(ground::parse_json(answer));
  const Value* scales = json.find("scales");
  if (scales == nullptr || !scales->is(Value::Kind::list) || scales->as_list().empty()) {
    terminal.message("The folder has no scales: population.yaml names deciles and rfm.");
    return exit_ok;
  }
  for (const Value& scale : scales->as_list()) {
    const std::string people = text_of(scale, "people");
    const bool counted = text_of(scale, "state") == "counted";
    const std::string how = !counted         ? "not counted yet"
                            : people.empty() ? "fewer than " + text_of(scale, "fewerThan")
                                             : people + " people";
    print_row(terminal, text_of(scale, "name"), how,
              text_of(scale, "title") + cut_points_of(scale));
  }
  if (text_of(json, "version") != "0")
    terminal.message(fmt::format("Version {} of {}; the next is made at {}.",
                                 text_of(json, "version"), text_of(json, "at"),
                                 text_of(json, "next")));
  if (text_of(json, "counting") == "true")
    terminal.message("Everyone is being counted; look again in a moment.");
  return exit_ok;
}

Outcome run_audiences(const CommandOptions& options, Terminal& terminal) {
  const Counts counts = TRY(counts_of(options, terminal));
  return options.export_to.empty() ? print_list(counts, options, terminal)
                                   : export_members(counts, options, terminal);
}

}  // namespace aizuchi::serve
