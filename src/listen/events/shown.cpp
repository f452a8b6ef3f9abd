#include "listen/events/shown.h"

#include <algorithm>
#include <cmath>

#include "ground/base/text.h"
#include "remember/ledger/person.h"

namespace aizuchi::listen {

using remember::PersonState;
using remember::Said;

namespace {

// A click within half a second of the decision: nobody reads so fast.
constexpr ground::Duration too_quick{500};
constexpr double quick_click = 0.1;

// Parts of user agents, in small letters: crawlers, previews of links, scanners of mail, tools.
constexpr std::string_view machines[] = {"bot",
                                         "crawl",
                                         "spider",
                                         "slurp",
                                         "headless",
                                         "phantomjs",
                                         "preview",
                                         "scanner",
                                         "monitor",
                                         "uptime",
                                         "curl/",
                                         "wget/",
                                         "python-",
                                         "libwww",
                                         "httpx",
                                         "go-http-client",
                                         "googleimageproxy",
                                         "facebookexternalhit",
                                         "barracuda",
                                         "mimecast",
                                         "proofpoint",
                                         "safelinks",
                                         "lighthouse"};

const Value* sender_says(const Event& event) {
  const Value* value = event.details().find("human");
  return value != nullptr ? value : event.context_at({"human"});
}

// What an event says it belongs to.
struct Decided {
  uint64_t decision = 0;
  std::string slot, item;
};

std::string text(const Event& event, std::string_view name) {
  const Value* value = event.details().find(name);
  return value == nullptr ? "" : ground::to_display(*value);
}

std::optional<Decided> decided(const Event& event) {
  const auto raw = ground::from_hex_128(text(event, "decisionId"));
  if (!raw) return std::nullopt;
  Decided out{.slot = text(event, "slot"), .item = text(event, "item")};
  for (size_t i = 0; i < 8; ++i) out.decision = out.decision << 8 | (*raw)[i];
  return out;
}

// A decision is noted in the state only, which is written behind it: after a crash the page's word
// is all there is, and a cap must count it.
Said* take_word(PersonState& person, const Event& event, const Decided& of,
                const ground::Snapshot& snapshot) {
  const bool is_item = snapshot.item(of.item) != nullptr;
  if (of.slot.empty() || (!is_item && snapshot.product(of.item) == nullptr)) return nullptr;
  if (person.said.size() >= PersonState::said_max) person.said.erase(person.said.begin());
  person.said.push_back({.item = ground::item_key(is_item ? "item" : "product", of.item),
                         .slot = ground::item_key("slot", of.slot),
                         .decision = of.decision,
                         .at = event.at});
  return &person.said.back();
}

void note(Said& said, const Event& event, const Word& word, const ground::Snapshot& snapshot) {
  const Came came = word.came;
  const ground::Duration since = event.at - said.at;
  if (came != Came::seen) {
    const auto slot = std::ranges::find(snapshot.slots, said.slot, &ground::Slot::key);
    if (slot == snapshot.slots.end() || since > slot->reward.within) return;
  }
  said.exposed = true;  // what was answered was seen, too
  said.clicked = said.clicked || came == Came::clicked;
  said.converted = said.converted || came == Came::converted;
  const bool quick = came == Came::clicked && since >= ground::Duration{} && since < too_quick;
  const double human =
      quick ? std::min(quick_click, human_likelihood(event)) : human_likelihood(event);
  said.machine = std::max(said.machine, static_cast<uint8_t>(std::lround(15 * (1 - human))));
  if (snapshot.counting && !word.purposes.has(snapshot.counting->slot.purpose))
    said.no_lesson = true;
}

}  // namespace

bool note_came(PersonState& person, const Event& event, const Word& word,
               const ground::Snapshot& snapshot) {
  const auto of = decided(event);
  if (!of) return false;
  const ground::ItemKey slot = ground::item_key("slot", of->slot);
  const ground::ItemKey item = ground::item_key("item", of->item);
  const ground::ItemKey product = ground::item_key("product", of->item);
  bool known = false;
  for (Said& said : person.said) {
    if (said.decision != of->decision || (!of->slot.empty() && said.slot != slot) ||
        (!of->item.empty() && said.item != item && said.item != product))
      continue;
    note(said, event, word, snapshot);
    known = true;
  }
  if (known) return true;
  if (Said* said = take_word(person, event, *of, snapshot)) note(*said, event, word, snapshot);
  return true;
}

std::optional<Picked> picked_in(const PersonState& person, const Event& event) {
  const auto of = decided(event);
  if (!of || of->item.empty() || of->slot.empty()) return std::nullopt;
  const ground::ItemKey slot = ground::item_key("slot", of->slot);
  const ground::ItemKey item = ground::item_key("item", of->item);
  const ground::ItemKey product = ground::item_key("product", of->item);
  Picked out;
  for (const Said& said : person.said) {
    if (said.decision != of->decision || said.slot != slot) continue;
    const bool taken = said.clicked || said.converted;
    if (said.item == item || said.item == product) {
      if (taken) return std::nullopt;
      out.item = said.item;
    } else if (said.exposed && !taken) {
      out.beside.push_back(said.item);
    }
  }
  return out.item != 0 && !out.beside.empty() ? std::optional(std::move(out)) : std::nullopt;
}

double human_likelihood(const Event& event) {
  constexpr double unsaid = -1;
  if (const Value* value = sender_says(event)) {
    if (value->is(Value::Kind::boolean)) return value->as_bool() ? 1 : 0;
    const double number = value->number_or(unsaid);
    if (number >= 0 && number <= 1) return number;
  }
  const Value* agent = event.context_at({"userAgent"});
  if (agent == nullptr || !agent->is(Value::Kind::string)) return 1;
  const std::string small = ground::ascii_lower(agent->as_string());
  const bool machine = std::ranges::any_of(
      machines, [&](std::string_view part) { return small.find(part) != std::string::npos; });
  return machine ? 0 : 1;
}

}  // namespace aizuchi::listen
