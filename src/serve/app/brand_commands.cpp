// check, plan, apply: a brand folder on its way to being live.
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

std::string member(const Value& object, std::string_view name) {
  const Value* found = object.find(name);
  return found == nullptr || found->is_null() ? "" : ground::to_display(*found);
}

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
  out.version = number(json, "version");
  out.aggregates_to_backfill = number(json, "aggregatesToBackfill");
  const Value* changes = json.find("changes");
  if (changes != nullptr && changes->is(Value::Kind::list))
    for (const Value& change : changes->as_list())
      out.changes.push_back(ground::to_display(change));
  const Value* findings = json.find("findings");
  if (findings == nullptr || !findings->is(Value::Kind::list)) return out;
  for (const Value& finding : findings->as_list())
    out.findings.push_back(
        {.severity = severity_of(member(finding, "severity")),
         .place = {member(finding, "file"), number(finding, "line"), number(finding, "column")},
         .rule = member(finding, "rule"),
         .text = member(finding, "text"),
         .expected = member(finding, "expected")});
  return out;
}

Result<Published> at_server(const CommandOptions& options, const ground::BrandFiles& files,
                            Step step) {
  const ServerAddress server = TRY(server_of(options));
  const std::string_view target =
      step == Step::plan ? "/admin/api/publish?dry_run=plan" : "/admin/api/publish";
  return read_published(TRY(ask_server_json(server, "POST", target, brand_body(files))));
}

Result<Published> at_data(Partition& partition, const ground::BrandFiles& files, Step step) {
  return step == Step::plan ? partition.plan(files) : partition.publish(files);
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
  for (const std::string& change : published.changes) terminal.data(change);
  if (published.changes.empty()) terminal.message("Nothing would change.");
}

std::vector<std::string> removals(const Published& planned) {
  std::vector<std::string> out;
  for (const std::string& change : planned.changes)
    if (change.starts_with("- ")) out.push_back(change);
  return out;
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
    return partition_ ? at_data(*partition_, files, step) : at_server(*options_, files, step);
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
    terminal.next(fmt::format("aizuchi apply {}{}", options.argument,
                              removals(planned).empty() ? "" : " --prune"));
  return code;
}

Outcome run_apply(const CommandOptions& options, Terminal& terminal) {
  const ground::BrandFiles files = TRY(ground::read_brand_folder(options.argument));
  Target target = TRY(Target::of(options));
  const Published planned = TRY(target.ask(files, Step::plan));
  const std::vector<std::string> gone = removals(planned);
  const bool strict_stop =
      options.strict && std::ranges::any_of(planned.findings, [](const ground::Finding& f) {
        return f.severity != ground::Severity::note;
      });
  if (has_error(planned) || strict_stop || (!gone.empty() && !options.prune)) {
    if (options.json)
      terminal.data(published_json(planned));
    else
      print_findings(planned, terminal);
    if (!has_error(planned) && !strict_stop) {
      for (const std::string& change : gone) terminal.message(change);
      return ground::fail(ErrorCode::invalid, "Publishing would remove what is listed above.",
                          "Add --prune when that is meant; nothing has been published.");
    }
    (void)conclude(planned, options, terminal);
    terminal.message("Nothing has been published.");
    return exit_failed;
  }
  const Published published = TRY(target.ask(files, Step::publish));
  if (options.json) {
    terminal.data(published_json(published));
  } else {
    print_findings(published, terminal);
    for (const std::string& change : published.changes) terminal.data(change);
  }
  const int code = conclude(published, options, terminal);
  if (code != exit_ok) return code;
  terminal.message(published.changed ? fmt::format("Version {} is live.", published.version)
                                     : "Nothing to publish: this is what is live.");
  if (published.aggregates_to_backfill > 0)
    terminal.message(fmt::format("{} new aggregates are being counted from people's history.",
                                 published.aggregates_to_backfill));
  if (!options.data.empty()) terminal.next(fmt::format("aizuchi serve --data {}", options.data));
  return exit_ok;
}

}  // namespace aizuchi::serve
