// Ingest over HTTP, compatible with Segment's tracking API. What a client library does with an
// answer decides which one it gets: 400, 401 and 413 make it drop the events at once, so they are
// given only when the events must be dropped; 429 with Retry-After and 5xx make it try again.
#include <fmt/format.h>

#include "ground/base/json.h"
#include "serve/http/routes_desk.h"
#include "serve/partition/answer_json.h"
#include "serve/partition/threads.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::Result;
using ground::Value;

namespace {

std::string ingested_json(const Ingested& ingested, const ground::Error* error,
                          const std::vector<std::string>* unknown = nullptr) {
  ground::JsonWriter json;
  json.object().member("success", error == nullptr);
  json.member("accepted", uint64_t{ingested.accepted});
  json.member("duplicates", uint64_t{ingested.duplicates});
  json.member("noBasis", uint64_t{ingested.no_basis});
  json.key("refused").array();
  for (const listen::EventRefusal& refusal : ingested.refused) {
    json.object().member("index", uint64_t{refusal.index});
    json.member("message", refusal.message).end_object();
  }
  json.end_array();
  if (!ingested.traits_refused.empty() || !ingested.sensitive_refused.empty()) {
    json.key("traitsRefused").array();
    const auto each = [&](const std::vector<size_t>& indexes, std::string_view reason) {
      for (const size_t index : indexes)
        json.object().member("index", uint64_t{index}).member("reason", reason).end_object();
    };
    each(ingested.traits_refused, "not_of_its_type_or_proof");
    each(ingested.sensitive_refused, "no_explicit_consent");
    json.end_array();
  }
  if (unknown != nullptr) {
    json.key("unknown").array();
    for (const std::string& name : *unknown) json.value(name);
    json.end_array();
  }
  if (error != nullptr) {
    json.key("error").object().member("code", to_string(error->code));
    json.member("message", error->message).member("hint", error->hint).end_object();
  }
  return json.end_object().take();
}

void answer_ingested(Exchange& exchange, const Result<Ingested>& outcome,
                     const std::vector<std::string>* unknown = nullptr) {
  if (!outcome) return exchange.fail(outcome.error());
  const size_t kept = outcome->accepted + outcome->duplicates + outcome->no_basis;
  if (kept > 0 || outcome->refused.empty())
    return exchange.json(ingested_json(*outcome, nullptr, unknown));
  const ground::Error error{
      ErrorCode::invalid,
      outcome->refused.size() == 1
          ? fmt::format("The event was refused: {}.", outcome->refused.front().message)
          : fmt::format("All {} events were refused; the first: {}.", outcome->refused.size(),
                        outcome->refused.front().message),
      "Sending them again will not help; see docs/http.md for the shape of an event."};
  exchange.json(ingested_json(*outcome, &error), 400);
}

// Events of one device after another; most batches of a page are of one. A token names whom its
// bearer need not name in every event.
Result<void> charge_speakers(Desk& desk, Exchange& exchange, const listen::EventBatch& batch,
                             const Key& key, const Asking& proven) {
  const auto& events = batch.events;
  for (size_t i = 0, next = 0; i < events.size(); i = next) {
    const auto same = [&](const listen::Event& event) {
      return event.anonymous_id == events[i].anonymous_id && event.user_id == events[i].user_id;
    };
    while (next < events.size() && same(events[next])) ++next;
    Asking speaker = proven;
    if (!events[i].anonymous_id.empty()) {
      speaker.device_proven = proven.device_proven && proven.anonymous_id == events[i].anonymous_id;
      speaker.anonymous_id = events[i].anonymous_id;
    }
    if (!proven.proof) speaker.user_id = events[i].user_id;
    TRY(desk.charge_person(exchange, key, speaker, static_cast<uint32_t>(next - i)));
  }
  return {};
}

void ingest(Desk& desk, const ExchangePtr& exchange, listen::EventBatch batch, const Key& key) {
  Asking speaker;
  if (const auto proven = desk.prove(speaker, exchange->request, {batch.token, batch.device_token});
      !proven)
    return exchange->fail(proven.error());
  if (const auto charged = charge_speakers(desk, *exchange, batch, key, speaker); !charged)
    return exchange->fail(charged.error());
  desk.partition.ingest(
      std::move(batch), key, speaker,
      [exchange](const Result<Ingested>& outcome) { answer_ingested(*exchange, outcome); });
}

void receive(Desk& desk, const ExchangePtr& exchange, std::optional<listen::EventType> only) {
  const Request& request = exchange->request;
  // With a key in the header a stranger's body is not even parsed.
  std::optional<Key> key;
  if (!credential(request).empty()) {
    auto admitted = desk.admit(request, Scope::ingest);
    if (!admitted) return exchange->fail(admitted.error());
    key = *std::move(admitted);
  }
  // What could not be kept now is not parsed either: a disk that is full, a queue that is.
  if (const auto healthy = desk.partition.healthy(); !healthy)
    return exchange->fail(healthy.error());
  auto batch =
      listen::parse_events(request.body, only, desk.partition.clock().now(), {.ids_needed = false});
  if (!batch) return exchange->fail(batch.error());
  if (!key) {
    auto admitted = desk.admit(request, Scope::ingest, Desk::Kind::any, batch->write_key);
    if (!admitted) return exchange->fail(admitted.error());
    key = *std::move(admitted);
  }
  ingest(desk, exchange, *std::move(batch), *key);
}

// An exposure or outcome as the event that it is. Its messageId is made from what it says, so that
// a client may send it again without counting it twice.
struct Feedback {
  std::string event;
  std::string kind;  // begins its messageId
  Value body;
};

Result<listen::EventBatch> feedback_event(const Feedback& feedback, ground::Instant now) {
  const Value& body = feedback.body;
  const std::string decision = TRY(text_member(body, "decisionId"));
  const std::string slot = TRY(text_member(body, "slot"));
  const std::string item = TRY(text_member(body, "item"));
  if (!parse_decision_id(decision))
    return ground::fail(ErrorCode::invalid, "\"decisionId\" is not one.",
                        "Send back the decisionId that /v1/decide answered.");
  std::string message_id = TRY(text_member(body, "messageId"));
  if (message_id.empty())
    message_id = fmt::format("{}-{}-{}-{}", feedback.kind, decision, slot, item);
  ground::ValueMap properties;
  if (const Value* own = body.find("properties"); own != nullptr && own->is(Value::Kind::map))
    for (const auto& entry : own->as_map())
      if (const std::string& name = entry.first.as_string();
          name != "decisionId" && name != "slot" && name != "item")
        properties.push_back(entry);
  properties.emplace_back("decisionId", decision);
  if (!slot.empty()) properties.emplace_back("slot", slot);
  if (!item.empty()) properties.emplace_back("item", item);
  ground::ValueMap event{{"type", "track"}, {"event", feedback.event}, {"messageId", message_id}};
  for (const std::string_view name : {"anonymousId", "userId", "timestamp", "sentAt", "context"})
    if (const Value* value = body.find(name)) event.emplace_back(name, *value);
  event.emplace_back("properties", Value::map(std::move(properties)));
  return listen::read_events(Value::map(std::move(event)), std::nullopt, now,
                             {.ids_needed = false});
}

void receive_feedback(Desk& desk, const ExchangePtr& exchange, const Feedback& feedback) {
  const Value* body_key = feedback.body.find("writeKey");
  const bool text = body_key != nullptr && body_key->is(Value::Kind::string);
  const auto key = desk.admit(exchange->request, Scope::ingest, Desk::Kind::any,
                              text ? std::string_view(body_key->as_string()) : "");
  if (!key) return exchange->fail(key.error());
  auto batch = feedback_event(feedback, desk.partition.clock().now());
  if (!batch) return exchange->fail(batch.error());
  const auto tokens = tokens_member(feedback.body);
  if (!tokens) return exchange->fail(tokens.error());
  batch->token = tokens->person;
  batch->device_token = tokens->device;
  ingest(desk, exchange, *std::move(batch), *key);
}

const std::vector<std::string> feedback_members = {
    "decisionId", "slot",    "item",       "anonymousId", "userId", "messageId",  "timestamp",
    "sentAt",     "context", "properties", "writeKey",    "token",  "deviceToken"};

}  // namespace

