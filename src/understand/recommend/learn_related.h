// How what goes with what is learned: of views, by the best of several models.
// Threads: none. Cost: what the search may spend, and 24 bytes a view.
#pragma once

#include <functional>

#include "understand/recommend/pairs.h"
#include "understand/recommend/related.h"

namespace aizuchi::understand {

// Makes `products`, `links` and `numbers` of views, choosing among walks and EASE; `progress` is
// called with 0…1. `effort_s` as in shelf.h.
struct Views {
  std::vector<ground::ItemKey> products;  // by number
  std::vector<bool> known;                // by number: by people_min people or more
  std::vector<Suggested> popular;         // the most popular first
  double half_life_days = 0;              // of a view's worth for `popular`; 0: it keeps it
  std::vector<Pair> pairs;
  uint32_t people = 0;
  // The shelves that ask, at most 32; by person, whose purposes may use their views (bits).
  struct Shelf {
    ground::ItemKey slot = 0;
    bool by_visit = false, by_links = false;  // as it ranks
  };
  static constexpr size_t shelves_max = 32;
  std::vector<Shelf> shelves;
  std::vector<uint32_t> may;
};
Related learn_related(Views views, double effort_s, const std::function<void(double)>& progress);

}  // namespace aizuchi::understand
