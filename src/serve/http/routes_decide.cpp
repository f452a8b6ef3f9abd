// Decisions over HTTP. What can be wrong with a question is told before it is asked; once it is
// asked, the answer is 200: a slot that cannot be decided answers its default and says why.
#include <fmt/format.h>

#include <algorithm>

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "serve/http/routes_desk.h"
#include "serve/partition/answer_json.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;

namespace {

constexpr size_t slots_max = 50;

Result<Asking> read_person(const Value& body, const Key& key, Tokens& tokens) {
  const Value* person = body.find("person");
  if (person == nullptr || person->is_null()) return Asking{};
  if (!person->is(Value::Kind::map))
    return fail(ErrorCode::invalid, "\"person\" is not an object.",
                "Send {\"anonymousId\": \"…\"} or {\"userId\": \"…\"}.");
  TRY(only_members(*person, {"anonymousId", "userId", "assurance", "token", "deviceToken"},
                   "\"person\""));
  Asking asking = TRY(asking_member(*person));
  tokens = TRY(tokens_member(*person));
  const std::string word = TRY(text_member(*person, "assurance"));
  if (word.empty()) return asking;
  const auto assurance = ground::parse_enum<ground::Assurance>(word);
  if (!assurance)
    return fail(ErrorCode::invalid, "\"assurance\" is not A0, A1 or A2.",
                "Leave it out, or say A1 when you did not verify who the person is.");
  // A page cannot vouch for anyone.
  if (key.secret) asking.assurance = *assurance;
  return asking;
}

Result<std::vector<std::string>> read_slots(const Value& body) {
  const Value* slots = body.find("slots");
  if (slots == nullptr || !slots->is(Value::Kind::list) || slots->as_list().empty())
    return fail(ErrorCode::invalid, "\"slots\" is missing.",
                "Name the places to fill: \"slots\": [\"home.hero\"].");
  if (slots->as_list().size() > slots_max)
    return fail(ErrorCode::invalid, fmt::format("More than {} slots in one call.", slots_max),
                "Ask in two calls.");
  std::vector<std::string> out;
  for (const Value& slot : slots->as_list()) {
    if (!slot.is(Value::Kind::string))
      return fail(ErrorCode::invalid, "\"slots\" holds something that is not a text.",
                  "Name the places to fill: \"slots\": [\"home.hero\"].");
    if (std::ranges::find(out, slot.as_string()) == out.end()) out.push_back(slot.as_string());
  }
  return out;
}

Result<Explain> read_explain(std::string_view word) {
  if (word.empty() || word == "none") return Explain::none;
  if (word == "person") return Explain::person;
  if (word == "operator") return Explain::operator_view;
  return fail(ErrorCode::invalid, "\"explain\" is not \"person\" or \"operator\".",
              "Leave it out for no explanation.");
}

// What an operator sees is people's facts.
Result<void> may_explain(Explain explain, const Key& key) {
  if (explain != Explain::operator_view || (key.secret && key.may(Scope::people))) return {};
  return fail(ErrorCode::forbidden, "This key may not see the operator's explanation.",
              "Use a secret key with the scope \"people\", or \"explain\": \"person\".");
}

Result<ground::Mode> read_mode(const Value& body) {
  const std::string word = TRY(text_member(body, "mode"));
  if (word.empty()) return ground::Mode::live;
  const auto mode = ground::parse_enum<ground::Mode>(word);
  if (!mode || *mode == ground::Mode::replay)
    return fail(ErrorCode::invalid, "\"mode\" is not live, preview or bot.",
                "Leave it out for live; preview and bot count and charge nothing.");
  return *mode;
}

// Another moment, or someone who is only described: what a preview may ask for, who edits the
// brand.
Result<void> read_preview(const Value& body, const Key& key, Ask& ask) {
  const std::string now = TRY(text_member(body, "now"));
  const Value* persona = body.find("persona");
  const bool described = persona != nullptr && !persona->is_null();
  if (now.empty() && !described) return {};
  if (ask.mode != ground::Mode::preview)
    return fail(ErrorCode::invalid, "\"now\" and \"persona\" belong to a preview.",
                "Add \"mode\": \"preview\".");
  if (!key.secret || !key.may(Scope::brand))
    return fail(ErrorCode::forbidden, "This key may not preview another moment or a persona.",
                "Use a secret key with the scope \"brand\".");
  if (described) {
    if (const Value* person = body.find("person"); person != nullptr && !person->is_null())
      return fail(ErrorCode::invalid, "Both a \"person\" and a \"persona\" are named.",
                  "Send one of them.");
    ask.persona = *persona;
  }
  if (now.empty()) return {};
  ask.now = ground::parse_instant(now);
  if (!ask.now)
    return fail(ErrorCode::invalid, "\"now\" is not a moment.",
                "Write it as 2026-12-24T18:00:00+09:00.");
  return {};
}

enum class Prove : uint8_t { no, yes };

Result<Ask> read_question(Desk& desk, const Request& request, const Value& body, const Key& key,
                          Prove prove) {
  Ask ask;
  Tokens tokens;
  ask.person = TRY(read_person(body, key, tokens));
  if (prove == Prove::yes) TRY(desk.prove(ask.person, request, tokens));
  ask.slots = TRY(read_slots(body));
  ask.mode = TRY(read_mode(body));
  TRY(read_preview(body, key, ask));
  const std::string explain = TRY(text_member(body, "explain"));
  ask.explain = TRY(read_explain(explain));
  TRY(may_explain(ask.explain, key));
  if (const Value* context = body.find("context"); context != nullptr && !context->is_null()) {
    if (!context->is(Value::Kind::map))
      return fail(ErrorCode::invalid, "\"context\" is not an object.",
                  "Send {\"page\": \"/\", \"locale\": \"ja\", \"device\": \"phone\"}.");
    ask.context = *context;
  }
  if (const Value* events = body.find("events"); events != nullptr && !events->is_null()) {
    if (!events->is(Value::Kind::list))
      return fail(ErrorCode::invalid, "\"events\" is not a list.",
                  "Send events in it as /v1/batch takes them.");
    ask.events = *events;
  }
  return ask;
}

bool wants_html(const Request& request) {
  const std::string_view accept = request.header("accept");
  return accept.find("text/html") != std::string_view::npos &&
         accept.find("application/json") == std::string_view::npos;
}

// For server-side includes: the slot's fragment, escaped; an empty one for silence.
Response html_answer(const Answer& answer) {
  Response response{.content_type = "text/html; charset=utf-8"};
  // Put into a page it is part of that page; opened by itself it must not do anything.
  response.headers.emplace_back("Content-Security-Policy",
                                "default-src 'none'; frame-ancestors 'none'");
  for (const decide::SlotDraft& slot : answer.draft.slots)
    for (const decide::Pick& pick : slot.picks) response.body += speak::to_html(pick.content);
  return response;
}

}  // namespace

