// Unsubscribing by a link in a mail (RFC 8058): GET shows what it would stop and does nothing,
// since scanners of mails open every link; POST stops it.
#include <fmt/format.h>

#include "ground/base/json.h"
#include "ground/catalog/snapshot.h"
#include "ground/template/escape.h"
#include "serve/http/operator_json.h"
#include "serve/http/routes_desk.h"
#include "serve/partition/wishes.h"

namespace aizuchi::serve {

using ground::Result;
using ground::Value;

namespace {

constexpr int64_t days_usual = 60, days_max = 400;

struct Words {
  std::string_view lang, title, asks, button, done, invalid;
};
constexpr Words words_en{"en",
                         "Stop these mails",
                         "We use what we know of you:",
                         "Stop this",
                         "It is stopped. Nothing more is sent to you for this.",
                         "This link is not valid any more. Open the newest mail, or sign in."};
constexpr Words words_ja{
    "ja",
    "配信を止める",
    "次の目的でご連絡しています:",
    "止める",
    "止めました。この目的でお送りすることは、もうありません。",
    "このリンクは、いまは使えません。新しいメールからお試しいただくか、ログイン"
    "してください。"};

const Words& words_of(const Exchange& exchange, const ground::Snapshot* snapshot) {
  if (snapshot == nullptr) return words_en;
  const auto locale = locale_of(exchange, *snapshot);
  return snapshot->locales[locale.index].starts_with("ja") ? words_ja : words_en;
}

void send_page(Exchange& exchange, const Words& words, int status, const std::string& inner) {
  Response response{.status = status, .content_type = "text/html; charset=utf-8"};
  response.body = fmt::format(
      "<!doctype html>\n<html lang={}>\n<meta charset=utf-8>\n<meta name=viewport "
      "content=\"width=device-width\">\n<meta name=robots content=noindex>\n<title>{}</title>\n"
      "<style>body{{font:16px/1.6 sans-serif;max-width:30em;margin:3em auto;padding:0 1em}}"
      "button{{font:inherit;min-height:2.75em;padding:.4em "
      "1.2em}}</style>\n<h1>{}</h1>\n{}</html>\n",
      words.lang, words.title, words.title, inner);
  response.headers.emplace_back("Content-Security-Policy",
                                "default-src 'none'; style-src 'unsafe-inline'; form-action "
                                "'self'; frame-ancestors 'none'");
  // With no-referrer the button's own form would say that it comes from nowhere, and be refused.
  response.headers.emplace_back("Referrer-Policy", "same-origin");
  exchange.send(std::move(response));
}

bool wants_json(const Exchange& exchange) {
  return exchange.request.header("accept").starts_with("application/json");
}

// Looked up for who asks for it in JSON alone: the page and the button do not tell by their time
// whether somebody is known.
std::string_view standing_of(Desk& desk, const Mailbox& mailbox) {
  const Key key{.id = "mailbox", .secret = true, .source = mailbox.source};
  for (const auto& each : desk.partition.purposes({.user_id = mailbox.user_id}, key))
    if (each.purpose == mailbox.purpose && each.standing == "granted") return "granted";
  return "none";
}

std::string mailbox_json(Desk& desk, const Mailbox& mailbox, const std::string& says) {
  ground::JsonWriter json;
  json.object().member("purpose", mailbox.purpose).member("says", says);
  json.member("expiresAt", ground::format_instant(mailbox.expires_at));
  // A forwarded mail tells nobody later on what its reader decided.
  if (mailbox.fresh) json.member("standing", standing_of(desk, mailbox));
  return json.end_object().take();
}

}  // namespace

void answer_mint_mailbox(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::people, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto body = object_body(exchange->request, {"userId", "purpose", "days", "preferences"});
  if (!body) return exchange->fail(body.error());
  const auto user = text_member(*body, "userId");
  const auto purpose = text_member(*body, "purpose");
  if (!user) return exchange->fail(user.error());
  if (!purpose) return exchange->fail(purpose.error());
  if (user->empty() || user->size() > 512)
    return exchange->fail(400, "invalid", "\"userId\" is missing, or longer than 512 bytes.",
                          "Send {\"userId\": …, \"purpose\": …}.");
  if (const Value* all = body->find("preferences"); all != nullptr) {
    if (!all->is(Value::Kind::boolean) || !all->as_bool() || !purpose->empty() ||
        body->find("days") != nullptr)
      return exchange->fail(
          400, "invalid", "\"preferences\" is not true, alone beside \"userId\".",
          "Send {\"userId\": …, \"preferences\": true}; it works for half an hour.");
    return mint_centre_link(desk, exchange, *user, *key);
  }
  const Value* days = body->find("days");
  const double kept = days == nullptr ? days_usual : days->number_or(0);
  if (kept < 1 || kept > days_max)
    return exchange->fail(400, "invalid", fmt::format("\"days\" is not 1 to {}.", days_max),
                          fmt::format("Leave it out for {}.", days_usual));
  const auto link = desk.partition.mint_mailbox(
      *user, *purpose, ground::Duration::days(static_cast<int64_t>(kept)), *key);
  if (!link) return exchange->fail(link.error());
  ground::JsonWriter json;
  json.object().member("token", link->token).member("path", "/u/" + link->token);
  json.member("expiresAt", ground::format_instant(link->expires_at));
  exchange->json(json.end_object().take(), 201);
}

void answer_mailbox(Desk& desk, const ExchangePtr& exchange) {
  const auto snapshot = desk.partition.snapshot();
  const Words& words = words_of(*exchange, snapshot.get());
  const auto mailbox = desk.partition.open_mailbox(exchange->parameters.front());
  if (!mailbox && wants_json(*exchange)) return exchange->fail(mailbox.error());
  if (!mailbox) return send_page(*exchange, words, 404, fmt::format("<p>{}</p>\n", words.invalid));
  const std::string says =
      snapshot->purpose(mailbox->purpose)->says.in(locale_of(*exchange, *snapshot));
  if (wants_json(*exchange)) return exchange->json(mailbox_json(desk, *mailbox, says));
  send_page(*exchange, words, 200,
            fmt::format("<p>{} <strong>{}</strong></p>\n<form method=post>"
                        "<button>{}</button></form>\n",
                        words.asks, ground::escaped(says, ground::Escape::html), words.button));
}

void answer_stop_by_mailbox(Desk& desk, const ExchangePtr& exchange) {
  const auto snapshot = desk.partition.snapshot();
  const Words& words = words_of(*exchange, snapshot.get());
  const bool json = wants_json(*exchange);
  const auto mailbox = desk.partition.open_mailbox(exchange->parameters.front());
  if (!mailbox && json) return exchange->fail(mailbox.error());
  if (!mailbox) return send_page(*exchange, words, 404, fmt::format("<p>{}</p>\n", words.invalid));
  const auto answer = [exchange, json, &words](const Result<Ingested>& outcome) {
    if (!outcome) return exchange->fail(outcome.error());
    if (json) return exchange->json(R"({"stopped":true})");
    send_page(*exchange, words, 200, fmt::format("<p>{}</p>\n", words.done));
  };
  desk.partition.stop_by_mailbox(*mailbox, answer);
}

}  // namespace aizuchi::serve
