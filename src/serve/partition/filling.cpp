#include "serve/partition/filling.h"

#include "respect/admission/counted.h"

namespace aizuchi::serve {

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
