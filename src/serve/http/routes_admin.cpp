// Keys, backups and operation: what stands at the admin door beside publishing
// (routes_publish.cpp). A backup is begun, made on a thread of its own, and asked about until it is
// done. Where backups lie is the server's own setting; a request only names one.
#include <fmt/format.h>

#include <algorithm>

#include "ground/base/json.h"
#include "ground/catalog/snapshot.h"
#include "serve/http/openapi.h"
#include "serve/http/operator_json.h"
#include "serve/http/routes_desk.h"
#include "serve/partition/backup.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Manifest;
using ground::Result;
using ground::Value;

namespace {

constexpr size_t name_bytes_max = 64;

Result<std::string> read_name(const Request& request, ground::Instant now) {
  const ground::Value body = TRY(object_body(request, {"name"}));
  std::string name = TRY(text_member(body, "name"));
  if (name.empty()) {  // 20261122T081530Z
    name = ground::format_instant(now).substr(0, 19) + "Z";
    std::erase_if(name, [](char c) { return c == '-' || c == ':'; });
  }
  const bool plain = name.size() <= name_bytes_max && name.front() != '.' &&
                     std::ranges::all_of(name, [](unsigned char c) {
                       return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
                     });
  if (!plain)
    return fail(
        ErrorCode::invalid, "\"name\" is not a name of letters, digits, '.', '_' and '-'.",
        "The server makes it a folder in its own --backups; leave it out to have the time.");
  return name;
}

std::string backup_json(const BackupStanding& backup) {
  ground::JsonWriter json;
  json.object().key("backup");
  if (backup.name.empty()) return json.null().end_object().take();
  json.object().member("name", backup.name).member("state", backup.state);
  json.member("startedAt", ground::format_instant(backup.started_at));
  if (backup.state == "done")
    json.member("lastSequence", backup.last_sequence)
        .member("link", backup.link)
        .member("digest", backup.digest)
        .member("people", backup.people)
        .member("files", backup.files)
        .member("bytes", backup.bytes);
  if (backup.state == "failed") json.member("code", backup.code);
  return json.end_object().end_object().take();
}

void note(BackupStanding& backup, const Result<Manifest>& made) {
  backup.state = made ? "done" : "failed";
  if (!made) {
    // The message names paths of the machine: `aizuchi doctor` says them where it runs.
    backup.code = std::string(to_string(made.error().code));
    return;
  }
  backup.last_sequence = made->last_sequence;
  backup.link = made->link;
  backup.digest = made->digest;
  backup.people = made->people;
  backup.files = made->files.size();
  backup.bytes = made->bytes();
}

Result<std::vector<Scope>> read_scopes(const Value& body) {
  std::vector<Scope> out;
  const Value* scopes = body.find("scopes");
  if (scopes == nullptr || scopes->is_null()) return out;
  bool known = scopes->is(Value::Kind::list);
  if (known)
    for (const Value& word : scopes->as_list()) {
      const auto scope =
          word.is(Value::Kind::string) ? parse_scope(word.as_string()) : std::nullopt;
      known = known && scope.has_value();
      if (scope) out.push_back(*scope);
    }
  if (!known)
    return fail(ErrorCode::invalid, "\"scopes\" holds something that is not a scope.",
                "Scopes are ingest, decide, people, privacy, brand and admin.");
  return out;
}

// How many requests a second; 0 when it is not said.
Result<uint32_t> read_limit(const Value& body) {
  const Value* limit = body.find("limit");
  if (limit == nullptr || limit->is_null()) return 0;
  if (!limit->is(Value::Kind::integer) || limit->as_int() < 1 ||
      limit->as_int() > key_per_second_max)
    return fail(ErrorCode::invalid,
                fmt::format("\"limit\" is not 1 to {} requests a second.", key_per_second_max),
                "Leave it out for the server's own.");
  return static_cast<uint32_t>(limit->as_int());
}

// Registers what person tokens are verified with.
void trust_key(Desk& desk, const ExchangePtr& exchange, const Value& body, std::string_view by) {
  const auto algorithm = text_member(body, "algorithm");
  const auto kid = text_member(body, "kid");
  const auto material = text_member(body, "material");
  for (const auto* text : {&algorithm, &kid, &material})
    if (!*text) return exchange->fail(text->error());
  const auto trusted = desk.partition.trust_key(*algorithm, *kid, *material, by);
  if (!trusted) return exchange->fail(trusted.error());
  exchange->json(key_json(*trusted), 201);
}

}  // namespace

