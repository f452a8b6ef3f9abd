// items/*.yaml: what is said, and how. Templates are compiled in compile_copy.cpp.
#include <fmt/format.h>

#include <algorithm>

#include "ground/base/text.h"
#include "ground/catalog/dates.h"
#include "ground/catalog/fields.h"
#include "ground/catalog/parse.h"

namespace aizuchi::ground::catalog {

namespace {

// The facts a wording or item owns up to; `declared` tells [] from nothing.
std::vector<At> read_speaks(Draft& draft, Fields& in, bool& declared) {
  std::vector<At> out;
  const YamlNode* node = in.node("speaks", "facts a reader can conclude, [] for none");
  declared = node != nullptr;
  if (node == nullptr) return out;
  for (const At& name : read_names(draft, *node, "a list of facts"))
    if (threads_field(name.text) || draft.resolve(draft.facts, name)) out.push_back(name);
  return out;
}

std::vector<std::string> texts(const std::vector<At>& words) {
  std::vector<std::string> out;
  out.reserve(words.size());
  for (const At& word : words) out.push_back(word.text);
  return out;
}

void add_copy(Draft& draft, WordingDraft& wording, size_t locale, const YamlNode& fields) {
  if (!fields.is(YamlNode::Kind::map)) {
    draft.error(fields.place, "wrong-value", "",
                fmt::format("expected {{field: text}}, found {}", kind_word(fields)));
    return;
  }
  for (const auto& [field, text] : fields.entries) {
    if (!cel_name(field.text) || field.text.find('.') != std::string::npos)
      draft.error(at(field), "bad-name", "expected a field of letters, digits and '_'");
    if (text.is(YamlNode::Kind::scalar) || text.is(YamlNode::Kind::null))
      wording.copy.push_back({locale, field.text, &text});
    else
      draft.error(text.place, "wrong-value", "",
                  fmt::format("expected text, found {}", kind_word(text)));
  }
}

// {ja: {field: text}, en: {…}}, or {field: text} for all locales.
void read_say(Draft& draft, const YamlNode& say, WordingDraft& wording) {
  if (!say.is(YamlNode::Kind::map) || say.entries.empty()) {
    draft.error(say.place, "wrong-value", "",
                fmt::format("expected {{{}: {{field: text}}}}", list_of(draft.out.locales, 1)));
    return;
  }
  const bool by_locale = std::ranges::any_of(
      say.entries, [](const auto& entry) { return entry.second.is(YamlNode::Kind::map); });
  if (!by_locale) {
    for (size_t i = 0; i < draft.out.locales.size(); ++i) add_copy(draft, wording, i, say);
    return;
  }
  for (const auto& [tag, fields] : say.entries) {
    if (const auto locale = draft.locale(tag.text))
      add_copy(draft, wording, *locale, fields);
    else
      draft.error(
          at(tag), "unknown-locale",
          fmt::format("expected one of the brand's locales ({}){}", list_of(draft.out.locales),
                      did_you_mean(tag.text, draft.out.locales)));
  }
}

void read_wording(Draft& draft, const YamlNode& node, Item& item, ItemDraft& rest) {
  Fields in(draft, node, "a wording");
  Wording wording;
  WordingDraft copy;
  wording.place = node.place;
  const auto id = in.name("id", "a word to tell it from the others");
  copy.when = in.node("when", "a CEL rule");
  wording.id = id ? id->text : copy.when == nullptr ? "default" : "";
  if (id && !plain_name(id->text))
    draft.error(*id, "bad-name", "expected letters, digits, '.', '_' or '-'");
  if (wording.id.empty())
    draft.error(node.place, "missing-id", "", "a wording with when: needs an id");
  copy.speaks = read_speaks(draft, in, wording.speaks_declared);
  wording.speaks = texts(copy.speaks);
  if (const YamlNode* say = in.node("say", "{locale: {field: text}}", Need::required))
    read_say(draft, *say, copy);
  if (std::ranges::find(item.wordings, wording.id, &Wording::id) != item.wordings.end())
    draft.error(id ? id->place : node.place, "duplicate-wording", wording.id,
                "expected each wording's id once, and one wording without when:");
  item.wordings.push_back(std::move(wording));
  rest.wordings.push_back(std::move(copy));
}

void read_wordings(Draft& draft, const At& name, Fields& in, Item& item, ItemDraft& rest) {
  const YamlNode* wordings = in.node("wordings", "a list of wordings", Need::required);
  if (wordings == nullptr) return;
  if (!wordings->is(YamlNode::Kind::list)) {
    draft.error(wordings->place, "wrong-value", "", "expected a list of wordings");
    return;
  }
  for (const YamlNode& wording : wordings->items) read_wording(draft, wording, item, rest);
  const auto base =
      std::ranges::count_if(rest.wordings, [](const WordingDraft& w) { return w.when == nullptr; });
  if (base == 0)
    draft.error(wordings->place, "missing-base-wording", name.text,
                "an item needs one wording without when: the others overlay it");
  if (base > 1)
    draft.error(wordings->place, "two-base-wordings", name.text,
                "expected one wording without when: the others could never be chosen");
}

void read_window(Draft& draft, const YamlNode& node, Item& item) {
  Fields in(draft, node, "a window");
  if (const auto from = in.name("from", "a date")) item.from = read_start(draft, *from);
  if (const auto until = in.name("until", "a date")) item.until = read_end(draft, *until);
  if (item.from >= item.until)
    draft.error(node.place, "wrong-value", "", "expected from before until: this never shows");
}

void read_cap(Draft& draft, const YamlNode& node, Item& item) {
  Fields in(draft, node, "a cap");
  const auto times = in.integer("times", 1, 1000);
  const auto per = in.duration("per");
  if (times) item.cap.times = static_cast<uint32_t>(*times);
  if (per) item.cap.per = *per;
  if (!in.has("times") || !in.has("per"))
    draft.error(node.place, "wrong-value", "", "expected a cap such as {times: 3, per: 7d}");
}

void read_values(Draft& draft, const YamlNode& node, Item& item) {
  if (!node.is(YamlNode::Kind::map)) {
    draft.error(node.place, "wrong-value", "", "expected {axis: weight}");
    return;
  }
  for (const auto& [axis, weight] : node.entries) {
    const auto position = draft.resolve(draft.axes, at(axis));
    const auto number = read_number(weight.text);
    if (!number || *number < -1 || *number > 1)
      draft.error(at(weight), "wrong-value", "expected a weight from -1 to 1");
    else if (position)
      item.values.emplace_back(draft.out.axes[*position].id, *number);
  }
}

// What it commits the brand to: each a name and a plain value, so that two can be compared.
void read_promises(Draft& draft, const YamlNode& node, Item& item, ItemDraft& rest) {
  if (!node.is(YamlNode::Kind::map)) {
    draft.error(node.place, "wrong-value", "", "expected {shipping.free-from: 5000}");
    return;
  }
  for (const auto& [name, value] : node.entries) {
    if (!plain_name(name.text))
      draft.error(at(name), "bad-name", "expected letters, digits, '.', '_' or '-'");
    if (!value.is(YamlNode::Kind::scalar))
      draft.error(value.place, "wrong-value", "", "expected one plain value");
    item.promises.emplace_back(name.text, value.text);
    rest.promises.push_back(at(value));
  }
}

void read_meaning(Draft& draft, Fields& in, Item& item) {
  if (const auto status = in.choice("status", {"draft", "review", "approved", "live", "stopped"}))
    item.status = static_cast<Status>(*status);
  if (const auto layer = in.choice("layer", {"surface", "memory", "resonance"}))
    item.layer = static_cast<Layer>(*layer + 1);  // Layer::none comes first
  if (const auto intent = in.choice("intent", {"tell", "help", "sell", "thank", "listen"}))
    item.intent = static_cast<Intent>(*intent);
  for (const At& phase : in.names("phases", "a list of phases"))
    if (const auto position = draft.resolve(draft.phases, phase))
      item.phases.push_back(draft.out.phases[*position].id);
  const auto serves = [&](const At& name) -> std::optional<uint32_t> {
    const bool known = draft.concerns.at.contains(name.text);
    if (!known && draft.unread("expectations.yaml")) return std::nullopt;
    return draft.resolve(draft.concerns, name);
  };
  for (const At& name : in.names("serves", "concerns and expectations, a list"))
    if (const auto position = serves(name)) item.serves.push_back(static_cast<uint16_t>(*position));
  if (const YamlNode* values = in.node("values", "{axis: weight}"))
    read_values(draft, *values, item);
  item.value = in.number("value", 1e-6, 1e6).value_or(1.0);
  item.explore = in.flag("explore", true);
  item.sensitive = in.flag("sensitive", false);
}

void read_item(Draft& draft, const YamlNode& node) {
  Fields in(draft, node, "an item");
  const auto id = in.name("id", "a name of its own", Need::required);
  const At name = id.value_or(At{"", node.place});
  if (id && !plain_name(name.text))
    draft.error(name, "bad-name", "expected letters, digits, '.', '_' or '-'");
  Item item;
  ItemDraft rest;
  item.id = {static_cast<uint32_t>(draft.out.items.size())};
  item.name = name.text;
  item.key = item_key("item", name.text);
  item.place = name.place;
  item.title = in.text("title", "its name inside the team");
  item.owner = in.text("owner", "who looks after it (a team)");
  item.campaign = in.text("campaign", "the campaign it belongs to");
  rest.slot_names = in.names("slot", "the name of a slot, or a list");
  rest.when = in.node("when", "a CEL rule");
  rest.boost = in.node("boost", "a CEL number above 0");
  rest.speaks = read_speaks(draft, in, item.speaks_declared);
  item.speaks = texts(rest.speaks);
  read_meaning(draft, in, item);
  if (const YamlNode* promises = in.node("promises", "{name: value}"))
    read_promises(draft, *promises, item, rest);
  if (const YamlNode* window = in.node("window", "{from: date, until: date}"))
    read_window(draft, *window, item);
  if (const YamlNode* cap = in.node("cap", "{times: 3, per: 7d}")) read_cap(draft, *cap, item);
  read_wordings(draft, name, in, item, rest);
  if (id) draft.declare(draft.items, name, draft.out.items.size());
  draft.out.items.push_back(std::move(item));
  draft.item_drafts.push_back(std::move(rest));
}

}  // namespace

void parse_items(Draft& draft) {
  for (const auto& [path, tree] : draft.trees) {
    if (!path.starts_with("items/") || tree.is(YamlNode::Kind::null)) continue;
    if (!tree.is(YamlNode::Kind::list)) {
      draft.error(tree.place, "wrong-value", "", "expected a list of items (- id: …)");
      continue;
    }
    for (const YamlNode& item : tree.items) read_item(draft, item);
  }
}

}  // namespace aizuchi::ground::catalog
