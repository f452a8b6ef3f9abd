#include "serve/demo/demo_play.h"

#include <fmt/format.h>

#include "ground/base/dice.h"
#include "listen/events/event.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;

namespace {

constexpr uint64_t seed_of_others = 11;  // everyone sees the same people

// What is told on the page itself comes from the browser; shop, support and everyone else are
// servers.
bool is_page(std::string_view source) {
  return source == page_source || source == "dialogue";
}

Result<void> play(Partition& partition, const DemoScene& scene, const DemoPerson& person,
                  ground::Instant clock) {
  size_t number = 0;
  const auto send = [&](ground::ValueMap call, std::string_view source,
                        ground::Instant at) -> Result<void> {
    DemoSent sent = TRY(prepare(partition, person, std::move(call), source, at, ++number));
    partition.ingest(std::move(sent.batch), sent.key, [](const Result<Ingested>&) {});
    return {};
  };
  const auto moved = [&](ground::Instant at) { return clock - (scene.clock - at); };
  if (!scene.purposes.empty() && !scene.events.empty()) {
    std::vector<std::pair<std::string, bool>> granted;
    for (const std::string& purpose : scene.purposes) granted.emplace_back(purpose, true);
    TRY(send(consent_call(granted), page_source,
             moved(scene.events.front().at) - ground::Duration::seconds(1)));
  }
  for (const DemoEvent& event : scene.events) TRY(send(event.call, event.source, moved(event.at)));
  return {};
}

}  // namespace

ground::ValueMap track(std::string_view event, ground::ValueMap properties) {
  return {{Value("type"), Value("track")},
          {Value("event"), Value(std::string(event))},
          {Value("properties"), Value::map(std::move(properties))}};
}

ground::ValueMap consent_call(const std::vector<std::pair<std::string, bool>>& purposes) {
  ground::ValueMap granted;
  for (const auto& [purpose, yes] : purposes) granted.emplace_back(Value(purpose), Value(yes));
  return track("Consent Updated", {{Value("purposes"), Value::map(std::move(granted))}});
}

Result<Key> key_of_source(Partition& partition, std::string_view source, bool secret) {
  const std::string text = fmt::format("{}_demo_{}", secret ? "sk" : "pk", source);
  if (auto known = partition.check_key(text)) return *std::move(known);
  return partition.register_key(text, secret, source, {Scope::ingest, Scope::decide});
}

Result<DemoSent> prepare(Partition& partition, const DemoPerson& person, ground::ValueMap call,
                         std::string_view source, ground::Instant at, size_t number) {
  const bool secret = !is_page(source);
  DemoSent out{.key = TRY(key_of_source(partition, source, secret)), .by_page = !secret};
  call.emplace_back(Value("messageId"), Value(fmt::format("{}-{}", person.prefix, number)));
  call.emplace_back(Value("timestamp"), Value(ground::format_instant(at)));
  call.emplace_back(Value("anonymousId"), Value(person.anonymous_id));
  // A browser's word about who someone is proves nothing; a server's does.
  if (secret && !person.user_id.empty()) call.emplace_back(Value("userId"), Value(person.user_id));
  out.batch = TRY(listen::read_events(Value::map(std::move(call)), std::nullopt, at));
  if (out.batch.events.empty())
    return fail(ErrorCode::invalid, out.batch.refused.empty()
                                        ? "an event of the scene was not taken"
                                        : out.batch.refused.front().message);
  return out;
}

Result<void> seed_people(Partition& partition, const std::vector<const DemoScene*>& scenes,
                         size_t others) {
  const ground::Instant now = partition.clock().now();
  ground::SeededDice dice(seed_of_others);
  for (const DemoScene* scene : scenes) {
    TRY(play(partition, *scene, {scene->anonymous_id, scene->user_id, scene->id}, now));
    for (size_t i = 1; i <= others; ++i) {
      const auto like = [&](const std::string& id) {
        return id.empty() ? id : fmt::format("{}-{}", id, i);
      };
      const auto earlier = static_cast<int64_t>(dice.next_u64() % uint64_t{3 * 86'400'000});
      TRY(play(partition, *scene,
               {like(scene->anonymous_id), like(scene->user_id), like(scene->id)},
               now - ground::Duration{earlier}));
    }
  }
  return {};
}

}  // namespace aizuchi::serve