void answer_keys(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::admin, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto keys = desk.partition.keys();
  if (!keys) return exchange->fail(keys.error());
  ground::JsonWriter json;
  json.object().key("keys").array();
  for (const Key& each : *keys) json.raw(key_json(each));
  for (const TrustedKey& each : desk.partition.trusted_keys()) json.raw(key_json(each));
  exchange->json(json.end_array().end_object().take());
}

void answer_create_key(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::admin, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto body = object_body(
      exchange->request, {"kind", "source", "scopes", "limit", "algorithm", "kid", "material"});
  if (!body) return exchange->fail(body.error());
  const auto kind = text_member(*body, "kind");
  const auto source = text_member(*body, "source");
  const auto scopes = read_scopes(*body);
  if (!kind) return exchange->fail(kind.error());
  if (!source) return exchange->fail(source.error());
  if (!scopes) return exchange->fail(scopes.error());
  if (*kind == "person") return trust_key(desk, exchange, *body, key->id);
  if (*kind != "public" && *kind != "secret")
    return exchange->fail(400, "invalid", "\"kind\" is not public, secret or person.",
                          "Public keys stand in pages, secret ones in your servers; with a key of "
                          "kind person your backend signs person tokens.");
  const auto limit = read_limit(*body);
  if (!limit) return exchange->fail(limit.error());
  auto made = desk.partition.create_key(*kind == "secret", *source, *scopes, key->id);
  if (!made) return exchange->fail(made.error());
  if (*limit != 0) {
    auto limited = desk.partition.limit_key(made->key.id, *limit, key->id);
    if (!limited) return exchange->fail(limited.error());
    made->key = *std::move(limited);
  }
  ground::JsonWriter json;
  json.object().member("key", made->text).key("about").raw(key_json(made->key));
  exchange->json(json.end_object().take(), 201);
}

void answer_revoke_key(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::admin, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto revoked = desk.partition.revoke_key(exchange->parameters.front(), key->id);
  if (!revoked) return exchange->fail(revoked.error());
  exchange->send({.status = 204, .content_type = ""});
}

void answer_backup(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::admin, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const ground::Instant now = desk.partition.clock().now();
  const auto name = read_name(exchange->request, now);
  if (!name) return exchange->fail(name.error());
  if (desk.options.backups_directory.empty())
    return exchange->fail(409, "conflict", "This server has no folder for backups.",
                          "Start it with --backups DIR.");
  if (desk.backup.state == "running")
    return exchange->fail(409, "conflict", "Another backup is being made.",
                          "GET /admin/api/backups says when it is done.");
  desk.backup = {.name = *name, .state = "running", .started_at = now};
  BackupTask task = desk.partition.begin_backup(desk.options.backups_directory + "/" + *name);
  if (desk.options.post) {
    desk.backing_up = std::jthread([&desk, task = std::move(task)]() mutable {
      desk.options.post([&desk, made = task.run()] { note(desk.backup, made); });
    });
  } else {
    note(desk.backup, task.run());
  }
  exchange->json(backup_json(desk.backup), 202);
}

void answer_backups(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::admin, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  exchange->json(backup_json(desk.backup));
}

void answer_health(Desk& desk, const ExchangePtr& exchange) {
  const auto healthy = desk.partition.healthy();
  if (!healthy && healthy.error().code != ErrorCode::busy) return exchange->fail(healthy.error());
  exchange->json(R"({"status":"ok"})");
}

void answer_ready(Desk& desk, const ExchangePtr& exchange) {
  if (!desk.partition.warm())
    return exchange->fail(503, "unavailable", "Not ready to answer yet.",
                          "A brand folder must be published: aizuchi apply DIR.");
  ground::JsonWriter json;
  json.object().member("status", "ready").member("version", desk.partition.snapshot()->version);
  exchange->json(json.member("backfilling", desk.partition.backfilling()).end_object().take());
}

void answer_openapi(Desk&, const ExchangePtr& exchange) {
  Response response{.body = std::string(openapi_json())};
  response.headers.emplace_back("Cache-Control", "public, max-age=3600");
  exchange->send(std::move(response));
}

}  // namespace aizuchi::serve
