// Any body is refused or read; what was read is kept as JSON that reads back as the same event.
// The first byte chooses the endpoint.
#include <cstddef>
#include <cstdint>

#include "ground/base/result.h"
#include "ground/base/text.h"
#include "listen/events/event.h"

using namespace aizuchi;
using listen::Event;
using listen::EventType;

namespace {

constexpr ground::Instant received{1'775'000'000'000};

void check(const Event& event, const listen::IngestLimits& limits) {
  AIZ_ASSERT(!event.message_id.empty());
  AIZ_ASSERT(!event.user_id.empty() || !event.anonymous_id.empty());
  AIZ_ASSERT(event.type != EventType::track || !event.name.empty());
  AIZ_ASSERT(event.at <= event.received_at);
  for (const auto* id : {&event.user_id, &event.anonymous_id, &event.previous_id, &event.group_id,
                         &event.message_id, &event.name})
    AIZ_ASSERT(id->size() <= limits.id_bytes_max);
  const std::string kept = ground::to_json(event.json);
  AIZ_ASSERT(ground::valid_utf8(kept));
  const auto back = listen::read_kept_event(kept, event.at, event.received_at);
  AIZ_ASSERT(back.has_value());
  AIZ_ASSERT(back->type == event.type && back->name == event.name);
  AIZ_ASSERT(back->message_id == event.message_id);
  AIZ_ASSERT(back->user_id == event.user_id && back->anonymous_id == event.anonymous_id);
  AIZ_ASSERT(back->previous_id == event.previous_id && back->group_id == event.group_id);
  AIZ_ASSERT(back->at == event.at && back->received_at == event.received_at);
  AIZ_ASSERT(ground::to_json(back->json) == kept);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  std::optional<EventType> only;
  if (bytes[0] % 7 != 6) only = static_cast<EventType>(bytes[0] % 7);
  const listen::IngestLimits limits{.batch_events_max = 50, .event_bytes_max = 2000};
  const auto batch = listen::parse_events(body, only, received, limits);
  if (!batch) {
    AIZ_ASSERT(!batch.error().message.empty());
    return 0;
  }
  AIZ_ASSERT(batch->events.size() + batch->refused.size() <= limits.batch_events_max);
  for (const Event& event : batch->events) check(event, limits);
  for (const listen::EventRefusal& refusal : batch->refused) AIZ_ASSERT(!refusal.message.empty());
  return 0;
}
