// Products that are like each other by what the brand says of them: category, tags, values, words
// of the name, price. For what is too new for anybody's views to say anything.
//
// Promises: a function of the folder alone; nothing of a person is in it. Threads: immutable once
// made; read by any. Cost: at most 2,000 comparisons of words a product, some 20 us, once a publish
// and start; 8 neighbours a product are kept.
#pragma once

#include <span>
#include <vector>

#include "ground/catalog/snapshot.h"

namespace aizuchi::understand {

class Similar {
 public:
  static constexpr size_t neighbours_most = 8;
  static constexpr double like_min = 0.15;

  explicit Similar(const ground::Snapshot& snapshot);

  struct Neighbour {
    uint32_t product = 0;  // its place in the folder
    float like = 0;        // like_min…1
  };
  // The most alike first; none of a product that this folder does not have.
  std::span<const Neighbour> of(ground::ProductId id, ground::ItemKey key) const;

 private:
  std::vector<ground::ItemKey> keys_;
  std::vector<size_t> starts_;
  std::vector<Neighbour> neighbours_;
};

}  // namespace aizuchi::understand
