// What a person wishes of the whole relation, as JSON: a break between two dates, and how often
// something is sent to them at most. The preference centre has the same as forms.
#include "ground/base/json.h"
#include "serve/http/routes_desk.h"
#include "serve/partition/centre.h"

namespace aizuchi::serve {

using ground::Result;
using ground::Value;

namespace {

struct Wish {
  Value body;
  Asking person;
  Key key;
};

// The body of a wish, and who may have it.
Result<Wish> read_wish(Desk& desk, Exchange& exchange, std::vector<std::string> members) {
  for (const char* name : {"anonymousId", "userId", "token", "deviceToken", "writeKey"})
    members.emplace_back(name);
  Wish out{.body = TRY(object_body(exchange.request, members)), .person = {}, .key = {}};
  out.person = TRY(asking_member(out.body));
  const Tokens tokens = TRY(tokens_member(out.body));
  const std::string body_key = TRY(text_member(out.body, "writeKey"));
  out.key = TRY(admit_for_me(desk, exchange, out.person, tokens, body_key));
  return out;
}

Partition::IngestDone answer_with_wishes(Desk& desk, const ExchangePtr& exchange,
                                         const Wish& wish) {
  return [&desk, exchange, person = wish.person, key = wish.key](const Result<Ingested>& outcome) {
    if (!outcome) return exchange->fail(outcome.error());
    const auto json = Centre(desk.partition).wishes_json(person, key);
    if (!json) return exchange->fail(json.error());
    exchange->json(*json);
  };
}

}  // namespace

void answer_set_pause(Desk& desk, const ExchangePtr& exchange) {
  const auto wish = read_wish(desk, *exchange, {"from", "until"});
  if (!wish) return exchange->fail(wish.error());
  const auto from = text_member(wish->body, "from"), until = text_member(wish->body, "until");
  if (!from) return exchange->fail(from.error());
  if (!until) return exchange->fail(until.error());
  if (wish->body.find("until") == nullptr)
    return exchange->fail(400, "invalid", "\"until\" is missing.",
                          "Send {\"until\": \"2026-12-24\"}; null lifts the break.");
  Centre(desk.partition)
      .set_pause(wish->person, {.from = *from, .until = *until}, wish->key,
                 answer_with_wishes(desk, exchange, *wish));
}

void answer_set_frequency(Desk& desk, const ExchangePtr& exchange) {
  const auto wish = read_wish(desk, *exchange, {"channel", "times", "per"});
  if (!wish) return exchange->fail(wish.error());
  const auto channel = text_member(wish->body, "channel"), per = text_member(wish->body, "per");
  if (!channel) return exchange->fail(channel.error());
  if (!per) return exchange->fail(per.error());
  const Value* times = wish->body.find("times");
  const bool lifts = times != nullptr && times->is_null();
  if (times == nullptr || (!lifts && (!times->is(Value::Kind::integer) || times->as_int() < 1)))
    return exchange->fail(400, "invalid", "\"times\" is not a whole number from 1 on, or null.",
                          "Send {\"channel\": \"email\", \"times\": 1, \"per\": \"7d\"}.");
  Centre(desk.partition)
      .set_frequency(wish->person,
                     {.channel = *channel, .per = *per, .times = lifts ? 0 : times->as_int()},
                     wish->key, answer_with_wishes(desk, exchange, *wish));
}

}  // namespace aizuchi::serve
