// Surface layer 出し分け: products that go with what someone looked at. A model that was learned
// from everyone who agreed, as it is kept and served: links between products, and what the other
// models reached on what was held back.
//
// Promises: it holds nothing of a person, and no link that fewer than three people share; what it
// answers is a function of the admitted views alone. An answer says which view led to it.
// Threads: immutable once made; read by any. Cost: the links of the views, a few hundred each.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "ground/base/result.h"
#include "ground/base/time.h"
#include "ground/domain/domain.h"
#include "understand/recommend/pairs.h"

namespace aizuchi::understand {

class Links;  // links.h

struct RelatedProduct {
  ground::ItemKey product = 0;
  ground::ItemKey because = 0;  // of the views, the one that gave most
  double strength = 0;          // 0…1: of the best of the answer
  bool operator==(const RelatedProduct&) const = default;
};

// How a model ranked what was held back.
struct Reached {
  std::string model;
  double ndcg20 = 0, recall20 = 0, hr10 = 0;
};

struct Related {
  static constexpr size_t answer_most = 24;
  static constexpr size_t people_min = 3;  // behind each link

  uint64_t version = 0;  // counted from 1
  ground::Instant at;    // when everyone was asked
  uint64_t people = 0, views = 0;
  std::string chosen;  // "": too little was seen, or nothing beats what is popular; no links
  std::vector<Reached> tried;
  std::vector<ground::ItemKey> products;  // by number
  std::shared_ptr<const Links> links;
  std::unordered_map<ground::ItemKey, uint32_t> numbers;  // made of `products`

  size_t link_count() const;
  // The views newest first; what was viewed is not answered. The best first.
  std::vector<RelatedProduct> after(std::span<const ground::ItemKey> viewed) const;
};

// Makes `products`, `links` and `numbers` of views, choosing among walks and EASE; `progress` is
// called with 0…1. `effort_s` as in shelf.h.
struct Views {
  std::vector<ground::ItemKey> products;  // by number
  std::vector<Pair> pairs;
  uint32_t people = 0;
};
Related learn_related(Views views, double effort_s, const std::function<void(double)>& progress);

// docs/formats.md, "Related products".
std::string encode(const Related& related);
ground::Result<Related> decode_related(std::string_view bytes);

}  // namespace aizuchi::understand
