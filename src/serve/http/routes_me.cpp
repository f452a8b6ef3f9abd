// What a person may ask of us themselves, or a server for them.
#include "ground/store/signature.h"
#include "serve/http/operator_json.h"
#include "serve/http/routes_desk.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

// A page speaks for the device it runs on, or for the person whose token it has; a server for
// anyone, when it may.
Result<Key> admit_for_me(Desk& desk, const Request& request, Asking& person) {
  TRY(desk.prove(person, request));
  const auto known = desk.partition.check_key(credential(request));
  const bool secret = known && known->secret;
  Key key = TRY(desk.admit(request, secret ? Scope::privacy : Scope::decide));
  if (!secret && !person.proof && !person.user_id.empty())
    return fail(ErrorCode::invalid, "A public key speaks for a device only.",
                "Send \"anonymousId\" and no \"userId\", or a person token; your server can speak "
                "for a user.");
  if (person.anonymous_id.empty() && person.user_id.empty())
    return fail(ErrorCode::invalid, "Nobody is named.",
                "Send ?anonymousId=…, a person token or, with a secret key, ?userId=….");
  return key;
}

void erase(Desk& desk, const ExchangePtr& exchange, const Asking& person, const Key& key) {
  desk.partition.erase(person, key, [exchange](const Result<Partition::Receipt>& receipt) {
    if (!receipt) return exchange->fail(receipt.error());
    exchange->json(receipt_json(*receipt));
  });
}

}  // namespace

void answer_erase_me(Desk& desk, const ExchangePtr& exchange) {
  Asking person = asking_query(*exchange);
  const auto key = admit_for_me(desk, exchange->request, person);
  if (!key) return exchange->fail(key.error());
  erase(desk, exchange, person, *key);
}

void answer_erase_person(Desk& desk, const ExchangePtr& exchange) {
  const auto key = desk.admit(exchange->request, Scope::privacy, Desk::Kind::secret);
  if (!key) return exchange->fail(key.error());
  const auto person = asking_path(*exchange);
  if (!person) return exchange->fail(person.error());
  erase(desk, exchange, *person, *key);
}

void answer_receipt_keys(Desk& desk, const ExchangePtr& exchange) {
  exchange->json(ground::jwk_set(desk.partition.receipt_key()));
}

}  // namespace aizuchi::serve
