// audit: who changed what, and whether the log of it is whole.
#include <fmt/format.h>

#include "ground/base/json.h"
#include "serve/app/commands.h"
#include "serve/http/operator_json.h"
#include "serve/partition/audit.h"

namespace aizuchi::serve {

using ground::Result;
using ground::Value;

namespace {

constexpr size_t shown_max = 100;

Result<std::string> entries_of(const CommandOptions& options) {
  if (!options.server.empty()) return ask_at_server(options, "GET", "/admin/api/audit");
  const auto partition = TRY(open_data(options));
  return audit_json(TRY(partition->audit().page(0, shown_max)));
}

Result<std::string> report_of(const CommandOptions& options) {
  if (!options.server.empty()) return ask_at_server(options, "GET", "/admin/api/audit:verify");
  const auto partition = TRY(open_data(options));
  return audit_report_json(TRY(partition->audit().verify()));
}

}  // namespace

Outcome run_audit_list(const CommandOptions& options, Terminal& terminal) {
  const std::string text = TRY(entries_of(options));
  if (options.json) {
    terminal.data(text);
    return exit_ok;
  }
  const Value answer = TRY(ground::parse_json(text));
  const Value* entries = answer.find("entries");
  if (entries == nullptr || entries->as_list().empty()) {
    terminal.message("Nothing has been changed yet.");
    return exit_ok;
  }
  for (const Value& entry : entries->as_list())
    terminal.data(fmt::format("{:>6}  {}  {:<10} {:<12} {:<24} {}", member_text(entry, "sequence"),
                              member_text(entry, "at"), member_text(entry, "by"),
                              member_text(entry, "action"), member_text(entry, "on"),
                              member_text(entry, "detail")));
  if (answer.find("next") != nullptr)
    terminal.message("There are older entries: --json and /admin/api/audit?before=N have them.");
  return exit_ok;
}

Outcome run_audit_verify(const CommandOptions& options, Terminal& terminal) {
  const std::string text = TRY(report_of(options));
  const Value report = TRY(ground::parse_json(text));
  const Value* problems = report.find("problems");
  const bool whole = problems != nullptr && problems->as_list().empty();
  if (options.json) {
    terminal.data(text);
  } else if (whole) {
    terminal.data(fmt::format("ok    {} entries, each after the one before it and signed; link {}",
                              member_text(report, "entries"), member_text(report, "link")));
  } else {
    for (const Value& problem : problems->as_list())
      terminal.data(fmt::format("wrong {}", problem.as_string()));
    terminal.message(
        "Somebody, a damaged disk or an older backup has changed this log; compare "
        "it with a copy.");
  }
  return whole ? exit_ok : exit_failed;
}

}  // namespace aizuchi::serve
