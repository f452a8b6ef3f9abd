// OpenFeature's Remote Evaluation Protocol 0.3.0 (openfeature.dev, "OFREP"), as its clients use it:
// a slot is a flag, and its value what the slot says. What differs from /v1/decide is the wire
// alone: keys, people, limits and records are the same.
#include <fmt/format.h>

#include <algorithm>

#include "decide/pipeline/question.h"
#include "ground/base/hash.h"
#include "ground/base/json.h"
#include "ground/catalog/snapshot.h"
#include "serve/http/routes_desk.h"
#include "serve/partition/answer_json.h"

namespace aizuchi::serve {

using decide::Pick;
using decide::SlotDraft;
using ground::ErrorCode;
using ground::JsonWriter;
using ground::Result;
using ground::Value;

namespace {

constexpr int inactivity_seconds = 120;  // a hidden page closes its stream after them

// What an OFREP client is told that something is wrong with; `key` is "" of the bulk.
struct FlagError {
  int status = 400;
  std::string_view code, details;
};

void fail_flag(Exchange& exchange, std::string_view key, const FlagError& error) {
  JsonWriter json;
  json.object();
  if (!key.empty()) json.member("key", key);
  json.member("errorCode", error.code).member("errorDetails", error.details).end_object();
  Response response{.status = error.status, .body = json.take()};
  if (error.status == 503) response.headers.emplace_back("Retry-After", "5");
  exchange.send(std::move(response));
}

// Whom the context speaks of. A page's targetingKey is its device, as an id that nobody can guess
// or as a device token; a server's is its user, unless "anonymousId" says the same. Of a question
// that is given up nothing is proven: nobody is looked up for it.
Result<void> read_target(Desk& desk, const Exchange& exchange, const Value& context, const Key& key,
                         Asking& asking) {
  const Request& request = exchange.request;
  const std::string target = TRY(text_member(context, "targetingKey"));
  const std::string device = TRY(text_member(context, "anonymousId"));
  Tokens tokens;
  if (target.starts_with("dt_"))
    tokens.device = target;
  else if (key.secret && target != device)
    asking.user_id = target;
  else if (!key.secret)
    asking.anonymous_id = target;
  if (key.secret && !device.empty()) asking.anonymous_id = device;
  // A proven person needs no other name, and may be named by the page all the same.
  if (!person_token(request).empty() && tokens.device.empty()) asking.anonymous_id = device;
  if (exchange.given_up) return {};
  return desk.prove(asking, request, tokens);
}

Value known_context(const Value& context) {
  ground::ValueMap out;
  for (const char* name : {"page", "referrer", "locale", "device", "for_whom"})
    if (const Value* value = context.find(name)) out.emplace_back(name, *value);
  return Value::map(std::move(out));
}

// What the request asks, for `slots`; nullopt when it was answered already.
std::optional<Ask> read_evaluation(Desk& desk, const ExchangePtr& exchange, const Key& key,
                                   std::vector<std::string> slots, std::string_view flag) {
  const auto body = ground::parse_json(exchange->request.body, {.depth_max = 32});
  const auto wrong = [&](std::string_view code, std::string_view details) {
    fail_flag(*exchange, flag, {400, code, details});
    return std::nullopt;
  };
  if (!body) return wrong("PARSE_ERROR", body.error().message);
  const Value* context = body->find("context");
  if (context == nullptr || !context->is(Value::Kind::map))
    return wrong("INVALID_CONTEXT", "\"context\" is not an object.");
  Ask ask{.slots = std::move(slots), .context = known_context(*context)};
  ask.explain = Explain::person;
  if (const auto target = read_target(desk, *exchange, *context, key, ask.person); !target) {
    if (target.error().code == ErrorCode::invalid)
      return wrong("INVALID_CONTEXT", target.error().message);
    exchange->fail(target.error());
    return std::nullopt;
  }
  if (ask.person.anonymous_id.empty() && ask.person.user_id.empty() && !exchange->given_up)
    return wrong("TARGETING_KEY_MISSING",
                 "\"targetingKey\" is missing: whose flags are asked for?");
  if (const auto charged = desk.charge_person(*exchange, key, ask.person); !charged) {
    exchange->fail(charged.error());
    return std::nullopt;
  }
  return ask;
}

std::string_view reason_of(const SlotDraft& draft) {
  switch (draft.reason) {
    case decide::Reason::chosen:
      return "TARGETING_MATCH";
    case decide::Reason::stopped:
      return "DISABLED";
    case decide::Reason::shed:
      return "SHED";
    default:
      return "DEFAULT";
  }
}

std::string_view item_name(const Pick& pick, const ground::Snapshot& snapshot) {
  return pick.product.valid() ? snapshot.products[pick.product.index].name_id
                              : snapshot.items[pick.item.index].name;
}

void write_content(JsonWriter& out, const Pick& pick) {
  out.object();
  for (const auto& [field, text] : pick.content) out.member(field, text);
  out.end_object();
}

// One item that says nothing but "value" is a flag of that type; any other is an object.
std::string typed_value(const Pick& pick) {
  JsonWriter out;
  if (pick.content.size() != 1 || pick.content.front().first != "value") {
    write_content(out, pick);
    return out.take();
  }
  const std::string& text = pick.content.front().second;
  const auto parsed = ground::parse_json(text, {.depth_max = 1});
  const bool plain = parsed && (parsed->is(Value::Kind::boolean) ||
                                parsed->is(Value::Kind::integer) || parsed->is(Value::Kind::real));
  return plain ? out.raw(text).take() : out.value(text).take();
}

// "" when the slot says nothing: then the code's own default stands.
std::string value_json(const SlotDraft& draft, const ground::Snapshot& snapshot) {
  if (draft.slot->shape == ground::Shape::one)
    return draft.picks.empty() ? "" : typed_value(draft.picks.front());
  const bool order = draft.slot->shape == ground::Shape::order;
  JsonWriter out;
  out.object().key(order ? "order" : "items").array();
  for (const Pick& pick : draft.picks) {
    if (order) {
      out.value(item_name(pick, snapshot));
      continue;
    }
    out.object().member("id", item_name(pick, snapshot)).key("content");
    write_content(out, pick);
    out.end_object();
  }
  return out.end_array().end_object().take();
}

std::string variant_of(const SlotDraft& draft, const ground::Snapshot& snapshot) {
  if (draft.slot->shape != ground::Shape::one || draft.picks.empty()) return "";
  const Pick& pick = draft.picks.front();
  const bool base = pick.variant.empty() || pick.variant == "default";
  return fmt::format("{}{}{}", item_name(pick, snapshot), base ? "" : ".",
                     base ? "" : pick.variant);
}

std::string why_of(const SlotDraft& draft) {
  std::string out;
  for (const Pick& pick : draft.picks)
    for (const speak::Sentence& sentence : pick.why)
      if (!out.contains(sentence.text)) out += (out.empty() ? "" : "\n") + sentence.text;
  return out;
}

// Writes one flag; what of it makes an answer another one goes into `tag`.
void write_flag(JsonWriter& out, const Answer& answer, const SlotDraft& draft,
                std::string_view empty_value, std::string& tag) {
  const ground::Snapshot& snapshot = *answer.snapshot;
  std::string value = value_json(draft, snapshot);
  if (value.empty()) value = empty_value;
  const std::string variant = variant_of(draft, snapshot);
  out.object().member("key", draft.slot->name);
  if (!value.empty()) out.key("value").raw(value);
  out.member("reason", reason_of(draft));
  if (!variant.empty()) out.member("variant", variant);
  out.key("metadata").object().member("decisionId", to_text(answer.id));
  out.member("layer", ground::to_string(draft.layer));
  if (const std::string why = why_of(draft); !why.empty()) out.member("why", why);
  out.end_object().end_object();
  tag += fmt::format("{}\n{}\n{}\n{}\n", draft.slot->name, value, reason_of(draft), variant);
}

void write_stream(JsonWriter& json, const std::string& token) {
  json.key("eventStreams").array().object().member("type", "sse").key("endpoint").object();
  json.member("requestUri", "/ofrep/v1/stream?of=" + token);
  json.end_object().member("inactivityDelaySec", inactivity_seconds).end_object().end_array();
}

// Not what is sent: a letter has one subject, chosen when it is written.
std::vector<std::string> flag_names(const ground::Snapshot& snapshot) {
  std::vector<std::string> out;
  for (const ground::Slot& slot : snapshot.slots)
    if (slot.channel != ground::Channel::email && slot.channel != ground::Channel::push)
      out.push_back(slot.name);
  std::ranges::sort(out);
  return out;
}

Answer decide_flags(Desk& desk, const Exchange& exchange, const Ask& ask, const Key& key) {
  return exchange.given_up ? desk.partition.give_up(ask) : desk.partition.decide(ask, key);
}

bool no_brand(Desk& desk, Exchange& exchange, std::string_view key) {
  if (desk.partition.snapshot()) return false;
  fail_flag(exchange, key, {503, "GENERAL", "No brand folder is published yet."});
  return true;
}

struct Flag {
  std::string name;
  std::string_view type;
  std::string value;  // JSON
};

std::string_view type_of(std::string_view value) {
  if (value.front() == '{') return "object";
  if (value.front() == '"') return "string";
  if (value == "true" || value == "false") return "boolean";
  return value.find_first_of(".eE") == std::string_view::npos ? "integer" : "float";
}

// What nobody in particular is shown; nullopt when the request was answered already.
std::optional<std::vector<Flag>> flags_of_everyone(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::decide);
  if (!key) {
    exchange->fail(key.error());
    return std::nullopt;
  }
  if (no_brand(desk, *exchange, "")) return std::nullopt;
  const auto snapshot = desk.partition.snapshot();
  const auto answer =
      desk.partition.preview({.slots = flag_names(*snapshot), .mode = ground::Mode::preview}, *key);
  if (!answer) {
    exchange->fail(answer.error());
    return std::nullopt;
  }
  std::vector<Flag> out;
  for (const SlotDraft& draft : answer->draft.slots) {
    std::string value = value_json(draft, *snapshot);
    if (value.empty()) value = "{}";
    out.push_back({draft.slot->name, type_of(value), std::move(value)});
  }
  return out;
}

}  // namespace