void answer_batch(Desk& desk, const ExchangePtr& exchange) {
  receive(desk, exchange, std::nullopt);
}

void answer_single(Desk& desk, const ExchangePtr& exchange) {
  const std::string_view path = exchange->request.path;
  receive(desk, exchange, listen::parse_event_type(path.substr(path.rfind('/') + 1)));
}

// What analytics-next reports about itself is of no use here; refusing it would make it try again.
void answer_client_metrics(Desk&, const ExchangePtr& exchange) {
  exchange->json(R"({"success":true})");
}

// What analytics-next loads first; without it, it sends nothing at all.
void answer_settings(Desk& desk, const ExchangePtr& exchange) {
  const std::string& text = exchange->parameters.front();
  const auto key = desk.partition.check_key(text);
  if (!key || key->secret)
    return exchange->fail(404, "not_found", "There is no public key like this.",
                          "Use the public key (pk_…) that `aizuchi keys create` printed.");
  ground::JsonWriter json;
  json.object().key("integrations").object().key("Segment.io").object();
  json.member("apiKey", text).key("unbundledIntegrations").array().end_array();
  json.member("addBundledMetadata", true).end_object().end_object();
  json.key("plan").object().key("track").object().key("__default").object();
  json.member("enabled", true).key("integrations").object().end_object();
  json.end_object().end_object().end_object();
  exchange->json(json.end_object().take());
}

