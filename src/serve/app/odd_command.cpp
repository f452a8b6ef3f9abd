// odd: what people said feels odd, and how often; a use that it stopped for everybody is used
// again. At the data directory while the server is stopped, or at its admin door.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "ground/base/json.h"
#include "serve/app/commands.h"
#include "serve/partition/odd.h"

namespace aizuchi::serve {

using ground::Result;
using ground::Value;

namespace {

Result<std::string> list_there(const CommandOptions& options) {
  if (!options.server.empty()) return ask_at_server(options, "GET", "/admin/api/odd");
  const auto partition = TRY(open_data(options));
  Odd odd(*partition);
  const ground::Instant since = partition->clock().now();
  while (partition->snapshot() && !odd.looked(since)) {
    TRY(partition->healthy());
    partition->tick();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return odd.list_json();
}

Result<std::string> resume_there(const CommandOptions& options) {
  if (options.server.empty())
    return Odd(*TRY(open_data(options))).resume(options.argument, options.fact, "cli");
  const bool slot = options.argument.starts_with('@');
  ground::JsonWriter body;
  body.object().member(slot ? "slot" : "item", options.argument.substr(slot ? 1 : 0));
  body.member("fact", options.fact).end_object();
  return ask_at_server(options, "POST", "/admin/api/odd:resume", body.take());
}

std::string line_of(const Value& use) {
  const std::string item = member_text(use, "item");
  const std::string of = item.empty() ? "@" + member_text(use, "slot") : item;
  std::string out =
      fmt::format("{:<8} {} at {}: ", member_text(use, "state"), member_text(use, "fact"), of);
  const Value* people = use.find("people");
  const Value* met = use.find("met");
  const bool told = people != nullptr && !people->is_null() && met != nullptr && !met->is_null();
  out += told ? fmt::format("{} of {} who met it ({:.1f} %)", ground::to_display(*people),
                            ground::to_display(*met), 100 * use.find("share")->number_or(0))
              : "fewer than 20 people, and no count tells of them";
  if (const std::string at = member_text(use, "stoppedAt"); !at.empty()) out += "; stopped " + at;
  if (const std::string at = member_text(use, "resumedAt"); !at.empty())
    out += fmt::format("; used again {} by {}", at, member_text(use, "resumedBy"));
  return out;
}

}  // namespace

Outcome run_odd(const CommandOptions& options, Terminal& terminal) {
  const bool resume = options.command == "odd resume";
  const std::string answer = resume ? TRY(resume_there(options)) : TRY(list_there(options));
  if (options.json) {
    terminal.data(answer);
    return exit_ok;
  }
  const Value json = TRY(ground::parse_json(answer));
  if (resume) {
    terminal.data(line_of(json));
    return exit_ok;
  }
  const Value* uses = json.find("uses");
  if (uses == nullptr || !uses->is(Value::Kind::list) || uses->as_list().empty()) {
    terminal.message("Nobody said that anything feels odd.");
    return exit_ok;
  }
  std::string stopped;
  for (const Value& use : uses->as_list()) {
    terminal.data(line_of(use));
    if (stopped.empty() && member_text(use, "state") == "stopped")
      stopped = fmt::format("aizuchi odd resume {}{} '{}'", use.find("item") == nullptr ? "@" : "",
                            member_text(use, use.find("item") == nullptr ? "slot" : "item"),
                            member_text(use, "fact"));
  }
  if (!stopped.empty()) terminal.next(stopped);
  return exit_ok;
}

}  // namespace aizuchi::serve