void answer_flag(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::decide);
  if (!key) return exchange->fail(key.error());
  const std::string flag = exchange->parameters.front();
  if (no_brand(desk, *exchange, flag)) return;
  if (desk.partition.snapshot()->slot(flag) == nullptr)
    return fail_flag(*exchange, flag,
                     {404, "FLAG_NOT_FOUND", "The live brand folder has no slot of this name."});
  const auto ask = read_evaluation(desk, exchange, *key, {flag}, flag);
  if (!ask) return;
  const Answer answer = decide_flags(desk, *exchange, *ask, *key);
  JsonWriter json;
  std::string tag;
  // Clients of one flag take an answer without a value for none.
  write_flag(json, answer, answer.draft.slots.front(), "{}", tag);
  exchange->json(json.take());
}

void answer_flags(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::decide);
  if (!key) return exchange->fail(key.error());
  if (no_brand(desk, *exchange, "")) return;
  const auto names = flag_names(*desk.partition.snapshot());
  const auto ask = read_evaluation(desk, exchange, *key, names, "");
  if (!ask) return;
  const std::string known(exchange->request.header("if-none-match"));
  const Answer answer = decide_flags(desk, *exchange, *ask, *key);
  JsonWriter json;
  std::string tag;
  json.object().key("flags").array();
  for (const SlotDraft& draft : answer.draft.slots) write_flag(json, answer, draft, "", tag);
  json.end_array().key("metadata").object().member("version", answer.snapshot->version);
  json.member("decisionId", to_text(answer.id)).end_object();
  if (!exchange->given_up) write_stream(json, desk.partition.watch_token(ask->person, *key));
  Response response;
  const std::string etag = "\"" + ground::hex(ground::sha256(tag)).substr(0, 32) + "\"";
  response.headers.emplace_back("ETag", etag);
  if (known.contains(etag))
    response.status = 304;
  else
    response.body = json.end_object().take();
  exchange->send(std::move(response));
}

