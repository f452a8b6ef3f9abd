#include "listen/events/event.h"

#include <fmt/format.h>

#include <algorithm>

#include "ground/base/hash.h"
#include "ground/base/json.h"
#include "ground/base/text.h"

namespace aizuchi::listen {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::ValueMap;

namespace {

constexpr std::string_view type_words[] = {"track", "identify", "page", "screen", "group", "alias"};
constexpr std::string_view page_viewed = "Page Viewed";

// A client's date: ISO text, or milliseconds since 1970 as a number. nullopt when it is neither.
std::optional<Instant> lenient_date(const Value* value) {
  if (value == nullptr) return std::nullopt;
  if (value->is(Value::Kind::string)) return ground::parse_instant(value->as_string());
  if (value->is(Value::Kind::integer) && value->as_int() > 0 &&
      value->as_int() < 253'402'300'800'000)
    return Instant{value->as_int()};
  return std::nullopt;
}

std::string text_of(const Value* value) {
  if (value == nullptr) return "";
  if (value->is(Value::Kind::string)) return value->as_string();
  // Some clients send numeric ids.
  if (value->is(Value::Kind::integer)) return std::to_string(value->as_int());
  return "";
}

// The entry under a key, once: what is kept must be readable again.
void set(ValueMap& map, std::string_view name, Value value) {
  for (auto& [key, old] : map) {
    if (key.as_string() != name) continue;
    old = std::move(value);
    return;
  }
  map.emplace_back(Value(name), std::move(value));
}

// A credential is not kept.
Value without_tokens(const Value& event) {
  if (event.find("token") == nullptr && event.find("deviceToken") == nullptr) return event;
  ValueMap out = event.as_map();
  std::erase_if(out, [](const auto& entry) {
    return entry.first.as_string() == "token" || entry.first.as_string() == "deviceToken";
  });
  return Value::map(std::move(out));
}

// About how many bytes it takes as JSON; counting stops past the limit.
size_t weight(const Value& value, size_t limit) {
  size_t sum = 4;
  if (value.is(Value::Kind::string)) {
    sum += value.as_string().size();
  } else if (value.is(Value::Kind::list)) {
    for (const Value& child : value.as_list())
      if (sum <= limit) sum += weight(child, limit);
  } else if (value.is(Value::Kind::map)) {
    for (const auto& [key, child] : value.as_map())
      if (sum <= limit) sum += key.as_string().size() + weight(child, limit);
  }
  return sum;
}

Value merged(const Value& item, const Value* batch_context, const Value* batch_integrations) {
  if (batch_context == nullptr && batch_integrations == nullptr) return item;
  const auto merge_into = [](ValueMap& into, const ValueMap& from) {
    for (const auto& [key, value] : from) {
      const bool there =
          std::ranges::any_of(into, [&](const auto& e) { return e.first.same(key); });
      if (!there) into.emplace_back(key, value);
    }
  };
  ValueMap out = item.as_map();
  const auto merge_member = [&](std::string_view name, const Value* batch) {
    if (batch == nullptr || !batch->is(Value::Kind::map)) return;
    const Value* own = item.find(name);
    ValueMap both = own != nullptr && own->is(Value::Kind::map) ? own->as_map() : ValueMap{};
    merge_into(both, batch->as_map());
    set(out, name, Value::map(std::move(both)));
  };
  merge_member("context", batch_context);
  merge_member("integrations", batch_integrations);
  return Value::map(std::move(out));
}

// Without an id of its own, an event is known by its content: a retry, which differs only in when
// it was sent, is then still a duplicate.
std::string content_id(const Value& item) {
  ValueMap content = item.as_map();
  std::erase_if(content, [](const auto& entry) { return entry.first.as_string() == "sentAt"; });
  const std::array<uint8_t, 32> digest =
      ground::sha256(ground::to_json(Value::map(std::move(content))));
  return "content-" + ground::hex(std::span(digest).first(16));
}

struct Sent {
  Instant received_at;
  std::optional<Instant> sent_at;  // of the batch
};

// An archive of another collector says when that one received the event, and its timestamp was
// corrected then; when the archive itself was sent says nothing about the event.
std::optional<Instant> archived_time(const Value& item, const Sent& sent) {
  const auto received = lenient_date(item.find("receivedAt"));
  if (!received || *received >= sent.received_at) return std::nullopt;
  const auto timestamp = lenient_date(item.find("timestamp"));
  return std::min(timestamp.value_or(*received), sent.received_at);
}

Instant time_of(const Value& item, const Sent& sent) {
  if (const auto archived = archived_time(item, sent)) return *archived;
  auto original = lenient_date(item.find("originalTimestamp"));
  if (!original) original = lenient_date(item.find("timestamp"));
  if (!original) return sent.received_at;
  auto sent_at = lenient_date(item.find("sentAt"));
  if (!sent_at) sent_at = sent.sent_at;
  const Instant at = sent_at ? sent.received_at - (*sent_at - *original) : *original;
  return std::min(at, sent.received_at);  // a clock ahead of ours does not reach the future
}

// Its own word ("action" in older parts of the specification), else what the endpoint implies.
Result<EventType> type_of(const Value& item, std::optional<EventType> only) {
  const Value* type = item.find("type");
  if (type == nullptr || type->is_null()) type = item.find("action");
  if (type == nullptr || type->is_null()) {
    if (only) return *only;
    return fail(ErrorCode::invalid,
                "type is missing: expected track, identify, page, screen, group or alias");
  }
  const auto parsed = parse_event_type(text_of(type));
  if (!parsed)
    return fail(ErrorCode::invalid, "type: expected track, identify, page, screen, group or alias");
  return *parsed;
}

Result<void> read_ids(const Value& item, const IngestLimits& limits, Event& event) {
  const auto either = [&](std::string_view name, std::string_view older) {
    std::string text = text_of(item.find(name));
    return text.empty() ? text_of(item.find(older)) : text;
  };
  event.user_id = either("userId", "user_id");
  event.anonymous_id = either("anonymousId", "anonymous_id");
  event.previous_id = text_of(item.find("previousId"));
  event.group_id = text_of(item.find("groupId"));
  event.message_id = text_of(item.find("messageId"));
  if (limits.ids_needed && event.user_id.empty() && event.anonymous_id.empty())
    return fail(ErrorCode::invalid, "userId or anonymousId is missing: one of them is needed");
  for (const auto* id : {&event.user_id, &event.anonymous_id, &event.previous_id, &event.group_id,
                         &event.message_id})
    if (id->size() > limits.id_bytes_max)
      return fail(ErrorCode::invalid,
                  fmt::format("an id is longer than {} bytes", limits.id_bytes_max));
  return {};
}

Result<void> read_name(const Value& item, const IngestLimits& limits, Event& event) {
  if (event.type == EventType::page || event.type == EventType::screen) event.name = page_viewed;
  if (event.type != EventType::track) return {};
  event.name = text_of(item.find("event"));
  if (event.name.empty())
    return fail(ErrorCode::invalid, "event is missing: a track needs the event's name");
  if (event.name.size() > limits.id_bytes_max)
    return fail(ErrorCode::invalid,
                fmt::format("event is longer than {} bytes", limits.id_bytes_max));
  return {};
}

Result<Event> read_event(Value item, std::optional<EventType> only, const Sent& sent,
                         const IngestLimits& limits) {
  if (!item.is(Value::Kind::map)) return fail(ErrorCode::invalid, "an event must be a JSON object");
  if (weight(item, limits.event_bytes_max) > limits.event_bytes_max)
    return fail(ErrorCode::too_large,
                fmt::format("an event is larger than {} bytes", limits.event_bytes_max));
  Event event;
  event.type = TRY(type_of(item, only));
  TRY(read_ids(item, limits, event));
  TRY(read_name(item, limits, event));
  event.received_at = sent.received_at;
  event.at = time_of(item, sent);
  // What is kept says its type and its id itself, so that it reads back the same.
  const bool says_type = text_of(item.find("type")) == to_string(event.type);
  if (!says_type || event.message_id.empty()) {
    if (event.message_id.empty()) event.message_id = content_id(item);
    ValueMap whole = item.as_map();
    set(whole, "type", Value(to_string(event.type)));
    set(whole, "messageId", Value(event.message_id));
    item = Value::map(std::move(whole));
  }
  event.json = std::move(item);
  return event;
}

}  // namespace

std::string_view to_string(EventType type) {
  return type_words[static_cast<size_t>(type)];
}

std::optional<EventType> parse_event_type(std::string_view word) {
  for (size_t i = 0; i < std::size(type_words); ++i)
    if (word == type_words[i] || (word.size() == 1 && word[0] == type_words[i][0]))
      return static_cast<EventType>(i);
  return std::nullopt;
}

const Value& Event::details() const {
  static const Value none;
  const bool about_person = type == EventType::identify || type == EventType::group;
  const Value* found = json.find(about_person ? "traits" : "properties");
  return found != nullptr && found->is(Value::Kind::map) ? *found : none;
}

const Value* property_at(const Value& details, std::string_view path) {
  if (const Value* direct = details.find(path)) return direct;
  const size_t dot = path.find('.');
  if (dot == std::string_view::npos) return nullptr;
  const Value* inner = details.find(path.substr(0, dot));
  return inner == nullptr ? nullptr : property_at(*inner, path.substr(dot + 1));
}

const Value* Event::context_at(std::initializer_list<std::string_view> path) const {
  const Value* found = json.find("context");
  for (const std::string_view part : path) {
    if (found == nullptr) return nullptr;
    found = found->find(part);
  }
  return found;
}

Result<EventBatch> read_events(const Value& root, std::optional<EventType> only,
                               Instant received_at, const IngestLimits& limits) {
  EventBatch out;
  Sent sent{.received_at = received_at};
  out.token = text_of(root.find("token"));
  out.device_token = text_of(root.find("deviceToken"));
  const Value* batch = root.find("batch");
  if (batch == nullptr && root.is(Value::Kind::map)) {
    out.write_key = text_of(root.find("writeKey"));
    auto event = read_event(without_tokens(root), only, sent, limits);
    if (event)
      out.events.push_back(*std::move(event));
    else
      out.refused.push_back({0, event.error().message});
    return out;
  }
  const Value& items = batch != nullptr ? *batch : root;
  if (!items.is(Value::Kind::list))
    return fail(ErrorCode::invalid, "expected {\"batch\": [events]} or one event object",
                "see the HTTP API's ingest section");
  if (items.as_list().size() > limits.batch_events_max)
    return fail(ErrorCode::too_large,
                fmt::format("more than {} events in one batch", limits.batch_events_max),
                "split the batch");
  out.write_key = text_of(root.find("writeKey"));
  sent.sent_at = lenient_date(root.find("sentAt"));
  const Value* context = root.find("context");
  const Value* integrations = root.find("integrations");
  out.events.reserve(items.as_list().size());
  size_t index = 0;
  for (const Value& item : items.as_list()) {
    auto event = item.is(Value::Kind::map)
                     ? read_event(merged(item, context, integrations), only, sent, limits)
                     : read_event(item, only, sent, limits);
    if (event)
      out.events.push_back(*std::move(event));
    else
      out.refused.push_back({index, event.error().message});
    ++index;
  }
  return out;
}

Result<EventBatch> parse_events(std::string_view body, std::optional<EventType> only,
                                Instant received_at, const IngestLimits& limits) {
  const Value root = TRY(ground::parse_json(body, {.depth_max = limits.depth_max}));
  return read_events(root, only, received_at, limits);
}

Result<void> name_user(Event& event, const std::string& user_id) {
  if (event.user_id == user_id) return {};
  if (!event.user_id.empty())
    return fail(ErrorCode::invalid, "userId is not the one that the person token names");
  event.user_id = user_id;
  ValueMap whole = event.json.as_map();
  set(whole, "userId", Value(user_id));
  event.json = Value::map(std::move(whole));
  return {};
}

void name_device(Event& event, const std::string& anonymous_id) {
  if (!event.anonymous_id.empty()) return;
  event.anonymous_id = anonymous_id;
  ValueMap whole = event.json.as_map();
  set(whole, "anonymousId", Value(anonymous_id));
  event.json = Value::map(std::move(whole));
}

Result<Event> read_kept_event(std::string_view body, Instant at, Instant received_at) {
  Value json = TRY(ground::parse_json(body));
  Event event = TRY(read_event(std::move(json), std::nullopt, {.received_at = received_at},
                               {.event_bytes_max = SIZE_MAX, .id_bytes_max = SIZE_MAX}));
  event.at = at;
  event.received_at = received_at;
  return event;
}

namespace {

// The object inside; empty when it is none.
ValueMap inner(const ValueMap& whole, std::string_view name) {
  for (const auto& [key, value] : whole)
    if (key.as_string() == name && value.is(Value::Kind::map)) return value.as_map();
  return {};
}

}  // namespace

void note_opt_out(Event& event) {
  ValueMap whole = event.json.as_map();
  ValueMap context = inner(whole, "context");
  set(context, "gpc", Value(true));
  set(whole, "context", Value::map(std::move(context)));
  event.json = Value::map(std::move(whole));
}

void decline(Event& event, const std::vector<std::string>& purposes) {
  if (purposes.empty()) return;
  ValueMap whole = event.json.as_map();
  ValueMap context = inner(whole, "context");
  ValueMap consent = inner(context, "consent");
  ValueMap preferences = inner(consent, "categoryPreferences");
  for (const std::string& purpose : purposes) set(preferences, purpose, Value(false));
  set(consent, "categoryPreferences", Value::map(std::move(preferences)));
  set(context, "consent", Value::map(std::move(consent)));
  set(whole, "context", Value::map(std::move(context)));
  event.json = Value::map(std::move(whole));
}

}  // namespace aizuchi::listen
