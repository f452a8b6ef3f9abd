// What operation says beside the brand folder, effective without a publish: what is stopped, and
// what the product feed has said since. A decision that met any of it records what it met, so that
// it can be made again after the feed has moved on.
//
// Threads: changed and read on the partition's thread. Cost: nothing while there is none (the
// question holds no Overrides); else a hash lookup a candidate, an index a product.
#pragma once

#include <optional>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "ground/domain/domain.h"

namespace aizuchi::ground {

// What the feed says of a product; where it says nothing the folder's word stands.
struct ProductNews {
  std::optional<int64_t> stock;
  std::optional<double> price;
  std::optional<Instant> from, until;
  bool empty() const { return !stock && !price && !from && !until; }
};

// What one item, or a shelf as a whole (`of` is its slot's key), makes of one thing that is known:
// stopped where people said that it feels odd.
inline ItemKey use_key(ItemKey of, std::string_view fact) {
  return item_key("use", fact) ^ (of * 0x9E3779B97F4A7C15ULL);
}

struct Overrides {
  std::unordered_set<ItemKey> stopped;  // items and products; and uses of theirs
  bool uses = false;                    // there may be some among them
  uint32_t stopped_channels = 0;        // a bit a channel
  std::vector<ProductNews> products;    // by ProductId; shorter when nothing is said of the rest

  bool empty() const { return stopped.empty() && stopped_channels == 0 && products.empty(); }
  bool stops(Channel channel) const {
    return (stopped_channels >> static_cast<uint32_t>(channel) & 1) != 0;
  }
  void stop(Channel channel) { stopped_channels |= 1U << static_cast<uint32_t>(channel); }
  const ProductNews* news(ProductId id) const {
    const bool said = id.index < products.size() && !products[id.index].empty();
    return said ? &products[id.index] : nullptr;
  }
};

}  // namespace aizuchi::ground
