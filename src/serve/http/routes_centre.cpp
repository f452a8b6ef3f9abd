// The preference centre's pages: what we know of the person who is signed in, and what they can do
// about it, without a script. What is done there is in centre_deeds.cpp.
#include <fmt/format.h>

#include <algorithm>

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "ground/catalog/snapshot.h"
#include "ground/template/escape.h"
#include "serve/http/centre_page.h"
#include "serve/http/centre_visit.h"
#include "serve/http/me_html.h"
#include "serve/http/operator_json.h"
#include "serve/partition/centre.h"

namespace aizuchi::serve {

using ground::Result;
using ground::Snapshot;
using ground::Value;

namespace {

bool in_a_frame(const Request& request) {
  const std::string_view where = request.header("sec-fetch-dest");
  return where == "iframe" || where == "frame";
}

std::string_view cookie(const Request& request, std::string_view name) {
  for (std::string_view part : ground::split(request.header("cookie"), ';')) {
    part = ground::trim(part);
    const size_t equals = part.find('=');
    if (equals != std::string_view::npos && part.substr(0, equals) == name)
      return part.substr(equals + 1);
  }
  return {};
}

// Who may have it in a frame: the brand's pages; while it is tried out on one machine, its own.
std::string ancestors(const Request& request, const Snapshot& snapshot) {
  std::string out = "'self'";
  for (const std::string& origin : snapshot.origins) out += " " + origin;
  if (snapshot.origins.empty() && names_this_machine(request.header("host")))
    out += " http://127.0.0.1:* http://localhost:*";
  return out;
}

void send_export(Desk& desk, const ExchangePtr& exchange, const Snapshot& snapshot,
                 const CentreVisit& visit) {
  const auto locale = centre_locale(*exchange, snapshot, visit.session);
  const auto me = desk.partition.me_json(visit.session->who, visit.key, locale);
  if (!me) return exchange->fail(me.error());
  const bool page = exchange->query("format").value_or("json") == "html";
  Response response{.body = *me};
  if (page) {
    const auto json = ground::parse_json(*me);
    if (!json) return exchange->fail(json.error());
    const std::string& tag = snapshot.locales[locale.index];
    response.content_type = "text/html; charset=utf-8";
    response.body =
        me_html(*json, tag.starts_with("ja") ? PageLanguage::japanese : PageLanguage::english);
  }
  response.headers = {{"Content-Disposition",
                       fmt::format("attachment; filename=\"about-me.{}\"", page ? "html" : "json")},
                      {"Content-Security-Policy",
                       "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors " +
                           ancestors(exchange->request, snapshot)}};
  exchange->send(std::move(response));
}

void send_receipt(const ExchangePtr& exchange, const Snapshot& snapshot,
                  const CentreSession& session) {
  if (exchange->query("format").value_or("") == "json") {
    Response response{.body = receipt_json({session.receipt, session.receipt_jws})};
    response.headers = {{"Content-Disposition", "attachment; filename=\"receipt.json\""}};
    return exchange->send(std::move(response));
  }
  const auto receipt = ground::parse_json(session.receipt);
  if (!receipt) return exchange->fail(receipt.error());
  const CentreFrame frame{snapshot, centre_locale(*exchange, snapshot, &session), session.csrf};
  send_centre_page(*exchange, snapshot, 200,
                   centre_page("receipt", receipt_model(frame, *receipt, receipt_keys_path)));
}

struct KnownOf {
  Value me, beyond;
};

// All that the page shows; of who came by a mail, their wishes only.
Result<KnownOf> known_of(Desk& desk, const CentreVisit& visit, ground::LocaleId locale) {
  Centre centre(desk.partition);
  const Asking& who = visit.session->who;
  KnownOf out;
  if (visit.session->kind == CentreSession::Kind::mail) {
    const std::string wishes = TRY(centre.wishes_json(who, visit.key));
    out.me = TRY(ground::parse_json(wishes));
    return out;
  }
  const std::string me = TRY(desk.partition.me_json(who, visit.key, locale));
  const std::string beyond = TRY(centre.json(who, visit.key, locale));
  out.me = TRY(ground::parse_json(me));
  out.beyond = TRY(ground::parse_json(beyond));
  return out;
}

void send_style(Exchange& exchange) {
  Response response{.content_type = "text/css; charset=utf-8", .body = std::string(centre_style())};
  response.headers = {{"Cache-Control", "public, max-age=31536000, immutable"}};
  exchange.send(std::move(response));
}

}  // namespace

std::string_view centre_cookie(const Request& request) {
  return in_a_frame(request) ? "__Host-aizuchi-me-framed" : "__Host-aizuchi-me";
}

std::string centre_cookie_text(const Request& request, std::string_view secret) {
  return fmt::format("{}={}; Path=/; Max-Age={}; Secure; HttpOnly; {}", centre_cookie(request),
                     secret, CentreSessions::keep.ms / 1000,
                     in_a_frame(request) ? "SameSite=None; Partitioned" : "SameSite=Lax");
}

std::string centre_cookie_gone(const Request& request) {
  return fmt::format("{}=; Path=/; Max-Age=0; Secure; HttpOnly; {}", centre_cookie(request),
                     in_a_frame(request) ? "SameSite=None; Partitioned" : "SameSite=Lax");
}

Key mail_key(const std::string& source) {
  return {.id = "mailbox", .secret = true, .source = source, .scopes = {Scope::ingest}};
}

CentreVisit centre_visit(Desk& desk, const Request& request) {
  CentreVisit out{.secret = std::string(cookie(request, centre_cookie(request)))};
  if (out.secret.empty()) return out;
  out.session = desk.centre.find(out.secret, desk.partition.clock().now());
  if (out.session == nullptr || out.session->kind == CentreSession::Kind::receipt) return out;
  if (out.session->kind == CentreSession::Kind::link) out.session = nullptr;  // no cookie of ours
  if (out.session == nullptr) return out;
  if (out.session->kind == CentreSession::Kind::mail) {
    out.key = mail_key(out.session->source);
    return out;
  }
  auto key = desk.partition.check_key(out.session->key_text);
  if (key)
    out.key = *std::move(key);
  else
    out.session = nullptr;  // its page's key was revoked
  return out;
}

ground::LocaleId centre_locale(const Exchange& exchange, const Snapshot& snapshot,
                               const CentreSession* session) {
  if (session != nullptr && !session->locale.empty() && !exchange.query("locale"))
    return snapshot.locale(session->locale);
  return locale_of(exchange, snapshot);
}

void send_centre_page(Exchange& exchange, const Snapshot& snapshot, int status, std::string body,
                      Exchange::Headers more) {
  Response response{.status = status,
                    .content_type = "text/html; charset=utf-8",
                    .body = std::move(body),
                    .headers = std::move(more)};
  response.headers.emplace_back(
      "Content-Security-Policy",
      fmt::format("default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
                  "base-uri 'none'; frame-ancestors {}",
                  ancestors(exchange.request, snapshot)));
  // So that forms say where they come from, and nobody else is told.
  response.headers.emplace_back("Referrer-Policy", "same-origin");
  exchange.send(std::move(response));
}

void send_centre_message(Exchange& exchange, const Snapshot& snapshot, const CentreSession* session,
                         int status, std::string_view words, Exchange::Headers more) {
  const CentreFrame frame{snapshot, centre_locale(exchange, snapshot, session), ""};
  const std::string heading = fmt::format("{}_heading", words),
                    text = fmt::format("{}_text", words);
  send_centre_page(exchange, snapshot, status,
                   centre_page("message", message_model(frame, heading, text)), std::move(more));
}

bool centre_is_open(Exchange& exchange, const Snapshot* snapshot) {
  if (snapshot != nullptr) return true;
  exchange.fail(503, "unavailable", "No brand folder is published yet.",
                "Run `aizuchi apply DIR`.");
  return false;
}

void redirect_in_centre(Exchange& exchange, const std::string& to, Exchange::Headers more) {
  Response response{.status = 303, .content_type = "", .headers = std::move(more)};
  response.headers.emplace_back("Location", to);
  exchange.send(std::move(response));
}

void answer_centre(Desk& desk, const ExchangePtr& exchange) {
  const auto snapshot = desk.partition.snapshot();
  if (!centre_is_open(*exchange, snapshot.get())) return;
  const CentreVisit visit = centre_visit(desk, exchange->request);
  if (visit.session == nullptr)
    return send_centre_message(*exchange, *snapshot, nullptr, 401, "closed");
  if (visit.session->kind == CentreSession::Kind::receipt)
    return redirect_in_centre(*exchange, "/me/receipt");
  if (const auto asked = exchange->query("locale"))
    visit.session->locale = snapshot->locales[snapshot->locale(*asked).index];
  const auto locale = centre_locale(*exchange, *snapshot, visit.session);
  const auto known = known_of(desk, visit, locale);
  if (!known) return exchange->fail(known.error());
  const auto purposes = desk.partition.purposes(visit.session->who, visit.key);
  const Value model = centre_model({.frame = {*snapshot, locale, visit.session->csrf},
                                    .me = known->me,
                                    .beyond = known->beyond,
                                    .purposes = purposes,
                                    .note = std::exchange(visit.session->note, {}),
                                    .now = desk.partition.clock().now(),
                                    .expires_at = visit.session->expires_at,
                                    .mail = visit.session->kind == CentreSession::Kind::mail});
  send_centre_page(*exchange, *snapshot, 200, centre_page("centre", model));
}

void answer_centre_page(Desk& desk, const ExchangePtr& exchange) {
  const std::string page = exchange->parameters.front();
  if (page == "style.css") return send_style(*exchange);
  const auto snapshot = desk.partition.snapshot();
  if (!centre_is_open(*exchange, snapshot.get())) return;
  const CentreVisit visit = centre_visit(desk, exchange->request);
  if (page == "ended") return send_centre_message(*exchange, *snapshot, nullptr, 200, "ended");
  if (visit.session == nullptr)
    return send_centre_message(*exchange, *snapshot, nullptr, 401, "closed");
  const bool receipt = visit.session->kind == CentreSession::Kind::receipt;
  if (visit.session->kind == CentreSession::Kind::mail)
    return send_centre_message(*exchange, *snapshot, visit.session, 404, "gone");
  if (page == "receipt" && receipt) return send_receipt(exchange, *snapshot, *visit.session);
  if (page == "export" && !receipt) return send_export(desk, exchange, *snapshot, visit);
  if (page != "erase" || receipt)
    return send_centre_message(*exchange, *snapshot, visit.session, 404, "gone");
  const CentreFrame frame{*snapshot, centre_locale(*exchange, *snapshot, visit.session),
                          visit.session->csrf};
  send_centre_page(*exchange, *snapshot, 200, centre_page("erase", erase_model(frame)));
}

// ---- by a link of a mail

void mint_centre_link(Desk& desk, const ExchangePtr& exchange, const std::string& user_id,
                      const Key& key) {
  const ground::Instant now = desk.partition.clock().now();
  CentreSession link{.kind = CentreSession::Kind::link, .source = key.source};
  link.who.user_id = user_id;
  const std::string token = desk.centre.open(std::move(link), desk.partition.dice(), now);
  ground::JsonWriter json;
  json.object().member("token", token).member("path", "/me/mail/" + token);
  json.member("expiresAt", ground::format_instant(now + CentreSessions::keep));
  exchange->json(json.end_object().take(), 201);
}

// Programs open every link of a mail: looking at this one does nothing.
void answer_centre_link(Desk& desk, const ExchangePtr& exchange) {
  const auto snapshot = desk.partition.snapshot();
  if (!centre_is_open(*exchange, snapshot.get())) return;
  const CentreSession* link =
      desk.centre.find(exchange->parameters.front(), desk.partition.clock().now());
  if (link == nullptr || link->kind != CentreSession::Kind::link)
    return send_centre_message(*exchange, *snapshot, nullptr, 404, "spent");
  const CentreFrame frame{*snapshot, centre_locale(*exchange, *snapshot, nullptr), ""};
  send_centre_page(*exchange, *snapshot, 200, centre_page("link", link_model(frame)));
}

void answer_open_centre_link(Desk& desk, const ExchangePtr& exchange) {
  const auto snapshot = desk.partition.snapshot();
  if (!centre_is_open(*exchange, snapshot.get())) return;
  const ground::Instant now = desk.partition.clock().now();
  auto link = desk.centre.take_link(exchange->parameters.front(), now);
  if (!link) return send_centre_message(*exchange, *snapshot, nullptr, 404, "spent");
  desk.centre.end(centre_visit(desk, exchange->request).secret);
  link->kind = CentreSession::Kind::mail;
  const std::string secret = desk.centre.open(*std::move(link), desk.partition.dice(), now);
  redirect_in_centre(*exchange, "/me",
                     {{"Set-Cookie", centre_cookie_text(exchange->request, secret)}});
}

}  // namespace aizuchi::serve
