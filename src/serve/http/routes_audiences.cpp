// Audiences at the admin door: live counts, compound counts, members page by page; and where
// everyone stands (deciles, RFM).
#include <charconv>

#include "ground/base/json.h"
#include "serve/http/operator_json.h"
#include "serve/http/routes_desk.h"
#include "serve/partition/recommender_note.h"

namespace aizuchi::serve {

namespace {

// Each may have to be read from the store: about 10 ms at most, between which decisions are made.
constexpr size_t members_a_page = 250;

}  // namespace

void answer_audiences(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::brand, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  exchange->json(audiences_json(desk.partition.audiences()));
}

void answer_count_audiences(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::brand, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto body = object_body(exchange->request, {"of"});
  if (!body) return exchange->fail(body.error());
  const ground::Value* of = body->find("of");
  if (of == nullptr)
    return exchange->fail(400, "invalid", "\"of\" is missing.",
                          R"(Send {"of": {"all": ["one", {"not": "other"}]}}.)");
  const auto counted = desk.partition.count_audiences(*of);
  if (!counted) return exchange->fail(counted.error());
  exchange->json(audience_count_json(*counted));
}

void answer_members(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::people, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto purpose = exchange->query("purpose");
  if (!purpose || purpose->empty())
    return exchange->fail(400, "invalid", "\"purpose\" is missing.",
                          "Name what the members are wanted for: one of purposes.yaml.");
  const std::string from_text = exchange->query("from").value_or("0");
  uint32_t from = 0;
  const auto* end = from_text.data() + from_text.size();
  if (const auto [at, error] = std::from_chars(from_text.data(), end, from);
      error != std::errc() || at != end)
    return exchange->fail(400, "invalid", "\"from\" is not a number.",
                          "It is the \"next\" of the page before; leave it out for the first.");
  const auto members =
      desk.partition.members(exchange->parameters.front(), *purpose, from, members_a_page);
  if (!members) return exchange->fail(members.error());
  exchange->send({.content_type = "application/x-ndjson", .body = members_ndjson(*members)});
}

void answer_population(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::brand, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  exchange->json(population_json(desk.partition.population()));
}

void answer_count_population(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::brand, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto begun = desk.partition.count_population();
  if (!begun) return exchange->fail(begun.error());
  exchange->json(population_json(desk.partition.population()));
}

void answer_recommender(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::brand, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  exchange->json(recommender_json(desk.partition.recommender()));
}

void answer_train_recommender(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::brand, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto begun = desk.partition.train_recommender();
  if (!begun) return exchange->fail(begun.error());
  exchange->json(recommender_json(desk.partition.recommender()));
}

}  // namespace aizuchi::serve
