// Ingest: what a Segment-compatible client sends, as events. Decides on the body, never on a
// Content-Type; keeps what came, understands what it can.
//   timestamp = receivedAt − (sentAt − originalTimestamp)     (Segment, "Spec: Common fields")
// and as it is for an event of an archive, which says that it was received before.
// Threads: pure. Cost: one parse of the body and one value tree per event.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.h"
#include "ground/base/value.h"
#include "ground/domain/domain.h"

namespace aizuchi::listen {

using ground::Instant;
using ground::Value;

enum class EventType : uint8_t { track, identify, page, screen, group, alias };
std::string_view to_string(EventType type);
std::optional<EventType> parse_event_type(std::string_view word);  // also t, i, p, s, g, a

struct Event {
  EventType type = EventType::track;
  std::string message_id;
  std::string user_id, anonymous_id, previous_id, group_id;
  std::string name;  // of a track; "Page Viewed" for page and screen; "" otherwise
  Instant at, received_at;
  Value json;  // the whole event, batch-level context merged in

  // "properties" of a track, page or screen, "traits" of an identify or group; null when there are
  // none.
  const Value& details() const;
  // A value inside `context`, by path: context_at({"consent", "categoryPreferences"}).
  const Value* context_at(std::initializer_list<std::string_view> path) const;
};

struct EventRefusal {
  size_t index = 0;     // in the batch, from 0
  std::string message;  // what was wrong and what was expected; names fields, never values
};

struct EventBatch {
  std::vector<Event> events;
  std::vector<EventRefusal> refused;
  std::string write_key;  // when the body carries one
  // Of the person and of the device that send them; kept with no event.
  std::string token, device_token;
};

struct IngestLimits {
  size_t batch_events_max = 5000;
  size_t event_bytes_max = 64 * 1024;  // about: of its texts and names
  size_t id_bytes_max = 512;
  size_t depth_max = 32;
  bool ids_needed = true;  // false: what comes with the events may say whose they are
};

// `only` is the type an endpoint such as /v1/track implies; nullopt for a batch, or a body that
// says its type. Errors: invalid (not JSON, no batch), too_large.
ground::Result<EventBatch> parse_events(std::string_view body, std::optional<EventType> only,
                                        Instant received_at, const IngestLimits& limits = {});
// The same from a value tree: what a question to /v1/decide carries.
ground::Result<EventBatch> read_events(const Value& root, std::optional<EventType> only,
                                       Instant received_at, const IngestLimits& limits = {});
// The event of a person who is proven: says so itself from now on. Errors: invalid when it names
// another one.
ground::Result<void> name_user(Event& event, const std::string& user_id);
// The same with a device's id; one that the event names already stays.
void name_device(Event& event, const std::string& anonymous_id);
// The sender's browser says that nothing may be sold or shared (Sec-GPC): said with the event from
// now on, as context.gpc. Of no purpose with `shared_for` it is kept, and each is stopped.
void note_opt_out(Event& event);
// The event is not for these purposes: said with it from now on, as
// context.consent.categoryPreferences.
void decline(Event& event, const std::vector<std::string>& purposes);
// A property, or a trait, by name; dots walk into objects. nullptr when there is none.
const Value* property_at(const Value& details, std::string_view path);
// A single event as it was kept (Event::json as text), read back with its times.
ground::Result<Event> read_kept_event(std::string_view body, Instant at, Instant received_at);

}  // namespace aizuchi::listen
