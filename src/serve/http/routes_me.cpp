// What a person may ask of us themselves, or a server for them.
#include <fmt/format.h>

#include "ground/base/json.h"
#include "ground/catalog/snapshot.h"
#include "ground/store/signature.h"
#include "serve/http/me_html.h"
#include "serve/http/operator_json.h"
#include "serve/http/routes_desk.h"
#include "serve/partition/wishes.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;

Result<Key> admit_for_me(Desk& desk, Exchange& exchange, Asking& person, const Tokens& tokens,
                         std::string_view body_key) {
  const Request& request = exchange.request;
  TRY(desk.prove(person, request, tokens));
  const std::string text = credential(request);
  const auto known = desk.partition.check_key(text.empty() ? body_key : text);
  const bool secret = known && known->secret;
  Key key =
      TRY(desk.admit(request, secret ? Scope::privacy : Scope::decide, Desk::Kind::any, body_key));
  if (!secret && !person.proof && !person.user_id.empty())
    return fail(ErrorCode::invalid, "A public key speaks for a device only.",
                "Send \"anonymousId\" and no \"userId\", or a person token; your server can speak "
                "for a user.");
  if (person.anonymous_id.empty() && person.user_id.empty())
    return fail(ErrorCode::invalid, "Nobody is named.",
                "Send ?anonymousId=…, a person token or, with a secret key, ?userId=….");
  TRY(desk.charge_person(exchange, key, person));
  // What is told here is their own word, and kept as an event of theirs.
  if (secret && !key.may(Scope::ingest)) key.scopes.push_back(Scope::ingest);
  return key;
}

namespace {

void erase(Desk& desk, const ExchangePtr& exchange, const Asking& person, const Key& key) {
  const auto answer = [&desk, exchange,
                       user = person.user_id](const Result<Partition::Receipt>& receipt) {
    if (!receipt) return exchange->fail(receipt.error());
    // Their preference centre closes, wherever it is open.
    if (!user.empty()) desk.centre.end_others(user, "");
    exchange->json(receipt_json(*receipt));
  };
  desk.partition.erase(person, key, answer);
}

Result<std::string> see(Desk& desk, Exchange& exchange) {
  Asking person = asking_query(exchange);
  const Key key = TRY(admit_for_me(desk, exchange, person));
  const auto snapshot = desk.partition.snapshot();
  const auto locale = snapshot ? locale_of(exchange, *snapshot) : ground::LocaleId{0};
  return desk.partition.me_json(person, key, locale);
}

}  // namespace

void answer_me(Desk& desk, const ExchangePtr& exchange) {
  const auto me = see(desk, *exchange);
  if (!me) return exchange->fail(me.error());
  exchange->json(*me);
}

