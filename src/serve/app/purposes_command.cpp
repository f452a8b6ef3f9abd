// purposes: what somebody allows, and taking it back for them – one purpose, or all of them.
#include <chrono>
#include <thread>

#include "ground/base/json.h"
#include "ground/catalog/snapshot.h"
#include "serve/app/commands.h"
#include "serve/http/operator_json.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

bool is_user(const CommandOptions& options) {
  return !options.argument.empty();
}

std::string who_query(const CommandOptions& options) {
  return is_user(options) ? "?userId=" + percent_encoded(options.argument)
                          : "?anonymousId=" + percent_encoded(options.anonymous_id);
}

Outcome ask_there(const CommandOptions& options, Terminal& terminal) {
  if (options.everything)
    terminal.data(TRY(ask_at_server(options, "POST", "/v1/me/stop" + who_query(options))));
  else if (options.purpose.empty())
    terminal.data(TRY(ask_at_server(options, "GET", "/v1/me/purposes" + who_query(options))));
  else
    terminal.data(
        TRY(ask_at_server(options, "PUT", "/v1/me/purposes/" + percent_encoded(options.purpose),
                          ground::JsonWriter()
                              .object()
                              .member("granted", false)
                              .member(is_user(options) ? "userId" : "anonymousId",
                                      is_user(options) ? options.argument : options.anonymous_id)
                              .end_object()
                              .take())));
  return exit_ok;
}

// Durable when it returns.
Result<void> take_back(Partition& partition, const Asking& who,
                       const std::vector<Partition::ConsentChange>& changes, const Key& key) {
  std::optional<Result<Ingested>> outcome;
  partition.set_purposes(who, changes, key, [&](const Result<Ingested>& done) { outcome = done; });
  while (!outcome) {
    partition.tick();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (!*outcome) return std::unexpected(outcome->error());
  return {};
}

Outcome do_here(const CommandOptions& options, Terminal& terminal) {
  const auto partition = TRY(open_data(options));
  const auto snapshot = partition->snapshot();
  if (!snapshot)
    return fail(ErrorCode::unavailable, "No brand folder is published yet.",
                "Run `aizuchi apply DIR --data …`.");
  const Asking who{.anonymous_id = options.anonymous_id, .user_id = options.argument};
  std::vector<Partition::ConsentChange> changes;
  for (const ground::Purpose& purpose : snapshot->purposes)
    if (options.everything || purpose.name == options.purpose)
      changes.push_back({purpose.name, false});
  if (!options.purpose.empty() && changes.empty())
    return fail(ErrorCode::not_found, "The live brand folder has no such purpose.",
                "`aizuchi purposes ID` lists them.");
  const Key key = operator_key(snapshot->sources.front().name);
  if (!changes.empty()) TRY(take_back(*partition, who, changes, key));
  terminal.data(purposes_json(partition->purposes(who, key),
                              snapshot->locale(options.locale.empty() ? "en" : options.locale)));
  return exit_ok;
}

}  // namespace

Outcome run_purposes(const CommandOptions& options, Terminal& terminal) {
  if (options.argument.empty() == options.anonymous_id.empty())
    return fail(ErrorCode::invalid, "Name one person: ID, or --anonymous-id.");
  if (options.everything && !options.purpose.empty())
    return fail(ErrorCode::invalid, "--stop-all stops each purpose; leave --stop out.");
  const int code =
      TRY(options.server.empty() ? do_here(options, terminal) : ask_there(options, terminal));
  if (options.everything || !options.purpose.empty())
    terminal.message("Taken back: it holds from the next decision on.");
  return code;
}

}  // namespace aizuchi::serve
