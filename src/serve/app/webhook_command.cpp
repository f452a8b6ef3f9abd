// webhooks: who is told what people changed. At the data directory while the server is stopped, or
// at its admin door.
#include <fmt/format.h>

#include "ground/base/json.h"
#include "serve/app/commands.h"
#include "serve/http/operator_json.h"
#include "serve/partition/webhooks.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;

namespace {

constexpr std::string_view route = "/admin/api/webhooks";

Result<std::vector<EffectKind>> kinds_of(const CommandOptions& options) {
  std::vector<EffectKind> out;
  for (const std::string& word : options.names) {
    const auto kind = parse_effect_kind(word);
    if (!kind)
      return fail(ErrorCode::invalid, fmt::format("{} is nothing that a webhook is told of.", word),
                  "consent.changed, use.changed, fact.corrected, values.forgotten, person.erased");
    out.push_back(*kind);
  }
  return out;
}

Result<std::string> add(const CommandOptions& options) {
  auto kinds = TRY(kinds_of(options));
  if (options.server.empty()) {
    const auto partition = TRY(open_data(options));
    return new_webhook_json(TRY(partition->add_webhook(options.argument, std::move(kinds), "cli")));
  }
  ground::JsonWriter body;
  body.object().member("url", options.argument).key("events").array();
  for (const std::string& word : options.names) body.value(word);
  return ask_at_server(options, "POST", route, body.end_array().end_object().take());
}

Outcome run_add(const CommandOptions& options, Terminal& terminal) {
  const std::string answer = TRY(add(options));
  if (options.json) {
    terminal.data(answer);
    return exit_ok;
  }
  const Value made = TRY(ground::parse_json(answer));
  const Value* about = made.find("about");
  terminal.data(member_text(made, "secret"));
  if (about != nullptr)
    terminal.message(
        fmt::format("Webhook {}. The secret is shown this once; what is sent is signed with it.\n"
                    "  aizuchi webhooks test {}",
                    member_text(*about, "id"), member_text(*about, "id")));
  return exit_ok;
}

Outcome run_rotate(const CommandOptions& options, Terminal& terminal) {
  std::string answer;
  if (options.server.empty()) {
    const auto partition = TRY(open_data(options));
    answer = new_webhook_json(TRY(partition->rotate_webhook(options.argument, "cli")));
  } else {
    answer = TRY(ask_at_server(
        options, "POST", fmt::format("{}/{}/rotate", route, percent_encoded(options.argument))));
  }
  if (options.json) {
    terminal.data(answer);
    return exit_ok;
  }
  const Value made = TRY(ground::parse_json(answer));
  const Value* about = made.find("about");
  terminal.data(member_text(made, "secret"));
  terminal.message(fmt::format(
      "The secret is shown this once. What is sent is signed with it and, until {}, with the one "
      "before it too: let the receiver have it by then.",
      about == nullptr ? "" : member_text(*about, "rotatingUntil")));
  return exit_ok;
}

// Of what changes one: what it says at the server, and what it does here.
Outcome run_change(const CommandOptions& options, Terminal& terminal) {
  const std::string& id = options.argument;
  const bool removes = options.command == "webhooks remove";
  const bool skips = options.command == "webhooks skip";
  if (!options.server.empty()) {
    const std::string path = fmt::format("{}/{}{}", route, percent_encoded(id),
                                         removes ? ""
                                         : skips ? "/skip"
                                                 : "/test");
    TRY(ask_at_server(options, removes ? "DELETE" : "POST", path));
  } else {
    const auto partition = TRY(open_data(options));
    if (removes)
      TRY(partition->remove_webhook(id, "cli"));
    else if (skips)
      TRY(partition->skip_message(id, "cli"));
    else
      TRY(partition->test_webhook(id));
  }
  terminal.message(removes ? fmt::format("Webhook {} is gone, with what waited for it.", id)
                   : skips
                       ? fmt::format("The first message that waited for {} is gone.", id)
                       : fmt::format("A test message waits for {}; `aizuchi webhooks list` says "
                                     "how it went.",
                                     id));
  return exit_ok;
}

void print_webhook(const Value& webhook, Terminal& terminal) {
  const Value* events = webhook.find("events");
  std::string told;
  if (events != nullptr && events->is(Value::Kind::list))
    for (const Value& event : events->as_list())
      told += (told.empty() ? "" : ", ") + ground::to_display(event);
  terminal.data(fmt::format("{}  {}  {}", member_text(webhook, "id"), member_text(webhook, "state"),
                            member_text(webhook, "url")));
  terminal.data(fmt::format("  told of {}", told));
  terminal.data(fmt::format("  {} wait, {} delivered since the start, {} dropped",
                            member_text(webhook, "pending"), member_text(webhook, "delivered"),
                            member_text(webhook, "dropped")));
  if (const std::string until = member_text(webhook, "rotatingUntil"); !until.empty())
    terminal.data(fmt::format("  two secrets sign until {}", until));
  if (member_text(webhook, "state") == "failing")
    terminal.data(fmt::format("  fails since {}: {}; again at {}",
                              member_text(webhook, "failingSince"), member_text(webhook, "trouble"),
                              member_text(webhook, "nextAt")));
}

Outcome run_list(const CommandOptions& options, Terminal& terminal) {
  std::string answer;
  if (options.server.empty())
    answer = webhooks_json(TRY(open_data(options))->webhooks());
  else
    answer = TRY(ask_at_server(options, "GET", route));
  if (options.json) {
    terminal.data(answer);
    return exit_ok;
  }
  const Value json = TRY(ground::parse_json(answer));
  const Value* webhooks = json.find("webhooks");
  if (webhooks == nullptr || webhooks->as_list().empty()) {
    terminal.message(
        "There is no webhook: nobody outside is told what people change here.\n"
        "  aizuchi webhooks add https://crm.example/aizuchi --events "
        "consent.changed,person.erased");
    return exit_ok;
  }
  for (const Value& webhook : webhooks->as_list()) print_webhook(webhook, terminal);
  return exit_ok;
}

}  // namespace

Outcome run_webhooks(const CommandOptions& options, Terminal& terminal) {
  if (options.command == "webhooks list") return run_list(options, terminal);
  if (options.command == "webhooks rotate") return run_rotate(options, terminal);
  return options.command == "webhooks add" ? run_add(options, terminal)
                                           : run_change(options, terminal);
}

}  // namespace aizuchi::serve
