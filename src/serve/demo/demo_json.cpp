// The stage as JSON: the shapes of docs/demo.md. A slot is what /v1/decide would answer to an
// operator, with the names the page uses.
#include <algorithm>

#include "ground/base/json.h"
#include "serve/demo/demo_stage.h"
#include "serve/partition/answer_json.h"

namespace aizuchi::serve {

using ground::JsonWriter;
using ground::Value;

namespace {

void write_value(JsonWriter& out, const Value& object, std::string_view from, std::string_view to) {
  if (const Value* value = object.find(from)) out.member(to, *value);
}

void write_candidates(JsonWriter& out, const Value& slot) {
  const Value* view = slot.find("operator");
  const Value* candidates = view == nullptr ? nullptr : view->find("candidates");
  const Value* items = slot.find("items");
  if (candidates == nullptr || items == nullptr) return;
  out.key("operator").object().key("candidates").array();
  for (const Value& candidate : candidates->as_list()) {
    const Value* id = candidate.find("id");
    const auto chosen = std::ranges::find_if(
        items->as_list(), [&](const Value& item) { return item.find("id")->same(*id); });
    const bool is_chosen = chosen != items->as_list().end();
    out.object().member("id", *id).member("chosen", is_chosen);
    if (is_chosen) write_value(out, *chosen, "variant", "variant");
    const Value* dropped = candidate.find("dropped");
    out.key("dropped").value(dropped == nullptr ? Value() : *dropped);
    write_value(out, candidate, "missing", "missing");
    write_value(out, candidate, "propensity", "p");
    write_value(out, candidate, "mean", "m");
    write_value(out, candidate, "spread", "s");
    out.end_object();
  }
  out.end_array().end_object();
}

void write_slot(JsonWriter& out, const decide::SlotDraft& draft, const DemoTold& told) {
  const Answer& answer = told.answer;
  const auto json = ground::parse_json(
      slot_json(draft, *answer.snapshot, answer.locale, answer.id, Explain::operator_view));
  AIZ_ASSERT(json.has_value());
  out.object();
  for (const std::string_view name : {"items", "layer", "reason"})
    write_value(out, *json, name, name);
  if (const Value* items = json->find("items"); items != nullptr && !items->as_list().empty())
    write_value(out, items->as_list().front(), "why", "why");
  write_candidates(out, *json);
  out.end_object();
}

void write_scene(JsonWriter& out, const DemoTold& told) {
  const DemoScene& scene = *told.scene;
  out.key("scene").object().member("id", scene.id);
  for (const std::string_view name : {"title", "about"})
    out.member(name, scene.text(name, told.locale));
  for (const std::string_view name : {"clock", "context"}) write_value(out, scene.json, name, name);
  out.member("now", ground::format_instant(scene.clock + told.moment.later));
  out.key("consent").object().key("purposes").array();
  for (const std::string& purpose : told.allowed) out.value(purpose);
  out.end_array().end_object().key("taps").array();
  for (const DemoTap& tap : scene.taps) {
    out.object().member("id", tap.id).member("title", localized(tap.json, "title", told.locale));
    if (!tap.on.empty())
      out.member("on", tap.on).member("label", localized(tap.json, "label", told.locale));
    out.end_object();
  }
  out.end_array().key("tapped").array();
  for (const DemoTapped& tapped : told.moment.tapped) {
    const DemoTap* tap = scene.tap(tapped.tap);
    out.object().member("id", tap->id).member("laterMs", tapped.later.ms);
    for (const std::string_view name : {"title", "note"})
      out.member(name, localized(tap->json, name, told.locale));
    out.end_object();
  }
  out.end_array().end_object();
}

}  // namespace

std::string scenes_json(const DemoStage& stage, std::string_view locale) {
  const ground::Snapshot& snapshot = stage.snapshot();
  const std::string& language = snapshot.locales[snapshot.locale(locale).index];
  JsonWriter out;
  out.object().key("scenes").array();
  for (const DemoScene* scene : stage.scenes())
    out.object()
        .member("id", scene->id)
        .member("title", scene->text("title", language))
        .end_object();
  return out.end_array().end_object().take();
}

std::string told_json(const DemoTold& told) {
  JsonWriter out;
  out.object().member("mode", "preview");
  write_scene(out, told);
  out.key("ordinary").object();
  for (const std::string& slot : told.scene->slots)
    if (const Value* said = told.scene->ordinary(slot, told.locale)) out.member(slot, *said);
  out.end_object().key("slots").object();
  for (const decide::SlotDraft& draft : told.answer.draft.slots) {
    out.key(draft.slot->name);
    write_slot(out, draft, told);
  }
  out.end_object().key("heldBack").array();
  for (const DemoHeldBack& held : told.held_back) {
    out.object().member("what", held.what).member("why", held.why);
    if (!held.slot.empty()) out.member("slot", held.slot);
    out.end_object();
  }
  return out.end_array().end_object().take();
}

std::string attempt_json(const DemoAttempt& attempt) {
  JsonWriter out;
  out.object().key("says").object();
  for (const auto& [locale, sentence] : attempt.says) out.member(locale, sentence);
  out.end_object().member("refused", attempt.refused()).key("findings").array();
  for (const ground::Finding& finding : attempt.findings) {
    out.object()
        .member("severity", to_string(finding.severity))
        .member("rule", finding.rule)
        .member("text", finding.text)
        .member("expected", finding.expected)
        .member("file", finding.place.file)
        .member("line", static_cast<int64_t>(finding.place.line))
        .end_object();
  }
  out.end_array();
  if (attempt.told) out.key("told").raw(told_json(*attempt.told));
  return out.end_object().take();
}

}  // namespace aizuchi::serve
