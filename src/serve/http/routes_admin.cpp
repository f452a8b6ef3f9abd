// Keys and operation: what stands at the admin door beside publishing (routes_publish.cpp).
#include "ground/base/json.h"
#include "ground/catalog/snapshot.h"
#include "serve/http/openapi.h"
#include "serve/http/operator_json.h"
#include "serve/http/routes_desk.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;

namespace {

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

}  // namespace

void answer_keys(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::admin, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto keys = desk.partition.keys();
  if (!keys) return exchange->fail(keys.error());
  ground::JsonWriter json;
  json.object().key("keys").array();
  for (const Key& each : *keys) json.raw(key_json(each));
  exchange->json(json.end_array().end_object().take());
}

void answer_create_key(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::admin, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto body = object_body(exchange->request, {"kind", "source", "scopes"});
  if (!body) return exchange->fail(body.error());
  const auto kind = text_member(*body, "kind");
  const auto source = text_member(*body, "source");
  const auto scopes = read_scopes(*body);
  if (!kind) return exchange->fail(kind.error());
  if (!source) return exchange->fail(source.error());
  if (!scopes) return exchange->fail(scopes.error());
  if (*kind != "public" && *kind != "secret")
    return exchange->fail(400, "invalid", "\"kind\" is not public or secret.",
                          "Public keys stand in pages, secret ones in your servers.");
  const auto made = desk.partition.create_key(*kind == "secret", *source, *scopes);
  if (!made) return exchange->fail(made.error());
  ground::JsonWriter json;
  json.object().member("key", made->text).key("about").raw(key_json(made->key));
  exchange->json(json.end_object().take(), 201);
}

void answer_revoke_key(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::admin, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto revoked = desk.partition.revoke_key(exchange->parameters.front());
  if (!revoked) return exchange->fail(revoked.error());
  exchange->send({.status = 204, .content_type = ""});
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
