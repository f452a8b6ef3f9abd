#include "serve/demo/demo_scene.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "ground/base/json.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;
using Kind = Value::Kind;

namespace {

const Value* member(const Value& object, std::string_view name, Kind kind) {
  const Value* value = object.find(name);
  return value != nullptr && value->is(kind) ? value : nullptr;
}

std::string text_of(const Value& object, std::string_view name) {
  const Value* value = member(object, name, Kind::string);
  return value == nullptr ? "" : value->as_string();
}

std::vector<std::string> texts_of(const Value& object, std::string_view name) {
  std::vector<std::string> out;
  if (const Value* list = member(object, name, Kind::list))
    for (const Value& value : list->as_list())
      if (value.is(Kind::string)) out.push_back(value.as_string());
  return out;
}

Result<DemoEvent> read_event(const Value& value, ground::Instant at) {
  DemoEvent out{.source = text_of(value, "source"), .at = at};
  if (out.source.empty()) return fail(ErrorCode::invalid, "an event has no \"source\"");
  for (const auto& [key, content] : value.as_map())
    if (key.as_string() != "at" && key.as_string() != "source") out.call.emplace_back(key, content);
  return out;
}

Result<DemoEvent> read_past_event(const Value& value, ground::Instant clock) {
  const auto before = parse_before(text_of(value, "at"));
  if (!before) return fail(ErrorCode::invalid, "an event's \"at\" is not like \"-3d4h\"");
  return read_event(value, clock - *before);
}

Result<DemoTap> read_tap(const Value& value, const DemoScene& scene) {
  DemoTap out{.id = text_of(value, "id"), .on = text_of(value, "on"), .json = value};
  if (out.id.empty() || scene.tap(out.id) != nullptr)
    return fail(ErrorCode::invalid, "a tap needs an \"id\" of its own");
  if (const Value* consent = member(value, "consent", Kind::map))
    for (const auto& [purpose, granted] : consent->as_map())
      out.consent.emplace_back(purpose.as_string(), granted.is(Kind::boolean) && granted.as_bool());
  if (const Value* events = member(value, "events", Kind::list))
    for (const Value& event : events->as_list())
      out.events.push_back(TRY(read_event(event, scene.clock)));
  out.opens_again = member(value, "opens_again", Kind::boolean) != nullptr;
  out.look = texts_of(value, "look");
  return out;
}

}  // namespace

std::optional<ground::Duration> parse_before(std::string_view text) {
  if (!text.starts_with('-')) return std::nullopt;
  text.remove_prefix(1);
  ground::Duration out;
  while (!text.empty()) {
    const size_t unit = text.find_first_not_of("0123456789");
    if (unit == std::string_view::npos) return std::nullopt;
    const auto part = ground::parse_duration(text.substr(0, unit + 1));
    if (!part) return std::nullopt;
    out.ms += part->ms;
    text.remove_prefix(unit + 1);
  }
  return out.ms == 0 ? std::nullopt : std::optional(out);
}

std::string localized(const Value& object, std::string_view name, std::string_view locale) {
  const Value* value = object.find(name);
  if (value == nullptr) return "";
  return value->is(Kind::map) ? text_of(*value, locale) : text_of(object, name);
}

std::string DemoScene::text(std::string_view name, std::string_view locale) const {
  return localized(json, name, locale);
}

const DemoTap* DemoScene::tap(std::string_view tap_id) const {
  const auto it = std::ranges::find(taps, tap_id, &DemoTap::id);
  return it == taps.end() ? nullptr : &*it;
}

const Value* DemoScene::ordinary(std::string_view slot, std::string_view locale) const {
  const Value* all = member(json, "ordinary", Kind::map);
  const Value* said = all == nullptr ? nullptr : member(*all, slot, Kind::map);
  return said == nullptr ? nullptr : member(*said, locale, Kind::map);
}

Result<DemoScene> parse_scene(std::string_view json) {
  DemoScene out{.json = TRY(ground::parse_json(json))};
  out.id = text_of(out.json, "id");
  const auto clock = ground::parse_instant(text_of(out.json, "clock"));
  if (!clock) return fail(ErrorCode::invalid, fmt::format("scene '{}' has no clock", out.id));
  out.clock = *clock;
  if (const Value* person = member(out.json, "person", Kind::map)) {
    out.anonymous_id = text_of(*person, "anonymousId");
    out.user_id = text_of(*person, "userId");
  }
  if (out.id.empty() || out.anonymous_id.empty())
    return fail(ErrorCode::invalid, "a scene needs an id and a person with an anonymousId");
  if (const Value* consent = member(out.json, "consent", Kind::map))
    out.purposes = texts_of(*consent, "purposes");
  out.slots = texts_of(out.json, "slots");
  if (const Value* events = member(out.json, "events", Kind::list))
    for (const Value& event : events->as_list())
      out.events.push_back(TRY(read_past_event(event, out.clock)));
  if (const Value* taps = member(out.json, "taps", Kind::list))
    for (const Value& tap : taps->as_list()) out.taps.push_back(TRY(read_tap(tap, out)));
  if (!std::ranges::is_sorted(out.events, {}, &DemoEvent::at))
    return fail(ErrorCode::invalid, fmt::format("the events of '{}' are not in order", out.id));
  return out;
}

}  // namespace aizuchi::serve
