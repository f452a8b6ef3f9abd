// What is served of what was learned of everyone who agreed, as operators see it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ground/base/time.h"

namespace aizuchi::serve {

struct TriedModel {
  std::string model;
  double ndcg20 = 0, recall20 = 0, hr10 = 0;  // on what was held back, the newest of each person
};
// How a slot of products is answered.
struct ShelfNote {
  std::string slot, way;  // "popular", "links", "visit", "visit then links"
  uint64_t people = 0;    // on whom the ways were tried; 0: too few, the way is the usual one
  std::vector<TriedModel> tried;
};
struct RecommenderNote {
  static constexpr uint64_t people_min = 20;  // fewer are not told

  uint64_t version = 0;  // 0: there is none yet
  ground::Instant at;
  ground::Instant next;  // when it is learned again; never: the folder has no place for it
  bool learning = false;
  double progress = 1;
  std::optional<uint64_t> people;  // nullopt: fewer than people_min
  uint64_t views = 0, products = 0, links = 0;
  uint64_t visits = 0;  // that say what comes next in one
  std::string chosen;   // "": too little was seen, or nothing beats what is popular
  std::vector<TriedModel> tried;
  std::vector<ShelfNote> shelves;  // in the order of the folder
};

}  // namespace aizuchi::serve
