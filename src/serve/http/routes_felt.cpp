// Whether people feel understood: what to ask now, their answer, and what came of it.
#include "ground/catalog/snapshot.h"
#include "serve/http/routes_desk.h"
#include "serve/partition/answer_json.h"
#include "serve/partition/felt.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;

namespace {

// {"F1": 6, "C1": 2}
Result<std::vector<std::pair<std::string, int64_t>>> scores_of(const Value& body) {
  std::vector<std::pair<std::string, int64_t>> out;
  const Value* answers = body.find("answers");
  if (answers == nullptr || answers->is_null()) return out;
  const auto wrong = [] {
    return fail(ErrorCode::invalid, "\"answers\" is not an object of whole numbers.",
                R"(Send {"F1": 6, "C1": 2}, from 1 to 7.)");
  };
  if (!answers->is(Value::Kind::map)) return wrong();
  for (const auto& [item, score] : answers->as_map()) {
    const double number = score.number_or(0);
    const bool whole = number >= 1 && number <= 1000 &&
                       number == static_cast<double>(static_cast<int64_t>(number));
    if (!whole) return wrong();
    out.emplace_back(ground::to_display(item), static_cast<int64_t>(number));
  }
  return out;
}

}  // namespace

void answer_ask_felt(Desk& desk, const ExchangePtr& exchange) {
  Asking person = asking_query(*exchange);
  const auto key = admit_for_me(desk, *exchange, person);
  if (!key) return exchange->fail(key.error());
  const auto snapshot = desk.partition.snapshot();
  const auto locale = snapshot ? locale_of(*exchange, *snapshot) : ground::LocaleId{0};
  // An id that cannot be one was shown to nobody.
  const auto decision = parse_decision_id(exchange->query("decisionId").value_or(""));
  const auto felt = Felt(desk.partition)
                        .ask_json(person, *key, decision.value_or(ground::DecisionId{}),
                                  exchange->query("slot").value_or(""), locale);
  if (!felt) return exchange->fail(felt.error());
  exchange->json(*felt);
}

void answer_tell_felt(Desk& desk, const ExchangePtr& exchange) {
  const auto body = object_body(exchange->request, {"ask", "skip", "answers", "anonymousId",
                                                    "userId", "token", "deviceToken", "writeKey"});
  if (!body) return exchange->fail(body.error());
  auto person = asking_member(*body);
  if (!person) return exchange->fail(person.error());
  const auto tokens = tokens_member(*body);
  const auto ask = text_member(*body, "ask"), body_key = text_member(*body, "writeKey");
  auto scores = scores_of(*body);
  if (!tokens) return exchange->fail(tokens.error());
  if (!ask) return exchange->fail(ask.error());
  if (!body_key) return exchange->fail(body_key.error());
  if (!scores) return exchange->fail(scores.error());
  const Value* skip = body->find("skip");
  if (skip != nullptr && !skip->is(Value::Kind::boolean))
    return exchange->fail(400, "invalid", "\"skip\" is not true or false.",
                          "Send {\"skip\": true} to leave it unanswered.");
  const Felt::Reply reply{
      .ask = *ask, .skip = skip != nullptr && skip->as_bool(), .answers = *std::move(scores)};
  const auto key = admit_for_me(desk, *exchange, *person, *tokens, *body_key);
  if (!key) return exchange->fail(key.error());
  Felt(desk.partition).answer(*person, reply, *key, [exchange](const Result<std::string>& kept) {
    if (!kept) return exchange->fail(kept.error());
    exchange->json(*kept);
  });
}

void answer_felt(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::brand, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  exchange->json(Felt(desk.partition).results_json());
}

}  // namespace aizuchi::serve
