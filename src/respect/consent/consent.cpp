#include "respect/consent/consent.h"

#include "remember/ledger/person.h"

namespace aizuchi::respect {

Standing standing(const remember::PersonState& person, const ground::Purpose& purpose,
                  ground::Instant now) {
  if (purpose.basis != ground::Basis::contract && person.rests(now)) return Standing::withdrawn;
  const remember::Consent* consent = person.consent(purpose.id);
  if (consent == nullptr) return Standing::none;
  if (!consent->granted) return Standing::withdrawn;
  return consent->text_hash == purpose.text_hash ? Standing::granted : Standing::text_changed;
}

bool any_basis(const remember::PersonState* person, ground::PurposeSet purposes,
               const ground::Snapshot& snapshot, ground::Instant now) {
  for (const ground::Purpose& purpose : snapshot.purposes) {
    if (!purposes.has(purpose.id)) continue;
    const Standing s = person == nullptr ? Standing::none : standing(*person, purpose, now);
    switch (purpose.basis) {
      case ground::Basis::contract:
        return true;
      case ground::Basis::notice:
        if (s != Standing::withdrawn) return true;
        break;
      case ground::Basis::consent:
        if (s == Standing::granted) return true;
        break;
    }
  }
  return false;
}

}  // namespace aizuchi::respect
