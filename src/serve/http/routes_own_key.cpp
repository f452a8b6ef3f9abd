// What a key says of itself, to whoever holds it: a program that brings events in learns the source
// they will count as coming from before it sends the first.
#include "serve/http/operator_json.h"
#include "serve/http/routes_desk.h"

namespace aizuchi::serve {

void answer_own_key(Desk& desk, const ExchangePtr& exchange) {
  const std::string text = credential(exchange->request);
  const auto key = desk.partition.check_key(text);
  if (!key) return exchange->fail(key.error());
  // Any right will do; a secret key in a page is refused here as everywhere.
  const Scope any = key->scopes.empty() ? Scope::ingest : key->scopes.front();
  const auto admitted = desk.admit(exchange->request, any);
  if (!admitted) return exchange->fail(admitted.error());
  exchange->json(key_json(*admitted));
}

}  // namespace aizuchi::serve
