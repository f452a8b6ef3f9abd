// What of an event is sensitive and was not expressly consented to: it is not written anywhere.
#include <algorithm>

#include "listen/events/threading.h"
#include "respect/consent/consent.h"

namespace aizuchi::listen {

using ground::FactRule;
using ground::PurposeSet;

PurposeSet expressly_granted(const remember::PersonState* person, PurposeSet purposes,
                             const ground::Snapshot& snapshot) {
  PurposeSet out;
  if (person == nullptr) return out;
  for (const ground::Purpose& purpose : snapshot.purposes)
    if (purpose.explicit_consent && purposes.has(purpose.id) &&
        respect::standing(*person, purpose) == respect::Standing::granted)
      out.add(purpose.id);
  return out;
}

Remains hold_back(Event& event, const remember::PersonState* person, PurposeSet purposes,
                  const ground::Snapshot& snapshot) {
  const ground::EventRule* rule = snapshot.event(event.name);
  if (rule != nullptr && rule->sensitive) {
    const PurposeSet granted = expressly_granted(person, purposes, snapshot);
    if (granted.empty()) return Remains::nothing;
    // For good: what is counted again later is counted for these.
    std::vector<std::string> others;
    for (const ground::Purpose& purpose : snapshot.purposes)
      if (purposes.has(purpose.id) && !granted.has(purpose.id)) others.push_back(purpose.name);
    decline(event, others);
    purposes = granted;
  }
  bool dropped = false;
  if (tells_thread(event, rule) && expressly_granted(person, purposes, snapshot).empty())
    dropped = drop_sensitive_topic(event, snapshot);
  const bool tells = event.type == EventType::identify || event.context_at({"traits"}) != nullptr ||
                     (rule != nullptr && !rule->facts.empty());
  const Remains otherwise = dropped ? Remains::some : Remains::all;
  if (!tells || std::ranges::none_of(snapshot.facts, &FactRule::sensitive)) return otherwise;
  const Remains told = forget_in(event, snapshot, [&](std::string_view name) {
    const FactRule* fact = snapshot.fact(name);
    return fact != nullptr && fact->sensitive &&
           expressly_granted(person, purposes & fact->purposes, snapshot).empty();
  });
  return told == Remains::all ? otherwise : told;
}

}  // namespace aizuchi::listen
