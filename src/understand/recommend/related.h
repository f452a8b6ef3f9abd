// Surface layer 出し分け: products that go with what someone looked at, and those that many look at
// lately. A model that was learned from everyone who agreed, as it is kept and served: links
// between products, the most popular, and what the other models reached on what was held back.
//
// Promises: it holds nothing of a person, and no link that fewer than three people share, nor is
// anything popular that fewer looked at; what it answers is a function of the admitted views alone.
// An answer says which view led to it.
// Threads: immutable once made; read by any. Cost: the links of the views, a few hundred each.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "ground/base/result.h"
#include "ground/base/time.h"
#include "ground/domain/domain.h"
#include "understand/recommend/suggested.h"

namespace aizuchi::understand {

class Links;  // links.h

// How a model ranked what was held back.
struct Reached {
  std::string model;
  double ndcg20 = 0, recall20 = 0, hr10 = 0;
};

// How a shelf is answered, as it ranked best on what was held back of those whose views its purpose
// may use. Kept by number.
enum class Way : uint8_t {
  nothing,           // what is popular ranks better than any view
  links,             // what goes with the views
  visit,             // what comes next in the visit
  visit_then_links,  // the same, filled up
};
std::string_view to_string(Way way);
struct ShelfChoice {
  ground::ItemKey slot = 0;
  Way way = Way::visit_then_links;
  uint64_t people = 0;         // asked; of fewer than 10 the way is the usual one
  std::vector<Reached> tried;  // the ways that its rankers allow
};

struct Related {
  static constexpr size_t answer_most = 24;
  static constexpr size_t people_min = 3;  // behind each link, and each product that is popular
  static constexpr size_t popular_most = 32;

  uint64_t version = 0;  // counted from 1
  ground::Instant at;    // when everyone was asked
  uint64_t people = 0, views = 0;
  std::string chosen;  // "": too little was seen, or nothing beats what is popular; no links
  std::vector<Reached> tried;
  std::vector<ShelfChoice> shelves;
  std::vector<ground::ItemKey> products;  // by number
  std::vector<bool> known;                // by number: by people_min people or more
  std::vector<Suggested> popular;         // the most popular first
  double half_life_days = 0;              // of a view's worth for `popular`; 0: it keeps it
  std::shared_ptr<const Links> links;
  std::unordered_map<ground::ItemKey, uint32_t> numbers;  // made of `products`

  void number();  // makes `numbers`
  size_t link_count() const;
  bool knows(ground::ItemKey product) const;
  Way way_of(ground::ItemKey slot) const;
  // The views newest first; what was viewed is not answered. The best first.
  std::vector<Suggested> after(std::span<const ground::ItemKey> viewed) const;
};

// The strongest first, each of the best's strength; ties by product.
void keep_best(std::vector<Suggested>& out, size_t most);

// docs/formats.md, "Related products".
std::string encode(const Related& related);
ground::Result<Related> decode_related(std::string_view bytes);

}  // namespace aizuchi::understand