void answer_export_me(Desk& desk, const ExchangePtr& exchange) {
  const auto me = see(desk, *exchange);
  if (!me) return exchange->fail(me.error());
  const std::string format = exchange->query("format").value_or("json");
  if (format != "json" && format != "html")
    return exchange->fail(400, "invalid", "\"format\" is not json or html.",
                          "Leave it out for JSON.");
  Response response{.body = *me};
  if (format == "html") {
    const auto snapshot = desk.partition.snapshot();
    const auto locale = locale_of(*exchange, *snapshot);
    const auto json = ground::parse_json(*me);
    if (!json) return exchange->fail(json.error());
    response.content_type = "text/html; charset=utf-8";
    response.body =
        me_html(*json, snapshot->locales[locale.index].starts_with("ja") ? PageLanguage::japanese
                                                                         : PageLanguage::english);
    response.headers.emplace_back(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
  }
  response.headers.emplace_back("Content-Disposition",
                                fmt::format("attachment; filename=\"about-me.{}\"", format));
  exchange->send(std::move(response));
}

void answer_stop_me(Desk& desk, const ExchangePtr& exchange) {
  Asking person = asking_query(*exchange);
  const auto key = admit_for_me(desk, *exchange, person);
  if (!key) return exchange->fail(key.error());
  const auto snapshot = desk.partition.snapshot();
  if (!snapshot)
    return exchange->fail(503, "unavailable", "No brand folder is published yet.",
                          "Run `aizuchi apply DIR`.");
  std::vector<Partition::ConsentChange> changes;
  for (const ground::Purpose& purpose : snapshot->purposes)
    changes.push_back({purpose.name, false});
  const auto answer = [exchange, &desk, person, key = *key,
                       locale = locale_of(*exchange, *snapshot)](const Result<Ingested>& outcome) {
    if (!outcome) return exchange->fail(outcome.error());
    exchange->json(purposes_json(desk.partition.purposes(person, key), locale));
  };
  desk.partition.set_purposes(person, changes, *key, answer);
}

void answer_correct_me(Desk& desk, const ExchangePtr& exchange) {
  const auto body = object_body(
      exchange->request, {"value", "anonymousId", "userId", "token", "deviceToken", "writeKey"});
  if (!body) return exchange->fail(body.error());
  auto person = asking_member(*body);
  if (!person) return exchange->fail(person.error());
  const auto tokens = tokens_member(*body);
  if (!tokens) return exchange->fail(tokens.error());
  const auto body_key = text_member(*body, "writeKey");
  if (!body_key) return exchange->fail(body_key.error());
  const auto key = admit_for_me(desk, *exchange, *person, *tokens, *body_key);
  if (!key) return exchange->fail(key.error());
  const ground::Value* value = body->find("value");
  if (value == nullptr || value->is_null())
    return exchange->fail(400, "invalid", "\"value\" is missing.",
                          "Send {\"value\": …}; DELETE forgets the fact.");
  const auto answer =
      [exchange, fact = exchange->parameters.front()](const Result<Partition::Corrected>& outcome) {
        if (!outcome) return exchange->fail(outcome.error());
        exchange->json(corrected_json(fact, *outcome));
      };
  desk.partition.correct(*person, exchange->parameters.front(), *value, *key, answer);
}

void answer_use_of_fact(Desk& desk, const ExchangePtr& exchange) {
  const auto body = object_body(exchange->request, {"allowed", "purpose", "anonymousId", "userId",
                                                    "token", "deviceToken", "writeKey"});
  if (!body) return exchange->fail(body.error());
  auto person = asking_member(*body);
  if (!person) return exchange->fail(person.error());
  const auto tokens = tokens_member(*body);
  if (!tokens) return exchange->fail(tokens.error());
  const auto body_key = text_member(*body, "writeKey");
  if (!body_key) return exchange->fail(body_key.error());
  const auto key = admit_for_me(desk, *exchange, *person, *tokens, *body_key);
  if (!key) return exchange->fail(key.error());
  const auto purpose = text_member(*body, "purpose");
  if (!purpose) return exchange->fail(purpose.error());
  const ground::Value* allowed = body->find("allowed");
  if (allowed == nullptr || !allowed->is(ground::Value::Kind::boolean))
    return exchange->fail(400, "invalid", "\"allowed\" is not true or false.",
                          "Send {\"allowed\": false, \"purpose\": \"…\", \"anonymousId\": \"…\"}.");
  const auto snapshot = desk.partition.snapshot();
  const auto locale = snapshot ? locale_of(*exchange, *snapshot) : ground::LocaleId{0};
  const auto answer = [exchange, &desk, person = *person, key = *key,
                       locale](const Result<Ingested>& outcome) {
    if (!outcome) return exchange->fail(outcome.error());
    const auto json = desk.partition.objections_json(person, key, locale);
    if (!json) return exchange->fail(json.error());
    exchange->json(*json);
  };
  desk.partition.set_use(
      *person,
      {.name = exchange->parameters.front(), .purpose = *purpose, .allowed = allowed->as_bool()},
      *key, answer);
}

void answer_forget_me(Desk& desk, const ExchangePtr& exchange) {
  Asking person = asking_query(*exchange);
  const auto key = admit_for_me(desk, *exchange, person);
  if (!key) return exchange->fail(key.error());
  const auto answer = [exchange](const Result<Partition::Receipt>& receipt) {
    if (!receipt) return exchange->fail(receipt.error());
    exchange->json(receipt_json(*receipt));
  };
  desk.partition.forget_value(person, exchange->parameters.front(), *key, answer);
}

void answer_erase_me(Desk& desk, const ExchangePtr& exchange) {
  Asking person = asking_query(*exchange);
  const auto key = admit_for_me(desk, *exchange, person);
  if (!key) return exchange->fail(key.error());
  erase(desk, exchange, person, *key);
}

void answer_erase_person(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::privacy, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto person = asking_path(*exchange);
  if (!person) return exchange->fail(person.error());
  erase(desk, exchange, *person, *key);
}

// Global Privacy Control, "GPC Support Resource": the day since when it is honoured.
void answer_opt_out_signal(Desk&, const ExchangePtr& exchange) {
  exchange->json(R"({"gpc":true,"lastUpdate":"2026-11-23"})");
}

void answer_receipt_keys(Desk& desk, const ExchangePtr& exchange) {
  exchange->json(ground::jwk_set(desk.partition.receipt_key()));
}

}  // namespace aizuchi::serve
