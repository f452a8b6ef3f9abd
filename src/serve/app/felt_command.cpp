// felt: whether people feel understood, by layer and slot, and where something is uneasy. At the
// data directory while the server is stopped, or at its admin door.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "ground/base/json.h"
#include "serve/app/commands.h"
#include "serve/partition/felt.h"

namespace aizuchi::serve {

using ground::Result;
using ground::Value;

namespace {

Result<std::string> felt_there(const CommandOptions& options) {
  if (!options.server.empty()) return ask_at_server(options, "GET", "/admin/api/felt");
  const auto partition = TRY(open_data(options));
  Felt felt(*partition);
  const ground::Instant since = partition->clock().now();
  while (partition->snapshot() && !felt.looked(since)) {
    TRY(partition->healthy());
    partition->tick();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return felt.results_json();
}

double number_of(const Value& object, std::string_view name) {
  const Value* found = object.find(name);
  return found == nullptr ? 0 : found->number_or(0);
}

std::string line_of(const std::string& of, const Value& group) {
  const std::string people = member_text(group, "people");
  if (people.empty() || people == "null")
    return fmt::format("{}: fewer than 20 people, and nothing tells of them", of);
  std::string out = fmt::format("{}: {} people", of, people);
  if (const Value* mean = group.find("understood"))
    out += fmt::format("; understood {:.2f} ({:.2f} to {:.2f})", number_of(*mean, "mean"),
                       number_of(*mean, "low"), number_of(*mean, "high"));
  if (const Value* uneasy = group.find("uneasy"))
    out +=
        fmt::format("; uneasy {:.1f} % ({:.1f} to {:.1f} %){}", 100 * number_of(*uneasy, "share"),
                    100 * number_of(*uneasy, "low"), 100 * number_of(*uneasy, "high"),
                    member_text(*uneasy, "alert") == "true" ? "  ! over 5 %" : "");
  return out;
}

}  // namespace

Outcome run_felt(const CommandOptions& options, Terminal& terminal) {
  const std::string answer = TRY(felt_there(options));
  if (options.json) {
    terminal.data(answer);
    return exit_ok;
  }
  const Value json = TRY(ground::parse_json(answer));
  if (member_text(json, "on") != "true") {
    terminal.message("Nobody is asked: brand.yaml has no felt: {purpose: …}.");
    return exit_ok;
  }
  if (const Value* all = json.find("all")) terminal.data(line_of("all", *all));
  const Value* groups = json.find("groups");
  if (groups != nullptr && groups->is(Value::Kind::list))
    for (const Value& group : groups->as_list())
      terminal.data(line_of(
          fmt::format("{} at {}", member_text(group, "layer"), member_text(group, "slot")), group));
  terminal.message("Of the last 90 days, from 1 to 7, with 95 % intervals.");
  return exit_ok;
}

}  // namespace aizuchi::serve
