// The person's side at device level (purposes), and what a server may read of a person.
#include <fmt/format.h>

#include <charconv>

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "ground/catalog/snapshot.h"
#include "serve/http/operator_json.h"
#include "serve/http/routes_desk.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;

namespace {

constexpr size_t history_default = 100;
constexpr size_t history_max = 10'000;
constexpr size_t find_ids_max = 1'000;
constexpr size_t find_back_max = 1'000'000;

// A page speaks for the device it runs on, or for the person whose token it has; a server for
// anyone, when it may.
Result<Key> admit_for_purposes(Desk& desk, Exchange& exchange, const Asking& person,
                               std::string_view body_key) {
  const Request& request = exchange.request;
  const std::string text = credential(request);
  const auto known = desk.partition.check_key(text.empty() ? body_key : text);
  const bool secret = known && known->secret;
  Key key =
      TRY(desk.admit(request, secret ? Scope::privacy : Scope::decide, Desk::Kind::any, body_key));
  if (!secret && !person.proof && (person.anonymous_id.empty() || !person.user_id.empty()))
    return fail(ErrorCode::invalid, "A public key speaks for a device only.",
                "Send \"anonymousId\" and no \"userId\", or a person token; your server can speak "
                "for a user.");
  if (person.anonymous_id.empty() && person.user_id.empty())
    return fail(ErrorCode::invalid, "Nobody is named.", "Send \"anonymousId\" or \"userId\".");
  TRY(desk.charge_person(exchange, key, person));
  // What is told here is their own word, and kept as an event of theirs.
  if (secret && !key.may(Scope::ingest)) key.scopes.push_back(Scope::ingest);
  return key;
}

Response no_snapshot() {
  return {.status = 503,
          .body = error_json("unavailable", "No brand folder is published yet.",
                             "Run `aizuchi apply DIR`."),
          .headers = {{"Retry-After", "5"}}};
}

Result<size_t> read_limit(const Exchange& exchange) {
  const auto text = exchange.query("limit");
  if (!text) return history_default;
  size_t limit = 0;
  const auto end = text->data() + text->size();
  if (const auto [at, error] = std::from_chars(text->data(), end, limit);
      error != std::errc() || at != end || limit == 0 || limit > history_max)
    return fail(ErrorCode::invalid, fmt::format("\"limit\" is not 1 to {}.", history_max),
                fmt::format("Leave it out for {}.", history_default));
  return limit;
}

}  // namespace

ground::LocaleId locale_of(const Exchange& exchange, const ground::Snapshot& snapshot) {
  if (const auto asked = exchange.query("locale")) return snapshot.locale(*asked);
  const std::string_view accepted = exchange.request.header("accept-language");
  return snapshot.locale(accepted.substr(0, accepted.find_first_of(",;")));
}

std::string purposes_json(const std::vector<Partition::PurposeStanding>& standings,
                          ground::LocaleId locale) {
  ground::JsonWriter json;
  json.object().key("purposes").array();
  for (const auto& standing : standings) {
    json.object().member("id", standing.purpose).member("standing", standing.standing);
    json.member("basis", to_string(standing.basis));
    json.member("says", standing.says.in(locale));
    json.member("textVersion", standing.text_version).end_object();
  }
  return json.end_array().end_object().take();
}

// An id for a device that has none, or whose person has signed out.
void answer_device(Desk& desk, const ExchangePtr& exchange) {
  const bool bare = exchange->request.body.empty();
  const auto body = bare ? Value::map({}) : object_body(exchange->request, {"writeKey"});
  if (!body) return exchange->fail(body.error());
  const auto body_key = text_member(*body, "writeKey");
  if (!body_key) return exchange->fail(body_key.error());
  const auto key = desk.admit(exchange->request, Scope::ingest, Desk::Kind::any, *body_key);
  if (!key) return exchange->fail(key.error());
  const NewDevice device = desk.partition.mint_device();
  ground::JsonWriter json;
  json.object().member("anonymousId", device.anonymous_id).member("deviceToken", device.token);
  exchange->json(json.end_object().take(), 201);
}

