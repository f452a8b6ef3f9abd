// Webhooks at the admin door: who is told what people changed, how it goes, and what to do when it
// does not.
#include <fmt/format.h>

#include "ground/base/json.h"
#include "serve/http/operator_json.h"
#include "serve/http/routes_desk.h"
#include "serve/partition/webhooks.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Instant;
using ground::JsonWriter;
using ground::Result;
using ground::Value;

namespace {

void write_webhook(JsonWriter& json, const Webhook& webhook) {
  const auto moment = [&](std::string_view name, Instant at) {
    if (at != Instant{}) json.member(name, ground::format_instant(at));
  };
  json.object().member("id", webhook.id).member("url", webhook.url).key("events").array();
  for (const EffectKind kind : webhook.kinds) json.value(to_string(kind));
  json.end_array().member("by", webhook.by);
  moment("createdAt", webhook.created_at);
  moment("rotatingUntil", webhook.rotating_until);
  json.member("state", webhook.gone                         ? "gone"
                       : webhook.failing_since != Instant{} ? "failing"
                                                            : "well");
  json.member("pending", webhook.pending).member("delivered", webhook.delivered);
  json.member("dropped", webhook.dropped);
  moment("oldestAt", webhook.oldest);
  moment("failingSince", webhook.failing_since);
  moment("nextAt", webhook.next_at);
  if (webhook.attempts > 0) json.member("attempts", uint64_t{webhook.attempts});
  if (!webhook.trouble.empty()) json.member("trouble", webhook.trouble);
  json.end_object();
}

Result<std::vector<EffectKind>> read_kinds(const Value& body) {
  std::vector<EffectKind> out;
  const Value* events = body.find("events");
  if (events == nullptr || !events->is(Value::Kind::list)) return out;
  for (const Value& event : events->as_list()) {
    const std::string word = ground::to_display(event);
    const auto kind = parse_effect_kind(word);
    if (!kind)
      return fail(ErrorCode::invalid, "\"events\" names something that no webhook is told of.",
                  "consent.changed, use.changed, fact.corrected, values.forgotten, person.erased");
    out.push_back(*kind);
  }
  return out;
}

}  // namespace

std::string webhooks_json(const std::vector<Webhook>& webhooks) {
  JsonWriter json;
  json.object().key("webhooks").array();
  for (const Webhook& webhook : webhooks) write_webhook(json, webhook);
  return json.end_array().end_object().take();
}

std::string new_webhook_json(const NewWebhook& made) {
  JsonWriter json;
  json.object().member("secret", made.secret).key("about");
  write_webhook(json, made.webhook);
  return json.end_object().take();
}

void answer_webhooks(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::admin, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  exchange->json(webhooks_json(desk.partition.webhooks()));
}

void answer_add_webhook(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::admin, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto body = object_body(exchange->request, {"url", "events"});
  if (!body) return exchange->fail(body.error());
  const auto url = text_member(*body, "url");
  if (!url) return exchange->fail(url.error());
  auto kinds = read_kinds(*body);
  if (!kinds) return exchange->fail(kinds.error());
  const auto made = desk.partition.add_webhook(*url, *std::move(kinds), key->id);
  if (!made) return exchange->fail(made.error());
  exchange->json(new_webhook_json(*made), 201);
}

void answer_remove_webhook(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::admin, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto removed = desk.partition.remove_webhook(exchange->parameters.front(), key->id);
  if (!removed) return exchange->fail(removed.error());
  exchange->send({.status = 204, .content_type = ""});
}

void answer_rotate_webhook(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::admin, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto made = desk.partition.rotate_webhook(exchange->parameters.front(), key->id);
  if (!made) return exchange->fail(made.error());
  exchange->json(new_webhook_json(*made));
}

void answer_test_webhook(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::admin, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto tested = desk.partition.test_webhook(exchange->parameters.front());
  if (!tested) return exchange->fail(tested.error());
  exchange->json(webhooks_json(desk.partition.webhooks()));
}

void answer_skip_message(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::admin, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto skipped = desk.partition.skip_message(exchange->parameters.front(), key->id);
  if (!skipped) return exchange->fail(skipped.error());
  exchange->json(webhooks_json(desk.partition.webhooks()));
}

}  // namespace aizuchi::serve
