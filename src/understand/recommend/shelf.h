// The models of a shelf side by side, and the choice among them on what was held back: no rule of
// size, no setting per set of data. Popularity with decay, walks (RP3beta), EASE, iALS++ and the
// blends of the best are tried, each with a small search of its settings.
//
// Promises: the choice is a function of its input (and the seed); nothing of what is held back is
// seen by a model that is tried. Threads: none; `progress` is called between two fits. Cost:
// bounded by `effort_s`, seconds of one core as they are estimated beforehand, never by a clock.
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "understand/recommend/factors.h"
#include "understand/recommend/links.h"

namespace aizuchi::understand {

// How often an item was had; a pair counts half after `half_life` seconds (0: never).
struct PopularSettings {
  double half_life = 0;
  bool operator==(const PopularSettings&) const = default;
};
struct Recipe;
// `share` of the first and the rest of the second, each scaled to the same spread.
struct BlendSettings {
  std::vector<Recipe> of;
  double share = 0.5;
  bool linked = false;  // of links only, and links itself
  bool operator==(const BlendSettings&) const = default;
};
struct Recipe {
  std::variant<PopularSettings, WalkSettings, EaseSettings, FactorSettings, BlendSettings> how;
  bool operator==(const Recipe&) const = default;
};
// nullptr when it cannot be made of these pairs.
ModelPtr make(const Recipe& recipe, const Pairs& pairs);
// A blend of what is made already.
ModelPtr blend_of(ModelPtr one, ModelPtr other, double share, bool linked);

// Someone whose items are known but for some.
struct Held {
  uint32_t person = 0;
  std::vector<uint32_t> basket, wanted;
};
struct Measured {
  double ndcg20 = 0, recall20 = 0, hr10 = 0;
  size_t people = 0;
};
// Adds how one ranking met what was wanted; average() makes the means of it.
void add_ranked(Measured& sum, std::span<const uint32_t> ranked, std::span<const uint32_t> wanted);
void average(Measured& sum);
// All items that are not in the basket are ranked.
Measured measure(const Model& model, std::span<const Held> held);

// A slice of what there is: of `people_max` people with two items or more a fifth of theirs, at
// least one – the newest where times are known, else by the seed's dice.
struct Slice {
  Pairs rest;
  std::vector<Held> held;
};
Slice hold_back(const Pairs& pairs, size_t people_max, uint64_t seed);

struct Tried {
  std::string name;
  Measured measured;
};
struct Choice {
  std::vector<Tried> tried;  // in the order in which they were
  size_t best = 0;           // by ndcg20
  Recipe recipe;             // of the best
  Recipe popular;            // … of those that only count
};
struct Search {
  uint64_t seed = 1;
  double effort_s = 180;
  bool links_only = false;  // each kind as links: what can name the item that led to another
  std::function<void(const std::string& what, double done)> progress;
};
Choice choose_model(const Pairs& rest, std::span<const Held> held, const Search& search);

}  // namespace aizuchi::understand
