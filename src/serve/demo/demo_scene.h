// A scene of the sample: a person, what happened to them, the question that is asked, and what the
// person may do then. The
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

// Something the visitor may do: what the shop sends when they do it. Nothing else changes the page.
struct DemoTap {
  std::string id;
  std::string on;                                     // the link it hangs on; "": beside the clock
  std::vector<std::pair<std::string, bool>> consent;  // purpose, granted or withdrawn
  std::vector<DemoEvent> events;                      // `at` is the moment of the tap
  bool opens_again = false;                           // the page was seen; it is opened once more
  std::vector<std::string> look;                      // the slots to look at afterwards
  ground::Value json;                                 // its entry: title and note are texts
};

struct DemoScene {
  std::string id;
  ground::Instant clock;
  std::string anonymous_id, user_id;  // user_id: "" for a device that nobody has signed in on
  std::vector<std::string> purposes;  // granted just before the first event
  std::vector<DemoEvent> events;
  std::vector<std::string> slots;
  std::vector<DemoTap> taps;
  ground::Value json;  // the whole file: title, about, context, ordinary are printed as they are

  const DemoTap* tap(std::string_view tap_id) const;  // null: none
  std::string text(std::string_view member, std::string_view locale) const;
  // What an ordinary engine would say in a slot: a map of texts, or null.
  const ground::Value* ordinary(std::string_view slot, std::string_view locale) const;
};

// A text of an object of the file: plain, or the asked locale of {"ja", "en"}; "" when none.
std::string localized(const ground::Value& object, std::string_view member,
                      std::string_view locale);

// Errors: invalid, naming the member.
ground::Result<DemoScene> parse_scene(std::string_view json);

// "-3d4h" to that long before; nullopt when it is not of this form.
std::optional<ground::Duration> parse_before(std::string_view text);

}  // namespace aizuchi::serve