void answer_exposure(Desk& desk, const ExchangePtr& exchange) {
  auto body = object_body(exchange->request, feedback_members);
  if (!body) return exchange->fail(body.error());
  receive_feedback(desk, exchange, {"Slot Exposed", "exposure", *std::move(body)});
}

void answer_outcome(Desk& desk, const ExchangePtr& exchange) {
  auto members = feedback_members;
  members.emplace_back("event");
  auto body = object_body(exchange->request, members);
  if (!body) return exchange->fail(body.error());
  const auto event = text_member(*body, "event");
  if (!event) return exchange->fail(event.error());
  if (*event != "Item Clicked" && *event != "Conversion")
    return exchange->fail(400, "invalid", "\"event\" is not an outcome.",
                          "Send \"Item Clicked\" or \"Conversion\"; everything else is an ordinary "
                          "event for /v1/track, with the decisionId in its properties.");
  const std::string kind = *event == "Conversion" ? "conversion" : "click";
  receive_feedback(desk, exchange, {*event, kind, *std::move(body)});
}

namespace {

// Rows that a server tells of people, as events: one, or several under a name.
template <typename Begin>
void answer_told(Desk& desk, const ExchangePtr& exchange, std::string_view several_in,
                 const std::vector<std::string>& members, Begin begin) {
  auto key = desk.admit(exchange->request, Scope::people, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto body = object_body(exchange->request, members);
  if (!body) return exchange->fail(body.error());
  const Value* several = body->find(several_in);
  auto task = begin(several != nullptr ? *several : Value::list({*body}));
  if (!task) return exchange->fail(task.error());
  // The right to tell of a person is what this asks for, not the right to send any event.
  key->scopes.push_back(Scope::ingest);
  desk.partition.ingest(
      std::move(task->events), *key,
      [exchange, unknown = std::move(task->unknown)](const Result<Ingested>& outcome) {
        answer_ingested(*exchange, outcome, &unknown);
      });
}

}  // namespace

void answer_said(Desk& desk, const ExchangePtr& exchange) {
  answer_told(
      desk, exchange, "said",
      {"said", "userId", "anonymousId", "item", "topic", "channel", "by", "at", "messageId"},
      [&](const Value& rows) { return desk.partition.begin_said(rows); });
}

void answer_threads(Desk& desk, const ExchangePtr& exchange) {
  answer_told(desk, exchange, "threads",
              {"threads", "userId", "anonymousId", "kind", "state", "id", "topic", "product", "due",
               "owner", "complaint", "text", "at", "messageId"},
              [&](const Value& rows) { return Threads(desk.partition).begin(rows); });
}

}  // namespace aizuchi::serve
