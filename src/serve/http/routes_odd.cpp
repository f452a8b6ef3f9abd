// "This feels odd": a person's word at the spot, and what it stopped for everybody.
#include "serve/http/routes_desk.h"
#include "serve/partition/answer_json.h"
#include "serve/partition/odd.h"

namespace aizuchi::serve {

using ground::Result;
using ground::Value;

void answer_mark_odd(Desk& desk, const ExchangePtr& exchange) {
  const auto body = object_body(exchange->request, {"slot", "fact", "anonymousId", "userId",
                                                    "token", "deviceToken", "writeKey"});
  if (!body) return exchange->fail(body.error());
  auto viewer = asking_member(*body);
  if (!viewer) return exchange->fail(viewer.error());
  const auto tokens = tokens_member(*body);
  const auto slot = text_member(*body, "slot"), fact = text_member(*body, "fact");
  const auto body_key = text_member(*body, "writeKey");
  for (const auto* text : {&slot, &fact, &body_key})
    if (!*text) return exchange->fail(text->error());
  if (!tokens) return exchange->fail(tokens.error());
  const auto key = desk.admit(exchange->request, Scope::decide, Desk::Kind::any, *body_key);
  if (!key) return exchange->fail(key.error());
  if (const auto proven = desk.prove(*viewer, exchange->request, *tokens); !proven)
    return exchange->fail(proven.error());
  if (const auto charged = desk.charge_person(*exchange, *key, *viewer); !charged)
    return exchange->fail(charged.error());
  const auto id = parse_decision_id(exchange->parameters.front());
  // An id that cannot be one is told like one that is not known.
  if (!id)
    return exchange->fail(404, "not_found", "There is no such decision for this viewer.",
                          "Ask with the person it was made for, within 90 days.");
  Odd(desk.partition)
      .mark(*viewer, {.decision = *id, .slot = *slot, .fact = *fact}, *key,
            [exchange](const Result<std::string>& marked) {
              if (!marked) return exchange->fail(marked.error());
              exchange->json(*marked);
            });
}

void answer_odd(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::brand, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  exchange->json(Odd(desk.partition).list_json());
}

void answer_resume_odd(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::brand, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto body = object_body(exchange->request, {"item", "slot", "fact"});
  if (!body) return exchange->fail(body.error());
  const auto item = text_member(*body, "item"), slot = text_member(*body, "slot"),
             fact = text_member(*body, "fact");
  for (const auto* text : {&item, &slot, &fact})
    if (!*text) return exchange->fail(text->error());
  if (item->empty() == slot->empty() || fact->empty())
    return exchange->fail(400, "invalid", "It is not said which use is meant.",
                          R"(Send {"item": "…", "fact": "…"}, or "slot" in place of "item".)");
  const auto resumed =
      Odd(desk.partition).resume(item->empty() ? "@" + *slot : *item, *fact, key->id);
  if (!resumed) return exchange->fail(resumed.error());
  exchange->json(*resumed);
}

}  // namespace aizuchi::serve
