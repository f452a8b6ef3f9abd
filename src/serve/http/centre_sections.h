// Parts of the preference centre's page that stand beside what is known: a break, how often, what
// they hold dear, what they answered, what is withheld. Inside serve/http only.
// Threads: pure. Cost: a few string joins.
#pragma once

#include "serve/http/centre_words.h"

namespace aizuchi::serve {

// `wishes` has "pause" and "frequency" as GET /v1/me has them.
void put_wishes(Entry& out, const CentreWords& words, const ground::Value& wishes,
                ground::Instant now);
// Is anything sent that could be sent less often?
bool sends(const ground::Snapshot& snapshot);
// What Centre::json says (serve/partition/centre.h).
void put_values(Entry& out, const CentreWords& words, const ground::Value& beyond);
void put_answers(Entry& out, const CentreWords& words, const ground::Value& beyond,
                 ground::Instant now);
void put_withheld(Entry& out, const CentreWords& words, const ground::Value& beyond);

}  // namespace aizuchi::serve
