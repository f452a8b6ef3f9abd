// A scene of the sample: a person, what happened to them, and the question that is asked. The
// file's schema is in docs/demo.md. Threads: pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.h"
#include "ground/base/time.h"
#include "ground/base/value.h"

namespace aizuchi::serve {

struct DemoEvent {
  std::string source;  // of sources.yaml
  ground::Instant at;
  ground::ValueMap call;  // the Segment call: type, event, properties, traits
};

struct DemoScene {
  std::string id;
  ground::Instant clock;
  std::string anonymous_id, user_id;  // user_id: "" for a device that nobody has signed in on
  std::vector<std::string> purposes;  // granted just before the first event
  std::vector<DemoEvent> events;
  std::vector<std::string> slots;
  ground::Value json;  // the whole file: title, about, context, ordinary are printed as they are

  // A text of the file: plain, or the asked locale of {"ja", "en"}; "" when there is none.
  std::string text(std::string_view member, std::string_view locale) const;
  // What an ordinary engine would say in a slot: a map of texts, or null.
  const ground::Value* ordinary(std::string_view slot, std::string_view locale) const;
};

// Errors: invalid, naming the member.
ground::Result<DemoScene> parse_scene(std::string_view json);

// "-3d4h" to that long before; nullopt when it is not of this form.
std::optional<ground::Duration> parse_before(std::string_view text);

}  // namespace aizuchi::serve
