// What operation says between two publishes: stops at the admin door, the product feed at both.
#include "ground/base/json.h"
#include "serve/http/operator_json.h"
#include "serve/http/routes_desk.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;

namespace {

// {"item": name} or {"channel": name}, and why.
Result<Stop> read_stop(const Exchange& exchange, const std::vector<std::string>& members) {
  const Value body = TRY(object_body(exchange.request, members));
  Stop out{.name = TRY(text_member(body, "item"))};
  const std::string channel = TRY(text_member(body, "channel"));
  if (out.name.empty() == channel.empty())
    return fail(ErrorCode::invalid, "It is not said what is meant.",
                R"(Send {"item": "hero-x"} or {"channel": "email"}.)");
  if (!channel.empty()) {
    out.kind = StopKind::channel;
    out.name = channel;
  }
  out.why = TRY(text_member(body, "why"));
  return out;
}

}  // namespace

void answer_stops(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::brand, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  exchange->json(stops_json(desk.partition.stops()));
}

void answer_stop(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::brand, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  auto wanted = read_stop(*exchange, {"item", "channel", "why"});
  if (!wanted) return exchange->fail(wanted.error());
  wanted->by = key->id;
  const auto stopped = desk.partition.stop(*wanted);
  if (!stopped) return exchange->fail(stopped.error());
  exchange->json(stop_json(*stopped));
}

void answer_start(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::brand, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto wanted = read_stop(*exchange, {"item", "channel"});
  if (!wanted) return exchange->fail(wanted.error());
  const auto started = desk.partition.start(wanted->kind, wanted->name, key->id);
  if (!started) return exchange->fail(started.error());
  exchange->json(stop_json(*started));
}

namespace {

// A refusal as every other, beside what is wrong with each row.
std::string none_taken(std::string rows) {
  rows.back() = ',';
  return rows + error_json("invalid", "No row could be taken.",
                           "\"refused\" says of each what is wrong with it.")
                    .substr(1);
}

}  // namespace

void answer_products(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::ingest, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto body = object_body(exchange->request, {"products"});
  if (!body) return exchange->fail(body.error());
  static const Value none;
  const Value* products = body->find("products");
  desk.partition.feed_products(products == nullptr ? none : *products,
                               [exchange](const Result<Fed>& fed) {
                                 if (!fed) return exchange->fail(fed.error());
                                 if (fed->accepted > 0) return exchange->json(fed_json(*fed));
                                 exchange->json(none_taken(fed_json(*fed)), 422);
                               });
}

}  // namespace aizuchi::serve
