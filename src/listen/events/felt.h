// What people said of being understood (the felt survey, P12), as an event and as their state keeps
// it: that they were asked, and of each item their latest answer, among what was said with them.
// Nothing of it is a click or a conversion: no choice is rewarded for it.
// Threads: pure. Cost: a look-up of a hash.
#pragma once

#include <optional>
#include <string_view>

#include "ground/domain/domain.h"

namespace aizuchi::remember {
struct PersonState;
}

namespace aizuchi::ground {
struct Snapshot;
}

namespace aizuchi::listen {

struct Event;

// {"slot", "layer", "decisionId"} and an answer from 1 to 7 for each item asked, or {"skipped":
// true}. Only Aizuchi itself makes it.
constexpr std::string_view felt_event = "Felt Answered";

constexpr size_t felt_items = 5;
constexpr std::string_view felt_item_names[felt_items] = {"F1", "F2", "F3", "C1", "C2"};
constexpr size_t felt_unease = 3;  // C1
constexpr int felt_most = 7;

// That they were asked, whatever they answered.
ground::ItemKey felt_asked();

struct FeltAnswer {
  size_t item = 0;  // of felt_item_names
  int score = 0;    // 1 to 7
  ground::Layer layer = ground::Layer::none;
};
ground::ItemKey felt_key(const FeltAnswer& answer);
std::optional<FeltAnswer> felt_answer(ground::ItemKey key);

// From when on they were asked, whoever knows it first: the asking, or an answer out of the log.
void note_felt_asked(remember::PersonState& person, ground::Instant at);
void keep_felt(remember::PersonState& person, const Event& event);

}  // namespace aizuchi::listen
