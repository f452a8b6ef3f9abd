#include "serve/partition/filling.h"

#include "remember/ledger/ledger.h"
#include "respect/admission/counted.h"

namespace aizuchi::serve {

using ground::PersonId;
using ground::Result;

const ground::Provenance& StoredPeople::provenance(ground::ProvenanceId id) const {
  if (id.index < names_.provenances()) return names_.provenance(id);
  met_new_name_ = true;
  return nothing_allowed_;
}

Result<bool> StoredPeople::walk_on(size_t people, const Each& each) {
  bool more = false;
  size_t left = people;
  const auto stored = [&](std::string_view key, std::string_view sealed) {
    const auto id = PersonId::from_bytes(key);
    if (key == after_ || !id) return true;
    more = left == 0;
    if (more) return false;
    --left;
    after_ = key;
    met_new_name_ = false;
    const auto person = remember::open_state(store_, vault_, *id, sealed);
    if (!person) ++unreadable_;
    if (person && *person) each(*id, **person);
    return true;
  };
  TRY(store_.scan(ground::Space::state, "", after_, ground::Direction::forward, stored));
  if (!more) after_ = std::string(16, '\xff');
  return more;
}

double StoredPeople::progress() const {
  if (after_.size() < 2) return 0;
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(after_[i]); };
  return (byte(0) * 256 + byte(1)) / 65535.0;
}

understand::Look look_at(const CountingBy& by, const remember::PersonState& person,
                         const remember::ProvenanceLookup& provenances, ground::Instant now) {
  const respect::Counted counted(*by.snapshot, respect::Handle(&person, provenances), now,
                                 by.population.get());
  return {.counted = counted.open(), .in = counted.in(), .next_change = counted.next_change()};
}

ground::Result<bool> Filling::look_on(size_t people, std::vector<Looked>& out) {
  return people_.walk_on(people, [&](const ground::PersonId& id, const auto& person) {
    understand::Look look = look_at(by_, person, people_, now_);
    if (!people_.met_new_name()) out.push_back({id, std::move(look)});
  });
}

}  // namespace aizuchi::serve
