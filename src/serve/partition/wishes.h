// What a person, or the reader of a mail, wants of the engine, in words of its own.
// Threads: values.
#pragma once

#include <string>

#include "ground/base/time.h"

namespace aizuchi::serve {

// A link for a mail: by it whoever reads the mail stops what it was sent for (mailbox.cpp).
struct Mailbox {
  std::string token;
  std::string user_id, purpose, source;
  ground::Instant minted_at, expires_at;
  bool fresh = false;  // minted within a day: it may tell how the purpose stands
};

// "Don't use this": `name` is as GET /v1/me has it; no purpose means all of them.
struct UseChange {
  std::string name, purpose;
  bool allowed = false;
};

// A break: two moments, or two days of the brand's time zone, both of them in it. An empty `from`
// is now, an empty `until` lifts it.
struct PauseChange {
  std::string from, until;
};

// At most `times` within `per` of what is sent in a channel ("email", "push"); 0 lifts the cap.
struct FrequencyChange {
  std::string channel, per;
  int64_t times = 0;
};

}  // namespace aizuchi::serve