void answer_flag_stream(Desk& desk, const ExchangePtr& exchange) {
  auto watch = desk.partition.watch(exchange->query("of").value_or(""));
  if (!watch) return exchange->fail(watch.error());
  if (desk.streams.full())
    return exchange->fail(429, "busy", "As many streams are open as may be.",
                          "Ask again from time to time (polling), or later.");
  Response head{.content_type = "text/event-stream", .body = "retry: 2000\n: here\n\n"};
  // Proxies that gather answers would hold back what is said now.
  head.headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
  desk.streams.open(exchange->stream(std::move(head)), *std::move(watch), desk.partition);
}

// As the OpenFeature CLI keeps it in a repository (its schema/v0/flag-manifest.json).
void answer_flag_manifest(Desk& desk, const ExchangePtr& exchange) {
  const auto flags = flags_of_everyone(desk, exchange);
  if (!flags) return;
  JsonWriter json;
  json.object().key("flags").object();
  for (const Flag& flag : *flags)
    json.key(flag.name)
        .object()
        .member("flagType", flag.type)
        .key("defaultValue")
        .raw(flag.value)
        .end_object();
  exchange->json(json.end_object().end_object().take());
}

// As the OpenFeature CLI asks a provider for it (its api/v0/sync.yaml).
void answer_flag_list(Desk& desk, const ExchangePtr& exchange) {
  const auto flags = flags_of_everyone(desk, exchange);
  if (!flags) return;
  JsonWriter json;
  json.object().key("flags").array();
  for (const Flag& flag : *flags)
    json.object()
        .member("key", flag.name)
        .member("type", flag.type)
        .key("defaultValue")
        .raw(flag.value)
        .end_object();
  exchange->json(json.end_array().end_object().take());
}

}  // namespace aizuchi::serve
