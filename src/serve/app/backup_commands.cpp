// backup, restore, salvage: a copy that can be trusted, a data directory made of it, and what is
// left of a damaged one.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "ground/base/json.h"
#include "serve/app/commands.h"
#include "serve/partition/backup.h"
#include "serve/partition/salvage.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;

namespace {

std::string manifest_json(const ground::Manifest& manifest) {
  ground::JsonWriter json;
  json.object().member("lastSequence", manifest.last_sequence).member("link", manifest.link);
  json.member("digest", manifest.digest).member("people", manifest.people);
  if (manifest.untold > 0) json.member("untold", manifest.untold);
  json.member("files", uint64_t{manifest.files.size()}).member("bytes", manifest.bytes());
  return json.end_object().take();
}

std::string manifest_line(const ground::Manifest& manifest) {
  return fmt::format("{} log records, {} people, {} files, {} bytes; digest {}",
                     manifest.last_sequence, manifest.people, manifest.files.size(),
                     manifest.bytes(), manifest.digest);
}

std::string keyring_of(const CommandOptions& options) {
  return options.keyring.empty() ? options.data + "-keys" : options.keyring;
}

Outcome backup_data(const CommandOptions& options, Terminal& terminal) {
  if (options.argument.empty())
    return fail(ErrorCode::invalid, "backup needs a directory to write.",
                fmt::format("aizuchi backup backups/today --data {}", options.data));
  TRY(refuse_new(options));
  const auto partition = TRY(open_data(options));
  const ground::Manifest manifest = TRY(partition->begin_backup(options.argument).run());
  terminal.data(options.json ? manifest_json(manifest) : manifest_line(manifest));
  terminal.message(
      fmt::format("It holds no keys of people: copy {} too, to another place than the backups.",
                  keyring_of(options)));
  terminal.next(fmt::format("aizuchi restore {} --data NEW --keyring {}", options.argument,
                            keyring_of(options)));
  return exit_ok;
}

// What the server says of its last backup, once it is no longer being made.
Result<Value> wait_for_server(const CommandOptions& options) {
  constexpr auto look_again = std::chrono::milliseconds(200);
  for (;;) {
    const std::string text = TRY(ask_at_server(options, "GET", "/admin/api/backups"));
    const Value answer = TRY(ground::parse_json(text));
    const Value* backup = answer.find("backup");
    if (backup == nullptr || backup->is_null())
      return fail(ErrorCode::unavailable, "The server no longer knows of the backup.",
                  "Was it started again? Ask for another one.");
    if (member_text(*backup, "state") != "running") return *backup;
    std::this_thread::sleep_for(look_again);
  }
}

Outcome backup_server(const CommandOptions& options, Terminal& terminal) {
  if (options.argument.find('/') != std::string::npos)
    return fail(ErrorCode::invalid, fmt::format("{} is a path.", options.argument),
                "A running server writes below its own --backups folder: give a name, or none.");
  ground::JsonWriter body;
  body.object();
  if (!options.argument.empty()) body.member("name", options.argument);
  TRY(ask_at_server(options, "POST", "/admin/api/backups", body.end_object().take()));
  const Value backup = TRY(wait_for_server(options));
  if (member_text(backup, "state") != "done")
    return fail(ErrorCode::unavailable,
                fmt::format("The backup {} failed: {}.", member_text(backup, "name"),
                            member_text(backup, "code")),
                "Nothing of it is left. `aizuchi doctor` says more where the server runs.");
  ground::JsonWriter json;
  json.value(backup);
  terminal.data(options.json
                    ? json.take()
                    : fmt::format("{}: {} log records, {} people, {} files, {} bytes; "
                                  "digest {}",
                                  member_text(backup, "name"), member_text(backup, "lastSequence"),
                                  member_text(backup, "people"), member_text(backup, "files"),
                                  member_text(backup, "bytes"), member_text(backup, "digest")));
  terminal.message("It holds no keys of people: copy the server's keyring too, to another place.");
  return exit_ok;
}

}  // namespace

Outcome run_backup(const CommandOptions& options, Terminal& terminal) {
  return options.server.empty() ? backup_data(options, terminal) : backup_server(options, terminal);
}

Outcome run_restore(const CommandOptions& options, Terminal& terminal) {
  const Restored restored =
      TRY(restore_backup({options.argument, options.data, keyring_of(options)}));
  terminal.data(options.json ? manifest_json(restored.manifest) : manifest_line(restored.manifest));
  terminal.message(restored.erased_since == 0
                       ? fmt::format("{} says what the backup said.", options.data)
                       : fmt::format("{} says what the backup said, but for {} people who were "
                                     "erased since and are erased again.",
                                     options.data, restored.erased_since));
  if (restored.manifest.untold > 0)
    terminal.message(fmt::format(
        "{} messages to webhooks were on their way when it was made and are told by nobody: give "
        "the receivers how their people stand, `aizuchi export people --data {}` has it.",
        restored.manifest.untold, options.data));
  terminal.next(
      fmt::format("aizuchi serve --data {} --keyring {}", options.data, keyring_of(options)));
  return exit_ok;
}

namespace {

std::string salvaged_json(const Salvaged& salvaged) {
  ground::JsonWriter json;
  json.object().key("spaces").array();
  for (const auto& space : salvaged.spaces)
    json.object()
        .member("name", space.name)
        .member("kept", space.kept)
        .member("lost", space.lost)
        .member("unreadable", space.dark)
        .end_object();
  json.end_array().key("lostRecords").array();
  for (const auto& [first, last] : salvaged.lost_records)
    json.object().member("first", first).member("last", last).end_object();
  json.end_array().member("statesMadeAgain", salvaged.states_made_again);
  json.key("notes").array();
  for (const std::string& note : salvaged.notes) json.value(note);
  return json.end_array().member("digest", salvaged.digest).end_object().take();
}

void print_salvaged(const Salvaged& salvaged, Terminal& terminal) {
  for (const std::string& note : salvaged.notes) terminal.data("note  " + note);
  for (const auto& space : salvaged.spaces)
    terminal.data(fmt::format("{:<9} {:>12} kept {:>8} lost{}", space.name, space.kept, space.lost,
                              space.dark ? ", and a part that cannot be read" : ""));
  for (const auto& [first, last] : salvaged.lost_records)
    terminal.data(fmt::format("log records {} to {} are lost", first, last));
  terminal.data(fmt::format("{} states were made again from the log", salvaged.states_made_again));
  terminal.data("digest    " + salvaged.digest);
}

}  // namespace

Outcome run_salvage(const CommandOptions& options, Terminal& terminal) {
  if (options.argument == options.data)
    return fail(ErrorCode::invalid, "A salvage writes into a new directory.",
                fmt::format("aizuchi salvage {} --data new", options.argument));
  const std::string keyring =
      options.keyring.empty() ? options.argument + "-keys" : options.keyring;
  const Salvaged salvaged = TRY(salvage({options.argument, options.data, keyring}));
  if (options.json)
    terminal.data(salvaged_json(salvaged));
  else
    print_salvaged(salvaged, terminal);
  terminal.message(fmt::format("What can be read of {} is in {}. Keep the damaged directory.",
                               options.argument, options.data));
  terminal.next(fmt::format("aizuchi serve --data {} --keyring {}", options.data, keyring));
  return exit_ok;
}

}  // namespace aizuchi::serve
