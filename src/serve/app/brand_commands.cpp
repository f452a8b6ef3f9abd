// check, plan, apply, rollback: a brand folder on its way to being live.
#include <fmt/format.h>

#include <algorithm>

#include "ground/base/json.h"
#include "serve/app/commands.h"
#include "serve/http/operator_json.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::Result;
using ground::Value;

namespace {

enum class Step : uint8_t { plan, publish };

uint32_t number(const Value& object, std::string_view name) {
  const Value* found = object.find(name);
  return found == nullptr ? 0 : static_cast<uint32_t>(found->number_or(0));
}

ground::Severity severity_of(std::string_view word) {
  if (word == to_string(ground::Severity::note)) return ground::Severity::note;
  return word == to_string(ground::Severity::warning) ? ground::Severity::warning
                                                      : ground::Severity::error;
}

// What a server answered, as the partition here would have said it.
Result<Published> read_published(const std::string& text) {
  const Value json = TRY(ground::parse_json(text));
  Published out;
  if (const Value* changed = json.find("changed"); changed != nullptr)
    out.changed = changed->is(Value::Kind::boolean) && changed->as_bool();
  if (const Value* prune = json.find("needsPrune"); prune != nullptr)
    out.needs_prune = prune->is(Value::Kind::boolean) && prune->as_bool();
  out.version = number(json, "version");
  out.aggregates_to_backfill = number(json, "aggregatesToBackfill");
  const Value* changes = json.find("changes");
  if (changes != nullptr && changes->is(Value::Kind::list))
    for (const Value& change : changes->as_list())
      out.changes.lines.push_back(ground::to_display(change));
  if (const Value* stops = json.find("stops"); stops != nullptr && stops->is(Value::Kind::list))
    for (const Value& stop : stops->as_list())
      out.stops.push_back(
          {.kind = parse_stop_kind(member_text(stop, "kind")).value_or(StopKind::item),
           .name = member_text(stop, "name"),
           .by = member_text(stop, "by"),
           .why = member_text(stop, "why"),
           .at = ground::parse_instant(member_text(stop, "at")).value_or(ground::Instant{})});
  const Value* findings = json.find("findings");
  if (findings == nullptr || !findings->is(Value::Kind::list)) return out;
  for (const Value& finding : findings->as_list())
    out.findings.push_back({.severity = severity_of(member_text(finding, "severity")),
                            .place = {member_text(finding, "file"), number(finding, "line"),
                                      number(finding, "column")},
                            .rule = member_text(finding, "rule"),
                            .text = member_text(finding, "text"),
                            .expected = member_text(finding, "expected")});
  return out;
}

Result<Published> at_server(const CommandOptions& options, const ground::BrandFiles& files,
                            Step step) {
  const std::string_view query = step == Step::plan ? "?dry_run=plan"
                                 : options.prune    ? "?prune=true"
                                                    : "";
  return read_published(TRY(ask_at_server(
      options, "POST", fmt::format("/admin/api/publish{}", query), brand_body(files))));
}

Result<Published> at_data(const CommandOptions& options, Partition& partition,
                          const ground::BrandFiles& files, Step step) {
  if (step == Step::plan) return partition.plan(files);
  return partition.publish(files, {.by = "cli", .prune = options.prune});
}

void print_findings(const Published& published, Terminal& terminal) {
  for (const ground::Finding& finding : published.findings) {
    const std::string line = ground::format_finding(finding);
    if (finding.severity == ground::Severity::note)
      terminal.data(line);
    else
      terminal.data(finding.severity == ground::Severity::error ? terminal.red(line)
                                                                : terminal.yellow(line));
  }
}

// One line of what was found, to stderr; the exit code that it means.
int conclude(const Published& published, const CommandOptions& options, Terminal& terminal) {
  const auto count = [&](ground::Severity severity) {
    return std::ranges::count(published.findings, severity, &ground::Finding::severity);
  };
  const auto errors = count(ground::Severity::error);
  const auto warnings = count(ground::Severity::warning);
  terminal.message(fmt::format("{} error{}, {} warning{}", errors, errors == 1 ? "" : "s", warnings,
                               warnings == 1 ? "" : "s"));
  return errors > 0 || (options.strict && warnings > 0) ? exit_failed : exit_ok;
}

void print_changes(const Published& published, Terminal& terminal) {
  for (const std::string& change : published.changes.lines) terminal.data(change);
  if (published.changes.lines.empty()) terminal.message("Nothing would change.");
  for (const Stop& stop : published.stops)
    terminal.data(fmt::format("! {} {} stays stopped (since {} by {})", to_string(stop.kind),
                              stop.name, ground::format_instant(stop.at), stop.by));
}

// What came of a publish, to the terminal; the exit code that it means.
Outcome report(const Published& published, const CommandOptions& options, Terminal& terminal) {
  if (options.json)
    terminal.data(published_json(published));
  else
    print_findings(published, terminal);
  if (published.needs_prune) {
    for (const std::string& change : published.changes.lines)
      if (change.starts_with("- ")) terminal.message(change);
    return ground::fail(ErrorCode::invalid, "Publishing would remove what is listed above.",
                        "Add --prune when that is meant; nothing has been published.");
  }
  if (!options.json)
    for (const std::string& change : published.changes.lines) terminal.data(change);
  const int code = conclude(published, options, terminal);
  if (has_error(published)) {
    terminal.message("Nothing has been published.");
    return code;
  }
  terminal.message(published.changed ? fmt::format("Version {} is live.", published.version)
                                     : "Nothing to publish: this is what is live.");
  if (published.aggregates_to_backfill > 0)
    terminal.message(fmt::format("{} new aggregates are being counted from people's history.",
                                 published.aggregates_to_backfill));
  return code;
}

// The plan and the publish go to the same place: opened or asked once each.
class Target {
 public:
  static Result<Target> of(const CommandOptions& options) {
    Target out(options);
    if (options.server.empty()) out.partition_ = TRY(open_data(options));
    return out;
  }
  Result<Published> ask(const ground::BrandFiles& files, Step step) {
    return partition_ ? at_data(*options_, *partition_, files, step)
                      : at_server(*options_, files, step);
  }

