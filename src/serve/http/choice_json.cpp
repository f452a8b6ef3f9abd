// What the learned choice knows, as the admin door and the command line print it.
#include "ground/base/json.h"
#include "ground/domain/domain.h"
#include "serve/http/operator_json.h"
#include "serve/partition/choice_note.h"

namespace aizuchi::serve {

using ground::JsonWriter;

namespace {

double share(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

void write_counted(JsonWriter& json, const SlotCounters& c) {
  json.key("counted").object().member("slots", c.slots);
  json.member("fallbackShare", share(c.fallbacks, c.slots));
  json.member("explorationShare", share(c.explored, c.slots));
  json.member("learnedShare", share(c.learned, c.slots));
  json.key("layerShare").object();
  for (size_t i = 0; i < std::size(c.layers); ++i)
    json.member(ground::to_string(static_cast<ground::Layer>(i)), share(c.layers[i], c.slots));
  json.end_object().end_object();
}

void write_item(JsonWriter& json, const ChoiceItem& item) {
  json.object().member("item", item.item).member("shown", item.shown);
  json.member("outcomes", item.outcomes).member("rate", item.rate);
  json.member("low", item.low).member("high", item.high);
  json.member("mean", item.mean).member("spread", item.spread).end_object();
}

void write_slot(JsonWriter& json, const ChoiceSlot& slot) {
  json.object().member("slot", slot.slot);
  json.member("state", !slot.learns ? "not_learned" : slot.speaks ? "learned" : "too_little");
  if (slot.learns) {
    json.member("rows", slot.rows);
    if (slot.people)
      json.member("people", *slot.people);
    else
      json.member("fewerThan", uint64_t{20});
  }
  if (slot.speaks) {
    json.member("outcomes", slot.outcomes).member("usual", slot.usual).key("items").array();
    for (const ChoiceItem& item : slot.items) write_item(json, item);
    json.end_array();
  }
  write_counted(json, slot.counted);
  json.end_object();
}

}  // namespace

std::string choice_json(const ChoiceNote& note) {
  JsonWriter json;
  json.object().member("version", note.version);
  if (note.version > 0) json.member("at", ground::format_instant(note.at));
  if (note.next != ground::Instant::never()) json.member("next", ground::format_instant(note.next));
  json.member("learning", note.learning).member("progress", note.progress);
  json.key("slots").array();
  for (const ChoiceSlot& slot : note.slots) write_slot(json, slot);
  return json.end_array().end_object().take();
}

}  // namespace aizuchi::serve
