// Webhooks: whom a brand wants told when a person changed what may be known or done with them, so
// that the mailer, the warehouse and the CRM can follow (GDPR article 19). For the faces.
//
// Promises: what is told has happened and is durable; it is told at least once, under the same id
// each time, and to one webhook in the order in which it happened. Format and signature are those
// of Standard Webhooks (standardwebhooks.com, 1.0); for three days after a secret was exchanged the
// old one signs beside the new. Cost: nothing where there is no webhook.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/time.h"

namespace aizuchi::serve {

enum class EffectKind : uint8_t {
  consent_changed,  // purposes granted or withdrawn
  use_changed,      // "don't use this", or again
  fact_corrected,
  values_forgotten,
  person_erased,
  webhook_test,  // asked for by an operator
};
constexpr size_t effect_kinds = 6;
std::string_view to_string(EffectKind kind);  // "consent.changed", …
std::optional<EffectKind> parse_effect_kind(std::string_view word);

struct Webhook {
  std::string id;  // of eight letters
  std::string url;
  std::vector<EffectKind> kinds;
  std::string by;
  ground::Instant created_at;
  ground::Instant rotating_until;  // until then two secrets sign; 0: one does
  // How it goes. It has failed since then; 0: it has not.
  ground::Instant failing_since, next_at;
  uint32_t attempts = 0;  // of what stands first, without success
  int last_status = 0;    // of HTTP; 0: nobody answered
  std::string trouble;    // in words; "" when all is well
  bool gone = false;      // the receiver said so (410): nothing is sent any more
  uint64_t pending = 0, delivered = 0;
  uint64_t dropped = 0;    // too old, or refused again and again
  ground::Instant oldest;  // of what is pending; 0: nothing is
};

struct NewWebhook {
  Webhook webhook;
  std::string secret;  // whsec_…, the newest, shown once
};

// One message, ready to be sent: POST `body` with the headers webhook-id, webhook-timestamp and
// webhook-signature.
struct Effect {
  std::string url, id, timestamp, signature, body;
};

struct Delivery {
  int status = 0;       // of HTTP; 0: nobody answered
  std::string trouble;  // then why, in words that name no one
  std::optional<ground::Duration> retry_after;
};

// What takes messages out of the house.
class Courier {
 public:
  virtual ~Courier() = default;
  // `done` is called once, on any thread, at the latest after a minute.
  virtual void deliver(Effect effect, std::function<void(Delivery)> done) = 0;
  // May it be asked to go there at all? In words what is wrong; "" when nothing is.
  virtual std::string objection(std::string_view url) const = 0;
};

}  // namespace aizuchi::serve