 private:
  explicit Target(const CommandOptions& options) : options_(&options) {}
  const CommandOptions* options_;
  std::unique_ptr<Partition> partition_;
};

}  // namespace

Outcome run_check(const CommandOptions& options, Terminal& terminal) {
  const ground::BrandFiles files = TRY(ground::read_brand_folder(options.argument));
  ground::Vocabulary names;
  Published checked;
  checked.findings = ground::compile_brand(files, names, 1).findings;
  if (options.json)
    terminal.data(published_json(checked));
  else
    print_findings(checked, terminal);
  const int code = conclude(checked, options, terminal);
  if (code == exit_ok) terminal.next(fmt::format("aizuchi plan {} --data data", options.argument));
  return code;
}

Outcome run_plan(const CommandOptions& options, Terminal& terminal) {
  const ground::BrandFiles files = TRY(ground::read_brand_folder(options.argument));
  Target target = TRY(Target::of(options));
  const Published planned = TRY(target.ask(files, Step::plan));
  if (options.json) {
    terminal.data(published_json(planned));
  } else {
    print_findings(planned, terminal);
    print_changes(planned, terminal);
  }
  const int code = conclude(planned, options, terminal);
  if (code == exit_ok && planned.changed)
    terminal.next(
        fmt::format("aizuchi apply {}{}", options.argument, planned.needs_prune ? " --prune" : ""));
  return code;
}

Outcome run_apply(const CommandOptions& options, Terminal& terminal) {
  const ground::BrandFiles files = TRY(ground::read_brand_folder(options.argument));
  Target target = TRY(Target::of(options));
  if (options.strict) {
    const Published planned = TRY(target.ask(files, Step::plan));
    const auto counts = [](const ground::Finding& finding) {
      return finding.severity != ground::Severity::note;
    };
    if (std::ranges::any_of(planned.findings, counts)) {
      if (options.json)
        terminal.data(published_json(planned));
      else
        print_findings(planned, terminal);
      terminal.message("Nothing has been published.");
      return conclude(planned, options, terminal);
    }
  }
  const Published published = TRY(target.ask(files, Step::publish));
  const int code = TRY(report(published, options, terminal));
  if (code == exit_ok && !options.data.empty())
    terminal.next(fmt::format("aizuchi serve --data {}", options.data));
  return code;
}

Outcome run_rollback(const CommandOptions& options, Terminal& terminal) {
  Published published;
  if (options.server.empty()) {
    const auto partition = TRY(open_data(options));
    published = TRY(partition->rollback(options.version, "cli"));
  } else {
    const std::string body =
        options.version > 0 ? fmt::format(R"({{"version":{}}})", options.version) : "{}";
    const std::string answer = TRY(ask_at_server(options, "POST", "/admin/api/rollback", body));
    published = TRY(read_published(answer));
  }
  return report(published, options, terminal);
}

}  // namespace aizuchi::serve
