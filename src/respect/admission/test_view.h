// For tests: what one slot is given of one person, by the names that rules use. Not part of the
// library.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

#include "listen/events/test_person.h"
#include "respect/admission/admission.h"
#include "respect/guard/guard.h"

namespace aizuchi::respect::test {

struct View {
  const ground::Snapshot& brand;
  Handle handle;
  Situation situation;
  Admission admission;

  View(const listen::test::TestPerson& p, std::string_view slot,
       ground::Assurance viewer = ground::Assurance::a2, bool known = true)
      : brand(*p.brand),
        handle(known ? &p.person : nullptr, p),
        situation{.viewer = viewer,
                  .now = p.now,
                  .now_value = ground::Value(p.now),
                  .context = {{"device", "phone"}, {"page", ground::Value()}}},
        admission(brand, *brand.slot(slot), handle, situation) {}

  View(const listen::test::TestPerson& p, std::string_view slot, Situation asked)
      : brand(*p.brand),
        handle(&p.person, p),
        situation(std::move(asked)),
        admission(brand, *brand.slot(slot), handle, situation) {}

  ground::ReadId read(std::string_view name) const {
    const auto it = std::ranges::find(brand.reads, name, &ground::Read::name);
    if (it == brand.reads.end()) FAIL("nothing reads " << name);
    return it->id;
  }
  const Admitted* find(std::string_view name) const { return admission.find(read(name)); }
  // DENY stands for absent, whatever the reason.
  ground::Level level(std::string_view name) const {
    const Admitted* found = find(name);
    return found == nullptr ? ground::Level::deny : found->level();
  }
  std::optional<Refusal> why(std::string_view name) const {
    for (const Withheld& w : admission.withheld())
      if (w.read == read(name)) return w.why;
    return std::nullopt;
  }
  ground::Value value(std::string_view name) const {
    const Admitted* found = find(name);
    return found == nullptr ? ground::Value() : found->value();
  }
};

}  // namespace aizuchi::respect::test
