#include "listen/events/felt.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "listen/events/event.h"
#include "remember/ledger/person.h"

namespace aizuchi::listen {

using ground::ItemKey;
using ground::Layer;
using remember::PersonState;
using remember::Said;

namespace {

constexpr Layer layers[] = {Layer::none, Layer::surface, Layer::memory, Layer::resonance};

std::unordered_map<ItemKey, FeltAnswer> all_answers() {
  std::unordered_map<ItemKey, FeltAnswer> out;
  for (size_t item = 0; item < felt_items; ++item)
    for (int score = 1; score <= felt_most; ++score)
      for (const Layer layer : layers) {
        const FeltAnswer answer{item, score, layer};
        out.emplace(felt_key(answer), answer);
      }
  return out;
}

void say(PersonState& person, Said said) {
  if (person.said.size() >= PersonState::said_max) person.said.erase(person.said.begin());
  person.said.push_back(said);
}

}  // namespace

ItemKey felt_asked() {
  static const ItemKey key = ground::item_key("felt", "asked");
  return key;
}

ItemKey felt_key(const FeltAnswer& answer) {
  return ground::item_key("felt", fmt::format("{}/{}/{}", felt_item_names[answer.item],
                                              answer.score, ground::to_string(answer.layer)));
}

std::optional<FeltAnswer> felt_answer(ItemKey key) {
  static const auto all = all_answers();
  const auto found = all.find(key);
  return found == all.end() ? std::nullopt : std::optional(found->second);
}

void note_felt_asked(PersonState& person, ground::Instant at) {
  for (Said& said : person.said)
    if (said.item == felt_asked() && said.decision == 0) {
      said.at = std::max(said.at, at);
      return;
    }
  say(person, {.item = felt_asked(), .at = at, .exposed = true});
}

void keep_felt(PersonState& person, const Event& event) {
  note_felt_asked(person, event.at);
  const Value& told = event.details();
  const Value* slot = told.find("slot");
  const Value* word = told.find("layer");
  if (slot == nullptr || word == nullptr) return;
  const auto layer = std::ranges::find(layers, ground::to_display(*word),
                                       [](Layer each) { return ground::to_string(each); });
  if (layer == std::end(layers)) return;
  for (size_t item = 0; item < felt_items; ++item) {
    const Value* answer = told.find(felt_item_names[item]);
    const double score = answer == nullptr ? 0 : answer->number_or(0);
    if (score < 1 || score > felt_most) continue;
    std::erase_if(person.said, [&](const Said& said) {
      const auto known = said.decision == 0 ? felt_answer(said.item) : std::nullopt;
      return known && known->item == item;
    });
    say(person, {.item = felt_key({item, static_cast<int>(score), *layer}),
                 .slot = ground::item_key("slot", ground::to_display(*slot)),
                 .at = event.at,
                 .exposed = true});
  }
}

}  // namespace aizuchi::listen
