// Asked openly: the next question for someone, and their answer.
#include <sstream>

#include "ground/base/json.h"
#include "ground/catalog/snapshot.h"
#include "serve/http/routes_desk.h"
#include "serve/partition/questions.h"
#include "serve/partition/threads.h"

namespace aizuchi::serve {

using ground::Result;
using ground::Value;

void answer_question(Desk& desk, const ExchangePtr& exchange) {
  Asking person = asking_query(*exchange);
  const auto key = admit_for_me(desk, *exchange, person);
  if (!key) return exchange->fail(key.error());
  const auto snapshot = desk.partition.snapshot();
  const auto locale = snapshot ? locale_of(*exchange, *snapshot) : ground::LocaleId{0};
  Dialogue::Wanted wanted{.name = exchange->query("question").value_or("")};
  std::istringstream slots(exchange->query("slots").value_or(""));
  for (std::string name; std::getline(slots, name, ',');) wanted.slots.push_back(name);
  const auto question = Dialogue(desk.partition).question_json(person, *key, wanted, locale);
  if (!question) return exchange->fail(question.error());
  exchange->json(*question);
}

void answer_answer(Desk& desk, const ExchangePtr& exchange) {
  const auto body =
      object_body(exchange->request, {"ask", "best", "worst", "value", "pass", "anonymousId",
                                      "userId", "token", "deviceToken", "writeKey"});
  if (!body) return exchange->fail(body.error());
  auto person = asking_member(*body);
  if (!person) return exchange->fail(person.error());
  const auto tokens = tokens_member(*body);
  if (!tokens) return exchange->fail(tokens.error());
  Dialogue::Reply reply;
  std::string body_key;
  for (const auto& [name, into] :
       {std::pair("ask", &reply.ask), std::pair("best", &reply.best),
        std::pair("worst", &reply.worst), std::pair("value", &reply.value),
        std::pair("writeKey", &body_key)}) {
    const auto text = text_member(*body, name);
    if (!text) return exchange->fail(text.error());
    *into = *text;
  }
  const Value* pass = body->find("pass");
  if (pass != nullptr && !pass->is(Value::Kind::boolean))
    return exchange->fail(400, "invalid", "\"pass\" is not true or false.",
                          "Send {\"pass\": true} to leave the question unanswered.");
  reply.pass = pass != nullptr && pass->as_bool();
  const auto key = admit_for_me(desk, *exchange, *person, *tokens, body_key);
  if (!key) return exchange->fail(key.error());
  const auto snapshot = desk.partition.snapshot();
  const auto locale = snapshot ? locale_of(*exchange, *snapshot) : ground::LocaleId{0};
  Dialogue(desk.partition)
      .answer(*person, reply, *key, locale, [exchange](const ground::Result<std::string>& answer) {
        if (!answer) return exchange->fail(answer.error());
        exchange->json(*answer);
      });
}

namespace {

Result<Dialogue::Told> told_member(const Value& body) {
  const Value* holds = body.find("holds");
  if (holds != nullptr && !holds->is(Value::Kind::boolean))
    return ground::fail(ground::ErrorCode::invalid, "\"holds\" is not true or false.",
                        "Send {\"holds\": false} to take it back.");
  Dialogue::Told told{.what = TRY(text_member(body, "what")),
                      .product = TRY(text_member(body, "product")),
                      .holds = holds == nullptr || holds->as_bool(),
                      .told = TRY(text_member(body, "told"))};
  const std::string until = TRY(text_member(body, "until"));
  if (until.empty()) return told;
  told.until = ground::parse_instant(until);
  if (!told.until)
    return ground::fail(ground::ErrorCode::invalid, "\"until\" is not a date.",
                        "Send it as 2026-12-24T00:00:00+09:00.");
  return told;
}

}  // namespace

void answer_tell(Desk& desk, const ExchangePtr& exchange) {
  const auto body =
      object_body(exchange->request, {"what", "product", "until", "holds", "told", "text",
                                      "anonymousId", "userId", "token", "deviceToken", "writeKey"});
  if (!body) return exchange->fail(body.error());
  auto person = asking_member(*body);
  if (!person) return exchange->fail(person.error());
  const auto tokens = tokens_member(*body);
  if (!tokens) return exchange->fail(tokens.error());
  const auto body_key = text_member(*body, "writeKey");
  if (!body_key) return exchange->fail(body_key.error());
  const auto key = admit_for_me(desk, *exchange, *person, *tokens, *body_key);
  if (!key) return exchange->fail(key.error());
  const auto text = text_member(*body, "text");
  if (!text) return exchange->fail(text.error());
  const auto told = told_member(*body);
  if (!told) return exchange->fail(told.error());
  const auto snapshot = desk.partition.snapshot();
  const auto locale = snapshot ? locale_of(*exchange, *snapshot) : ground::LocaleId{0};
  const auto answer = [exchange](const Result<std::string>& outcome) {
    if (!outcome) return exchange->fail(outcome.error());
    exchange->json(*outcome);
  };
  Dialogue dialogue(desk.partition);
  if (!text->empty() && told->what.empty())
    dialogue.hear(*person, *text, *key, locale, answer);
  else
    dialogue.tell(*person, *told, *key, locale, answer);
}

void answer_give_backs(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::brand, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  exchange->json(Dialogue(desk.partition).give_backs_json());
}

void answer_values(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::brand, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  exchange->json(Dialogue(desk.partition).usual_json());
}

void answer_train_values(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::brand, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto begun = Dialogue(desk.partition).learn_usual();
  if (!begun) return exchange->fail(begun.error());
  exchange->json(Dialogue(desk.partition).usual_json());
}

void answer_owed(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::people, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  exchange->json(Threads(desk.partition).owed_json());
}

}  // namespace aizuchi::serve
