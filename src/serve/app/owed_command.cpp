// owed: what is owed to whom, for staff: promises of ours that are overdue, complaints that nobody
// answered, answers that changed nothing in the time promised. At the data directory while the
// server is stopped, or at its admin door.
#include <fmt/format.h>

#include "ground/base/json.h"
#include "serve/app/commands.h"
#include "serve/partition/threads.h"

namespace aizuchi::serve {

using ground::Result;
using ground::Value;

namespace {

Result<std::string> owed_of(const CommandOptions& options) {
  if (!options.server.empty()) return ask_at_server(options, "GET", "/admin/api/owed");
  const auto partition = TRY(open_data(options));
  return Threads(*partition).owed_json_now();
}

std::string line_of(const Value& thread) {
  const std::string user = member_text(thread, "userId");
  std::string out = fmt::format("  {} {}", user.empty() ? member_text(thread, "anonymousId") : user,
                                member_text(thread, "kind"));
  for (const std::string_view name : {"id", "topic"})
    if (const std::string text = member_text(thread, name); !text.empty()) out += " " + text;
  const std::string due = member_text(thread, "due");
  out += due.empty() ? "  since " + member_text(thread, "opened") : "  due " + due;
  if (const std::string owner = member_text(thread, "owner"); !owner.empty()) out += "  " + owner;
  return out;
}

// False where there is nothing of it.
bool print_list(const Value& owed, std::string_view name, std::string_view title,
                Terminal& terminal) {
  const Value* list = owed.find(name);
  if (list == nullptr || !list->is(Value::Kind::list) || list->as_list().empty()) return false;
  terminal.data(terminal.bold(std::string(title)));
  for (const Value& one : list->as_list())
    terminal.data(name == "giveBacks"
                      ? fmt::format("  {}: {} answers", member_text(one, "question"),
                                    member_text(one, "overdue"))
                      : line_of(one));
  return true;
}

}  // namespace

Outcome run_owed(const CommandOptions& options, Terminal& terminal) {
  const std::string text = TRY(owed_of(options));
  if (options.json) {
    terminal.data(text);
    return exit_ok;
  }
  const Value owed = TRY(ground::parse_json(text));
  bool any =
      print_list(owed, "promises", "Promises overdue: nothing is sold to these people", terminal);
  any = print_list(owed, "complaints", "Complaints open: nothing is sold to these people",
                   terminal) ||
        any;
  any = print_list(owed, "giveBacks", "Answers that changed nothing in the time promised",
                   terminal) ||
        any;
  const Value* at = owed.find("at");
  if (at == nullptr || at->is_null())
    terminal.message("Everyone is looked at now; ask again in a moment.");
  else if (!any)
    terminal.message("Nothing is owed to anyone.");
  return exit_ok;
}

}  // namespace aizuchi::serve
