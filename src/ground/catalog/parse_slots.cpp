// slots/*.yaml: the places to fill, and (link_slots) what slots and items say of each other.
#include <fmt/format.h>

#include <algorithm>

#include "ground/catalog/fields.h"
#include "ground/catalog/parse.h"

namespace aizuchi::ground::catalog {

namespace {

const std::vector<std::string> ranker_words = {"for-you", "session", "popular", "newest"};

bool pushes(Channel channel) {
  return channel == Channel::email || channel == Channel::push || channel == Channel::chat;
}

void read_resonance(Draft& draft, const YamlNode& node, Slot& slot) {
  slot.rankers.push_back(Ranker::resonance);
  Fields in(draft, node, "resonance");
  if (const auto purpose = in.name("purpose", "the purpose values may be used for", Need::required))
    slot.resonance_purpose = draft.purpose(*purpose);
}

void read_rankers(Draft& draft, const YamlNode& rankers, Slot& slot) {
  if (!rankers.is(YamlNode::Kind::list)) {
    draft.error(rankers.place, "wrong-value", "",
                "expected a list such as [session, for-you, {resonance: {purpose: values}}]");
    return;
  }
  for (const YamlNode& ranker : rankers.items) {
    if (ranker.is(YamlNode::Kind::map)) {
      Fields in(draft, ranker, "a ranker");
      if (const YamlNode* resonance = in.node("resonance", "{purpose: values}", Need::required))
        read_resonance(draft, *resonance, slot);
      continue;
    }
    const auto it = std::ranges::find(ranker_words, ranker.text);
    if (it == ranker_words.end())
      draft.error(at(ranker), "unknown-ranker",
                  fmt::format("expected {} or {{resonance: {{purpose: values}}}}{}",
                              list_of(ranker_words), did_you_mean(ranker.text, ranker_words)));
    else
      slot.rankers.push_back(static_cast<Ranker>(it - ranker_words.begin()));
  }
}

void read_size(Draft& draft, const YamlNode& size, Slot& slot) {
  Fields in(draft, size, "a size");
  const auto least = in.integer("at_least", 0, 100);
  const auto most = in.integer("at_most", 1, 100);
  if (least) slot.at_least = static_cast<uint32_t>(*least);
  slot.at_most = most ? static_cast<uint32_t>(*most) : std::max(slot.at_least, 1u);
  if (slot.at_least > slot.at_most)
    draft.error(size.place, "wrong-value", "", "expected at_least no larger than at_most");
  if (slot.shape == Shape::one && slot.at_most > 1)
    draft.error(size.place, "wrong-value", "", "expected size only with shape: list or order");
}

void read_place(Draft& draft, Fields& in, Slot& slot) {
  if (const auto channel = in.choice("channel", {"web", "email", "chat", "account", "push", "api"}))
    slot.channel = static_cast<Channel>(*channel);
  if (const auto context = in.name("context", "where it shows, a context", Need::required)) {
    if (const auto position = draft.resolve(draft.contexts, *context)) {
      slot.context = draft.out.contexts[*position].id;
      if (!draft.out.contexts[*position].shows)
        draft.error(*context, "context-shows-nothing",
                    "expected a context with shows: true: this one only collects");
    }
  }
  if (const auto purpose = in.name("purpose", "what facts are used for here", Need::required))
    slot.purpose = draft.purpose(*purpose);
  if (const auto shape = in.choice("shape", {"one", "list", "order"}))
    slot.shape = static_cast<Shape>(*shape);
}

void read_fallback(Draft& draft, Fields& in, const At& name, Slot& slot, SlotDraft& rest) {
  rest.fallback = in.name("fallback", "the name of an item, given-order, popular or silence");
  if (!rest.fallback) {
    if (!in.has("fallback"))
      draft.error(name, "missing-fallback",
                  pushes(slot.channel)
                      ? "a slot needs a fallback: the name of an item, or silence"
                      : "a page slot needs a fallback: what is shown when nothing fits (an item, "
                        "given-order or popular)");
    return;
  }
  const At& word = *rest.fallback;
  if (word.text == "silence") {
    slot.fallback = FallbackKind::silence;
    if (!pushes(slot.channel))
      draft.error(word, "silence-on-page",
                  "a page cannot stay empty: expected the name of an item, given-order or popular");
  } else if (word.text == "given-order") {
    slot.fallback = FallbackKind::given_order;
    if (slot.shape != Shape::order)
      draft.error(word, "wrong-value", "expected given-order only with shape: order");
  } else if (word.text == "popular") {
    slot.fallback = FallbackKind::popular;
    if (!slot.from_products)
      draft.error(word, "wrong-value", "expected popular only with from: products");
  }
}

// What goes out by itself is answered within a day, what stands on a page within the hour.
void read_reward(Draft& draft, const YamlNode* node, Slot& slot) {
  const bool mail = slot.channel == Channel::email || slot.channel == Channel::push;
  slot.reward.within = mail ? Duration::days(1) : Duration::hours(1);
  if (node == nullptr) return;
  Fields in(draft, *node, "a reward");
  slot.reward.click = in.number("click", 0, 1).value_or(1);
  slot.reward.conversion = in.number("conversion", 0, 1).value_or(1);
  const auto within = in.duration("within");
  if (within) slot.reward.within = *within;
  if (slot.reward.within <= Duration{} || slot.reward.within > Duration::days(14))
    draft.error(node->place, "wrong-value", "", "expected within from 1s to 14d");
  if (slot.reward.click == 0 && slot.reward.conversion == 0)
    draft.error(node->place, "wrong-value", "", "expected a click or a conversion worth something");
}

void read_slot(Draft& draft, const At& name, const YamlNode& node) {
  if (!plain_name(name.text))
    draft.error(name, "bad-name", "expected letters, digits, '.', '_' or '-'");
  Fields in(draft, node, "a slot");
  Slot slot;
  SlotDraft rest;
  slot.id = {static_cast<uint16_t>(draft.out.slots.size())};
  slot.name = name.text;
  slot.key = item_key("slot", name.text);
  slot.place = name.place;
  read_place(draft, in, slot);
  if (const YamlNode* size = in.node("size", "{at_least: 1, at_most: 8}"))
    read_size(draft, *size, slot);
  slot.from_products = in.choice("from", {"products"}).has_value();
  if (slot.from_products && slot.shape == Shape::order)
    draft.error(name, "wrong-value", "expected from: products with shape: list or one");
  if (in.has("sells") && !slot.from_products)
    draft.error(name, "wrong-value",
                "expected sells only with from: products; an item says it by its intent");
  slot.sells = in.flag("sells", true);
  if (const YamlNode* rankers = in.node("rankers", "a list of rankers"))
    read_rankers(draft, *rankers, slot);
  rest.of = in.names("of", "the blocks in their given order, names of items",
                     slot.shape == Shape::order ? Need::required : Need::optional);
  if (slot.shape != Shape::order && !rest.of.empty())
    draft.error(rest.of[0].place, "wrong-value", "", "expected of: only with shape: order");
  slot.explore = in.flag("explore", true);
  read_reward(draft, in.node("reward", "{click: 1, conversion: 1, within: 1h}"), slot);
  read_fallback(draft, in, name, slot, rest);
  draft.declare(draft.slots, name, draft.out.slots.size());
  draft.out.slots.push_back(std::move(slot));
  draft.slot_drafts.push_back(std::move(rest));
}

void link_fallback(Draft& draft, Slot& slot, const SlotDraft& rest) {
  if (!rest.fallback || slot.fallback != FallbackKind::item) return;
  const auto position = draft.resolve(draft.items, *rest.fallback);
  if (!position) return;
  const Item& item = draft.out.items[*position];
  slot.fallback_item = item.id;
  if (item.status != Status::live)
    draft.error(*rest.fallback, "fallback-not-live", "expected a fallback with status: live");
  if (draft.item_drafts[*position].when != nullptr || !item.phases.empty() ||
      item.from.ms != INT64_MIN || item.until.ms != INT64_MAX || item.cap.times > 0)
    draft.error(*rest.fallback, "conditional-fallback",
                "a fallback always fits: expected an item without when, phases, window or cap");
}

// The blocks of an order, and only they, are its items.
void link_blocks(Draft& draft, Slot& slot, const SlotDraft& rest) {
  for (const At& name : rest.of) {
    const auto position = draft.resolve(draft.items, name);
    if (!position) continue;
    const Item& item = draft.out.items[*position];
    if (std::ranges::find(slot.items, item.id) == slot.items.end())
      draft.error(name, "block-elsewhere",
                  fmt::format("expected the item to say slot: {}", slot.name));
    else if (std::ranges::find(slot.of, item.id) != slot.of.end())
      draft.error(name, "wrong-value", "expected each block once");
    else
      slot.of.push_back(item.id);
  }
  if (slot.shape != Shape::order) return;
  slot.at_least = slot.at_most = static_cast<uint32_t>(slot.of.size());
  for (const ItemId id : slot.items) {
    const Item& item = draft.out.items[id.index];
    if (std::ranges::none_of(rest.of, [&](const At& a) { return a.text == item.name; }))
      draft.error(
          item.place, "block-not-listed", item.name,
          fmt::format("expected it in of: of the slot {}, which gives the order", slot.name));
  }
}

void link_item(Draft& draft, size_t index) {
  Item& item = draft.out.items[index];
  ItemDraft& rest = draft.item_drafts[index];
  const bool fallback = std::ranges::any_of(draft.slot_drafts, [&](const SlotDraft& s) {
    return s.fallback && s.fallback->text == item.name;
  });
  if (rest.slot_names.empty() && !fallback)
    draft.error(item.place, "missing-slot", item.name,
                "an item needs slot: the name of a slot, or to be a slot's fallback");
  for (const At& name : rest.slot_names) {
    const auto position = draft.resolve(draft.slots, name);
    if (!position) continue;
    Slot& slot = draft.out.slots[*position];
    if (std::ranges::find(rest.slots, slot.id) != rest.slots.end()) continue;
    rest.slots.push_back(slot.id);
    const SlotDraft& of_slot = draft.slot_drafts[*position];
    if (of_slot.fallback && of_slot.fallback->text == item.name) continue;  // no candidate
    slot.items.push_back(item.id);
    if (slot.from_products)
      draft.error(name, "products-slot",
                  "this slot is filled from products: expected another slot");
  }
}

}  // namespace

void parse_slots(Draft& draft) {
  for (const auto& [path, tree] : draft.trees) {
    if (!path.starts_with("slots/")) continue;
    read_entries(draft, path, "slots", [&](const At& name, const YamlNode& node) {
      if (draft.out.slots.size() < 10'000) read_slot(draft, name, node);
    });
  }
}

void link_slots(Draft& draft) {
  for (size_t i = 0; i < draft.out.items.size(); ++i) link_item(draft, i);
  for (size_t i = 0; i < draft.out.slots.size(); ++i) {
    link_fallback(draft, draft.out.slots[i], draft.slot_drafts[i]);
    link_blocks(draft, draft.out.slots[i], draft.slot_drafts[i]);
    const FallbackKind kind = draft.out.slots[i].fallback;
    if (kind != FallbackKind::item || !draft.slot_drafts[i].fallback) continue;
    // An item that only stands in for a slot is shown there all the same.
    const ItemId id = draft.out.slots[i].fallback_item;
    if (!id.valid()) continue;
    auto& slots = draft.item_drafts[id.index].slots;
    if (std::ranges::find(slots, draft.out.slots[i].id) == slots.end())
      slots.push_back(draft.out.slots[i].id);
  }
}

}  // namespace aizuchi::ground::catalog