void answer_decide(Desk& desk, const ExchangePtr& exchange) {
  const Request& request = exchange->request;
  // With a key in the header a stranger's body is not even parsed.
  const bool named = !credential(request).empty();
  Result<Key> key = named ? desk.admit(request, Scope::decide) : Key{};
  if (!key) return exchange->fail(key.error());
  auto body = object_body(request, {"person", "persona", "slots", "context", "events", "explain",
                                    "mode", "now", "writeKey"});
  if (!body) return exchange->fail(body.error());
  const auto body_key = text_member(*body, "writeKey");
  if (!body_key) return exchange->fail(body_key.error());
  if (!named) key = desk.admit(request, Scope::decide, Desk::Kind::any, *body_key);
  if (!key) return exchange->fail(key.error());
  const auto ask =
      read_question(desk, request, *body, *key, exchange->given_up ? Prove::no : Prove::yes);
  if (!ask) return exchange->fail(ask.error());
  if (const auto charged = desk.charge_person(*exchange, *key, ask->person); !charged)
    return exchange->fail(charged.error());
  Result<Answer> asked = exchange->given_up                   ? desk.partition.give_up(*ask)
                         : ask->mode == ground::Mode::preview ? desk.partition.preview(*ask, *key)
                                                              : desk.partition.decide(*ask, *key);
  if (!asked) return exchange->fail(asked.error());
  const Answer& answer = *asked;
  Response response;
  if (wants_html(request) && ask->slots.size() == 1)
    response = html_answer(answer);
  else
    response.body = answer_json(answer, ask->explain);
  response.headers.emplace_back("Aizuchi-Decision", to_text(answer.id));
  exchange->send(std::move(response));
}

void answer_why(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::decide);
  if (!key) return exchange->fail(key.error());
  const auto explain = read_explain(exchange->query("explain").value_or("person"));
  if (!explain) return exchange->fail(explain.error());
  if (const auto may = may_explain(*explain, *key); !may) return exchange->fail(may.error());
  const auto id = parse_decision_id(exchange->parameters.front());
  // An id that cannot be one is told like one that is not known.
  if (!id)
    return exchange->fail(404, "not_found", "There is no such decision for this viewer.",
                          "Ask with the person it was made for, within 90 days.");
  Asking viewer = asking_query(*exchange);
  if (const auto proven = desk.prove(viewer, exchange->request); !proven)
    return exchange->fail(proven.error());
  if (const auto charged = desk.charge_person(*exchange, *key, viewer); !charged)
    return exchange->fail(charged.error());
  const auto explained = desk.partition.explain(*id, viewer, *key);
  if (!explained && explained.error().code == ErrorCode::not_found)
    return exchange->fail(404, "not_found", "There is no such decision for this viewer.",
                          "Ask with the person it was made for, within 90 days.");
  if (!explained) return exchange->fail(explained.error());
  if (explained->erased)
    return exchange->fail(410, "erased", "Whom this was decided for was erased since.",
                          "Nothing of it is kept but that it was made.");
  exchange->json(explained_json(*explained, *id, *explain));
}

}  // namespace aizuchi::serve
