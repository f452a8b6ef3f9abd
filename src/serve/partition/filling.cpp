#include "serve/partition/filling.h"

#include "respect/admission/counted.h"
#include "serve/partition/backfilling.h"

namespace aizuchi::serve {

understand::Look look_at(const CountingBy& by, const remember::PersonState& person,
                         const remember::ProvenanceLookup& provenances, ground::Instant now) {
  const respect::Counted counted(*by.snapshot, respect::Handle(&person, provenances), now,
                                 by.population.get());
  return {.counted = counted.open(), .in = counted.in(), .next_change = counted.next_change()};
}

Filling::Filling(const From& from, CountingBy by, ground::Instant now)
    : store_(from.store),
      vault_(from.vault),
      people_(from.store, from.vault, from.names),
      by_(std::move(by)),
      now_(now),
      names_(from.names),
      scratch_(from.names) {}

ground::Result<bool> Filling::look_on(size_t people, std::vector<Looked>& out) {
  return people_.walk_on(people, [&](const ground::PersonId& id, const auto& person) {
    std::optional<remember::PersonState> filled;
    if (by_.backfill->behind(person)) {
      filled = person;
      if (!bring_up(*filled)) return out.push_back({id, std::nullopt});
    }
    understand::Look look = look_at(by_, filled ? *filled : person, people_, now_);
    if (!people_.met_new_name()) out.push_back({id, std::move(look)});
  });
}

bool Filling::bring_up(remember::PersonState& person) {
  const auto filled = by_.backfill->fill(person, scratch_, [&](const remember::TakeRecord& take) {
    return remember::read_history(store_, vault_, person.id, take);
  });
  if (!filled) return false;
  if (scratch_.provenances() == names_.provenances()) return true;
  // A source was changed since: its provenance would be named here as another one is elsewhere.
  scratch_ = names_;
  return false;
}

}  // namespace aizuchi::serve