void answer_purposes(Desk& desk, const ExchangePtr& exchange) {
  Asking person = asking_query(*exchange);
  if (const auto proven = desk.prove(person, exchange->request); !proven)
    return exchange->fail(proven.error());
  const auto key = admit_for_purposes(desk, *exchange, person, "");
  if (!key) return exchange->fail(key.error());
  const auto snapshot = desk.partition.snapshot();
  if (!snapshot) return exchange->send(no_snapshot());
  exchange->json(
      purposes_json(desk.partition.purposes(person, *key), locale_of(*exchange, *snapshot)));
}

void answer_set_purpose(Desk& desk, const ExchangePtr& exchange) {
  const auto body = object_body(exchange->request, {"granted", "textVersion", "anonymousId",
                                                    "userId", "token", "deviceToken", "writeKey"});
  if (!body) return exchange->fail(body.error());
  auto person = asking_member(*body);
  if (!person) return exchange->fail(person.error());
  const auto tokens = tokens_member(*body);
  if (!tokens) return exchange->fail(tokens.error());
  if (const auto proven = desk.prove(*person, exchange->request, *tokens); !proven)
    return exchange->fail(proven.error());
  const auto body_key = text_member(*body, "writeKey");
  if (!body_key) return exchange->fail(body_key.error());
  const auto key = admit_for_purposes(desk, *exchange, *person, *body_key);
  if (!key) return exchange->fail(key.error());
  const Value* granted = body->find("granted");
  if (granted == nullptr || !granted->is(Value::Kind::boolean))
    return exchange->fail(400, "invalid", "\"granted\" is not true or false.",
                          "Send {\"granted\": true, \"anonymousId\": \"…\"}.");
  const auto snapshot = desk.partition.snapshot();
  if (!snapshot) return exchange->send(no_snapshot());
  const std::string purpose = exchange->parameters.front();
  if (snapshot->purpose(purpose) == nullptr) {
    std::vector<std::string> names;
    for (const auto& each : snapshot->purposes) names.push_back(each.name);
    const std::string meant = ground::nearest(purpose, names);
    return exchange->fail(404, "not_found", "There is no such purpose.",
                          meant.empty() ? "They are listed at /v1/me/purposes."
                                        : fmt::format("Did you mean \"{}\"?", meant));
  }
  // What was agreed to is what was shown, not what stands here by now.
  const auto shown = text_member(*body, "textVersion");
  if (!shown) return exchange->fail(shown.error());
  if (granted->as_bool() && !shown->empty() &&
      *shown != Partition::text_version(*snapshot->purpose(purpose)))
    return exchange->fail(409, "conflict", "The purpose's text is not the one that was shown.",
                          "Show the text of /v1/me/purposes and ask again.");
  const auto answer = [exchange, &desk, person = *person, key = *key,
                       locale = locale_of(*exchange, *snapshot)](const Result<Ingested>& outcome) {
    if (!outcome) return exchange->fail(outcome.error());
    exchange->json(purposes_json(desk.partition.purposes(person, key), locale));
  };
  desk.partition.set_purposes(*person, {{purpose, granted->as_bool()}}, *key, answer);
}

void answer_person(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::people, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto person = asking_path(*exchange);
  if (!person) return exchange->fail(person.error());
  auto json = desk.partition.person_json(*person);
  if (!json) return exchange->fail(json.error());
  exchange->json(*std::move(json));
}

void answer_person_events(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::people, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto person = asking_path(*exchange);
  if (!person) return exchange->fail(person.error());
  const auto limit = read_limit(*exchange);
  if (!limit) return exchange->fail(limit.error());
  const auto events = desk.partition.history(*person, *limit);
  if (!events) return exchange->fail(events.error());
  exchange->json(events_json(*events));
}

void answer_find_events(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::people, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto body = object_body(exchange->request, {"messageIds"});
  if (!body) return exchange->fail(body.error());
  const Value* ids = body->find("messageIds");
  std::vector<std::string> wanted;
  if (ids != nullptr && ids->is(Value::Kind::list))
    for (const Value& id : ids->as_list())
      if (id.is(Value::Kind::string)) wanted.push_back(id.as_string());
  if (wanted.empty() || wanted.size() > find_ids_max || wanted.size() != ids->as_list().size())
    return exchange->fail(
        400, "invalid", fmt::format("\"messageIds\" is not a list of 1 to {} texts.", find_ids_max),
        "Send the messageIds of the events to find.");
  const auto events = desk.partition.find_events(wanted, find_back_max);
  if (!events) return exchange->fail(events.error());
  exchange->json(events_json(*events));
}

}  // namespace aizuchi::serve
