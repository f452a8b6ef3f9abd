// The learned choice at the admin door: what it knows, and learning now.
#include "serve/http/operator_json.h"
#include "serve/http/routes_desk.h"
#include "serve/partition/choice_note.h"

namespace aizuchi::serve {

void answer_choice(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::brand, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  exchange->json(choice_json(desk.partition.choice()));
}

void answer_train_choice(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::brand, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto begun = desk.partition.train_choice();
  if (!begun) return exchange->fail(begun.error());
  exchange->json(choice_json(desk.partition.choice()));
}

}  // namespace aizuchi::serve
