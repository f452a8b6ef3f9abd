// How a scene is played into a partition: what happened to its person is sent through the keys of
// its sources, as the shop, its pages and its desk would send it.
// Threads: the partition's. Cost: an event, about 10 µs.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "serve/demo/demo_scene.h"
#include "serve/partition/answer.h"

namespace aizuchi::serve {

constexpr std::string_view page_source = "web";

// Whose events they are, and what their messageIds begin with.
struct DemoPerson {
  std::string anonymous_id, user_id, prefix;
};

// One event, ready to be sent.
struct DemoSent {
  listen::EventBatch batch;
  Key key;
  bool by_page = false;  // told on the page itself: a browser's word, with a public key
};

ground::ValueMap track(std::string_view event, ground::ValueMap properties);
ground::ValueMap consent_call(const std::vector<std::pair<std::string, bool>>& purposes);
ground::Result<Key> key_of_source(Partition& partition, std::string_view source, bool secret);
// `number` makes the messageId. Errors: those of the batch and the key.
ground::Result<DemoSent> prepare(Partition& partition, const DemoPerson& person,
                                 ground::ValueMap call, std::string_view source, ground::Instant at,
                                 size_t number);

// The people of the scenes with their history, as it would be now, and `others` more like each of
// them: the same things on other days. Acknowledged later; the next decision knows all of it.
ground::Result<void> seed_people(Partition& partition, const std::vector<const DemoScene*>& scenes,
                                 size_t others);

}  // namespace aizuchi::serve
