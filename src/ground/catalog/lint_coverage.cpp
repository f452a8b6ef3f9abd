// The coverage map as far as the files tell it: is there something to say, to every phase, on every
// concern? Where the holes have people in them is counted at publish (serve/partition/survey.h).
#include <fmt/format.h>

#include <algorithm>

#include "ground/catalog/lint.h"

namespace aizuchi::ground::catalog {

namespace {

bool speaks_to(const Item& item, const Phase& phase) {
  return item.status == Status::live &&
         (item.phases.empty() || std::ranges::find(item.phases, phase.id) != item.phases.end());
}

void check_slot(Draft& draft, const Slot& slot) {
  if (slot.from_products || slot.shape == Shape::order) return;
  const auto any = [&](auto&& holds) {
    return std::ranges::any_of(slot.items,
                               [&](ItemId id) { return holds(draft.out.items[id.index]); });
  };
  if (!any([](const Item& item) { return item.status == Status::live; })) {
    draft.findings.warning(slot.place, "coverage", slot.name,
                           "nothing to say to anybody: only the fallback stands here");
    return;
  }
  for (const Phase& phase : draft.out.phases)
    if (!any([&](const Item& item) { return speaks_to(item, phase); }))
      draft.findings.warning(
          slot.place, "coverage", slot.name,
          fmt::format("nothing to say to a person in the phase '{}'", phase.name));
}

void check_concern(Draft& draft, uint16_t position) {
  const auto serves = [&](const Item& item) {
    return item.status == Status::live &&
           std::ranges::find(item.serves, position) != item.serves.end();
  };
  if (std::ranges::any_of(draft.out.items, serves)) return;
  const Concern& concern = draft.out.concerns[position];
  draft.findings.warning(concern.place, "coverage", concern.name,
                         "no live item serves it: expected serves: in one of items/");
}

}  // namespace

void lint_coverage(Draft& draft) {
  if (draft.unread(draft.items.file)) return;  // nobody knows what is missing
  for (const Slot& slot : draft.out.slots) check_slot(draft, slot);
  for (size_t i = 0; i < draft.out.concerns.size(); ++i)
    check_concern(draft, static_cast<uint16_t>(i));
}

}  // namespace aizuchi::ground::catalog
