// keys, and verify.
#include <fmt/format.h>

#include "ground/base/json.h"
#include "serve/app/commands.h"
#include "serve/http/operator_json.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;

namespace {

Result<std::vector<Scope>> scopes_of(const CommandOptions& options) {
  std::vector<Scope> out;
  for (const std::string& word : options.scopes) {
    const auto scope = parse_scope(word);
    if (!scope)
      return fail(ErrorCode::invalid, fmt::format("{} is not a scope.", word),
                  "Scopes are ingest, decide, people, privacy, brand and admin.");
    out.push_back(*scope);
  }
  return out;
}

std::string create_body(const CommandOptions& options, const std::vector<Scope>& scopes) {
  ground::JsonWriter json;
  json.object().member("kind", options.secret_key ? "secret" : "public");
  json.member("source", options.source).key("scopes").array();
  for (const Scope scope : scopes) json.value(to_string(scope));
  json.end_array();
  if (options.limit != 0) json.member("limit", uint64_t{options.limit});
  return json.end_object().take();
}

// The answer of POST /admin/api/keys, from wherever the key was made.
Result<std::string> create(const CommandOptions& options, const std::vector<Scope>& scopes) {
  if (!options.server.empty())
    return ask_at_server(options, "POST", "/admin/api/keys", create_body(options, scopes));
  const auto partition = TRY(open_data(options));
  if (!partition->snapshot())
    return fail(ErrorCode::not_found, "No brand folder is published in this data directory.",
                fmt::format("aizuchi apply DIR --data {}", options.data));
  NewKey made = TRY(partition->create_key(options.secret_key, options.source, scopes, "cli"));
  if (options.limit != 0) made.key = TRY(partition->limit_key(made.key.id, options.limit, "cli"));
  ground::JsonWriter json;
  json.object().member("key", made.text).key("about").raw(key_json(made.key));
  return json.end_object().take();
}

Outcome run_create(const CommandOptions& options, Terminal& terminal) {
  if (options.public_key && options.secret_key)
    return fail(ErrorCode::invalid, "A key is public or secret, not both.");
  const std::vector<Scope> scopes = TRY(scopes_of(options));
  if (options.public_key && !scopes.empty())
    return fail(ErrorCode::invalid, "A public key has no scopes to choose.",
                "It may send events and ask for decisions.");
  const std::string made = TRY(create(options, scopes));
  const Value json = TRY(ground::parse_json(made));
  const Value* text = json.find("key");
  if (text == nullptr) return fail(ErrorCode::internal, "The answer holds no key.");
  terminal.data(options.json ? made : ground::to_display(*text));
  terminal.message("This is the only time it is shown; keep it where your secrets are.");
  return exit_ok;
}

// A secret has no line break at its end, the file it was written to often has.
std::string material_of(std::string text) {
  const bool pem = text.find("-----BEGIN") != std::string::npos;
  while (!pem && (text.ends_with('\n') || text.ends_with('\r'))) text.pop_back();
  return text;
}

Result<std::string> trust(const CommandOptions& options, const std::string& material) {
  if (!options.server.empty()) {
    ground::JsonWriter json;
    json.object().member("kind", "person").member("algorithm", options.algorithm);
    json.member("kid", options.kid).member("material", material);
    return ask_at_server(options, "POST", "/admin/api/keys", json.end_object().take());
  }
  const auto partition = TRY(open_data(options));
  return key_json(TRY(partition->trust_key(options.algorithm, options.kid, material, "cli")));
}

Outcome run_trust(const CommandOptions& options, Terminal& terminal) {
  const std::string text = TRY(read_text_file(options.argument));
  const std::string trusted = TRY(trust(options, material_of(text)));
  const Value json = TRY(ground::parse_json(trusted));
  terminal.data(options.json ? trusted : member_text(json, "id"));
  terminal.message(fmt::format("Person tokens whose kid is {} prove who is signed in from now on.",
                               member_text(json, "id")));
  return exit_ok;
}

Result<std::string> list(const CommandOptions& options) {
  if (!options.server.empty()) return ask_at_server(options, "GET", "/admin/api/keys");
  const auto partition = TRY(open_data(options));
  const std::vector<Key> keys = TRY(partition->keys());
  ground::JsonWriter json;
  json.object().key("keys").array();
  for (const Key& key : keys) json.raw(key_json(key));
  for (const TrustedKey& key : partition->trusted_keys()) json.raw(key_json(key));
  return json.end_array().end_object().take();
}

Outcome run_list(const CommandOptions& options, Terminal& terminal) {
  const std::string listed = TRY(list(options));
  if (options.json) {
    terminal.data(listed);
    return exit_ok;
  }
  const Value json = TRY(ground::parse_json(listed));
  const Value* keys = json.find("keys");
  if (keys == nullptr || !keys->is(Value::Kind::list) || keys->as_list().empty()) {
    terminal.message("There is no key yet.");
    terminal.next("aizuchi keys create --source web --public");
    return exit_ok;
  }
  for (const Value& key : keys->as_list()) {
    const std::string limit = member_text(key, "limit");
    terminal.data(fmt::format("{:<10} {:<7} {:<12} {:<25} {}{}", member_text(key, "id"),
                              member_text(key, "kind"), member_text(key, "source"),
                              member_text(key, "createdAt"),
                              member_text(key, "scopes") + member_text(key, "algorithm"),
                              limit.empty() ? "" : fmt::format(", {} a second", limit)));
  }
  return exit_ok;
}

Outcome run_revoke(const CommandOptions& options, Terminal& terminal) {
  if (!options.server.empty()) {
    TRY(ask_at_server(options, "DELETE", "/admin/api/keys/" + options.argument));
  } else {
    const auto partition = TRY(open_data(options));
    TRY(partition->revoke_key(options.argument, "cli"));
  }
  terminal.message(fmt::format("{} is revoked.", options.argument));
  return exit_ok;
}

void print_verified(const Partition::Verified& verified, Terminal& terminal) {
  for (const auto& [space, count] : verified.counts)
    terminal.data(fmt::format("{:<9} {:>12} read", space, count));
  for (const auto& [first, last] : verified.lost)
    terminal.data(fmt::format("log records {} to {} were lost in a salvage", first, last));
  for (const std::string& line : verified.wrong) terminal.data("wrong " + line);
  terminal.data(
      fmt::format("log       {} records, link {}", verified.last_sequence, verified.link));
  terminal.data("digest    " + verified.digest);
}

std::string verified_json(const Partition::Verified& verified) {
  ground::JsonWriter json;
  json.object().key("read").object();
  for (const auto& [space, count] : verified.counts) json.member(space, count);
  json.end_object().key("wrong").array();
  for (const std::string& line : verified.wrong) json.value(line);
  json.end_array().key("lost").array();
  for (const auto& [first, last] : verified.lost)
    json.object().member("first", first).member("last", last).end_object();
  json.end_array().member("lastSequence", verified.last_sequence);
  json.member("link", verified.link).member("digest", verified.digest);
  return json.end_object().take();
}

}  // namespace

Outcome run_keys(const CommandOptions& options, Terminal& terminal) {
  if (options.command == "keys create") return run_create(options, terminal);
  if (options.command == "keys trust") return run_trust(options, terminal);
  return options.command == "keys list" ? run_list(options, terminal)
                                        : run_revoke(options, terminal);
}

Outcome run_verify(const CommandOptions& options, Terminal& terminal) {
  TRY(refuse_new(options));
  const auto partition = TRY(open_data(options));
  const Partition::Verified verified = TRY(partition->verify());
  if (options.json)
    terminal.data(verified_json(verified));
  else if (options.digest && verified.wrong.empty())
    terminal.data(verified.digest);
  else
    print_verified(verified, terminal);
  if (verified.wrong.empty()) return exit_ok;
  terminal.message(
      "Something is wrong. Keep the directory as it is, and restore the newest backup: aizuchi "
      "restore.");
  return exit_failed;
}

}  // namespace aizuchi::serve
