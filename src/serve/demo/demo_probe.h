// What the tests of the sample ask of its stage.
#pragma once
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "serve/demo/demo_stage.h"

namespace aizuchi::serve::probe {

// Set up once for a test binary.
inline DemoStage& stage() {
  static const auto opened = DemoStage::open(demo_files());
  REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
  return **opened;
}

inline DemoTold tell(std::string_view scene, std::string_view locale) {
  auto told = stage().tell(scene, locale);
  REQUIRE_MESSAGE(told.has_value(), told.error().message);
  return *std::move(told);
}

inline const decide::SlotDraft& slot(const DemoTold& told, std::string_view name) {
  for (const decide::SlotDraft& draft : told.answer.draft.slots)
    if (draft.slot->name == name) return draft;
  FAIL("the scene does not ask for " << name);
  return told.answer.draft.slots.front();
}

inline std::string field(const decide::Pick& pick, std::string_view name) {
  for (const auto& [field, text] : pick.content)
    if (field == name) return text;
  return "";
}

inline std::string says(const DemoTold& told, std::string_view name,
                        std::string_view what = "title") {
  const decide::SlotDraft& draft = slot(told, name);
  return draft.picks.empty() ? "" : field(draft.picks.front(), what);
}

inline std::vector<std::string> ids(const DemoTold& told, std::string_view name) {
  std::vector<std::string> out;
  const ground::Snapshot& brand = *told.answer.snapshot;
  for (const decide::Pick& pick : slot(told, name).picks)
    out.push_back(pick.product.valid() ? brand.products[pick.product.index].name_id
                                       : brand.items[pick.item.index].name);
  return out;
}

inline bool held_back(const DemoTold& told, std::string_view what, std::string_view in_slot) {
  return std::ranges::any_of(told.held_back,
                             [&](const auto& h) { return h.what == what && h.slot == in_slot; });
}

// Everything that is said to the person, not the reasons and not the ordinary side.
inline std::string all_words(const DemoTold& told) {
  std::string out;
  for (const decide::SlotDraft& draft : told.answer.draft.slots)
    for (const decide::Pick& pick : draft.picks)
      for (const auto& [name, text] : pick.content)
        if (name != "href" && name != "url" && name != "image") out += text + "\n";
  return out;
}

inline DemoTold after(std::string_view scene, std::string_view locale, std::string_view tapped,
                      std::string_view later = "") {
  const auto moment = parse_moment(later, tapped);
  REQUIRE_MESSAGE(moment.has_value(), moment.error().message);
  auto told = stage().tell(scene, locale, *moment);
  REQUIRE_MESSAGE(told.has_value(), told.error().message);
  return *std::move(told);
}

inline bool allows(const DemoTold& told, std::string_view purpose) {
  return std::ranges::find(told.allowed, purpose) != told.allowed.end();
}

}  // namespace aizuchi::serve::probe
