// What was said to a person elsewhere: by phone, in a store, by another mailer. It comes in as an
// event, so that it is durable, counted once and found again after a crash like any other.
#include <fmt/format.h>

#include <algorithm>

#include "ground/base/text.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;

namespace {

const std::vector<std::string> members = {"userId",  "anonymousId", "item", "topic",
                                          "channel", "by",          "at",   "messageId"};

// A row as its event. Errors: invalid, in words about names, never values.
Result<Value> event_of(const Value& row) {
  if (!row.is(Value::Kind::map)) return fail(ErrorCode::invalid, "it is not an object");
  for (const auto& [name, value] : row.as_map()) {
    if (std::ranges::find(members, name.as_string()) == members.end()) {
      const std::string meant = ground::nearest(name.as_string(), members);
      return fail(ErrorCode::invalid,
                  fmt::format("a member is not known{}",
                              meant.empty() ? "" : ": did you mean " + meant + "?"));
    }
    if (!value.is(Value::Kind::string) || value.as_string().empty() ||
        value.as_string().size() > remember::PersonState::said_text_max)
      return fail(ErrorCode::invalid,
                  fmt::format("{} is not a text of 1 to {} bytes", name.as_string(),
                              remember::PersonState::said_text_max));
  }
  const auto has = [&](std::string_view name) { return row.find(name) != nullptr; };
  if (!has("userId") && !has("anonymousId"))
    return fail(ErrorCode::invalid, "nobody is named: expected userId or anonymousId");
  if (!has("item") && !has("topic"))
    return fail(ErrorCode::invalid, "it is not told what was said: expected item or topic");
  if (!has("channel"))
    return fail(ErrorCode::invalid, "it is not told where: expected channel (phone, store, …)");
  if (has("at") && !ground::parse_instant(row.find("at")->as_string()))
    return fail(ErrorCode::invalid, "at is not a moment: expected 2026-04-01T09:00:00+09:00");
  ground::ValueMap event{{"type", "track"}, {"event", listen::said_event}};
  ground::ValueMap properties;
  for (const auto& [name, value] : row.as_map()) {
    const std::string& key = name.as_string();
    if (key == "at")
      event.emplace_back("timestamp", value);
    else if (key == "userId" || key == "anonymousId" || key == "messageId")
      event.emplace_back(name, value);
    else
      properties.emplace_back(name, value);
  }
  event.emplace_back("properties", Value::map(std::move(properties)));
  return Value::map(std::move(event));
}

// Names that the live folder does not have; a later one may.
void note_unknown(const Value& row, const ground::Snapshot& live, std::vector<std::string>& out) {
  if (const Value* item = row.find("item"))
    if (live.item(item->as_string()) == nullptr && live.product(item->as_string()) == nullptr)
      out.push_back(item->as_string());
  if (const Value* topic = row.find("topic"))
    if (std::ranges::find(live.concerns, topic->as_string(), &ground::Concern::name) ==
        live.concerns.end())
      out.push_back(topic->as_string());
}

}  // namespace

Result<Partition::SaidTask> Partition::begin_said(const Value& rows) const {
  if (!rows.is(Value::Kind::list) || rows.as_list().empty())
    return fail(ErrorCode::invalid, "it is not told what was said",
                R"(send {"userId": "…", "item": "…", "channel": "phone"}, or {"said": [ … ]})");
  if (rows.as_list().size() > said_rows_max)
    return fail(ErrorCode::too_large, fmt::format("more than {} in one call", said_rows_max),
                "send them in several");
  SaidTask out;
  ground::ValueList events;
  std::vector<size_t> index_of;
  std::vector<listen::EventRefusal> refused;
  const ground::Snapshot* live = state_->snapshot.get();
  for (size_t i = 0; i < rows.as_list().size(); ++i) {
    const Value& row = rows.as_list()[i];
    auto event = event_of(row);
    if (!event) {
      refused.push_back({i, event.error().message});
      continue;
    }
    if (live != nullptr) note_unknown(row, *live, out.unknown);
    events.push_back(*std::move(event));
    index_of.push_back(i);
  }
  if (!events.empty())
    out.events =
        TRY(listen::read_events(Value::list(std::move(events)), std::nullopt, state_->clock.now()));
  for (listen::EventRefusal& each : out.events.refused) {
    each.index = index_of[each.index];
    refused.push_back(std::move(each));
  }
  std::ranges::sort(refused, {}, &listen::EventRefusal::index);
  out.events.refused = std::move(refused);
  return out;
}

}  // namespace aizuchi::serve
