// Surface layer 出し分け: which products, for a shelf. Candidates go with what was looked at
// (related.h), are like it (similar.h), come from the categories that the admitted behaviour points
// to, from what is popular, or from the brand's own order; the guard and the choice stay above.
// Threads: pure. Cost: bounded by `candidates_max`, whatever the size of the catalog.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ground/catalog/snapshot.h"
#include "respect/admission/admission.h"
#include "understand/recommend/recommenders.h"
#include "understand/recommend/suggested.h"
#include "understand/resonance/resonance.h"

namespace aizuchi::understand {

constexpr size_t candidates_max = 100;

// What behaviour says about categories: reads of the kind top(…, 'category', …), admitted here.
struct Taste {
  std::vector<std::pair<std::string, ground::ReadId>> categories;
};
Taste category_taste(const ground::Snapshot& snapshot, respect::Admission& admission);

struct ProductCandidate {
  ground::ProductId product;
  double surface = 0;                   // 1: a category they look at
  double related = 0;                   // 0…1: goes with what they looked at, or is like it
  double resonance = 0;                 // affinity of shared values
  double editorial = 0;                 // 0…1: more popular, or earlier in the brand's own order
  std::vector<ground::ReadId> because;  // the reads behind it
  ground::ProductId viewed;             // the product whose view led to it, if one did
  Path path = Path::views;              // … how
};

// The read of the products they looked at; nullopt where the slot asks for none.
std::optional<ground::ReadId> viewed_read(const ground::Snapshot& snapshot,
                                          const ground::Slot& slot);
// Who asks, and when: the visit that goes on, and whose own visits say nothing.
struct Asker {
  std::string_view person;  // 16 bytes when they are known
  ground::Instant now;
};
// What the models answer to the admitted views, and where the slot ranks by it what is popular.
// What comes next in the visit goes first where the slot ranks by `session`. Similar products are
// those that too few people looked at for views to say anything.
std::vector<Suggested> suggest(const ground::Snapshot& snapshot,
                               const respect::Admission& admission,
                               const Recommenders& recommenders, const Asker& asker);
// What is popular, for a place about which nothing else is known.
std::vector<Suggested> popular_products(const Recommenders& recommenders);

std::vector<ProductCandidate> product_candidates(const ground::Snapshot& snapshot,
                                                 const ground::Slot& slot, const Taste& taste,
                                                 const Values& values,
                                                 std::span<const Suggested> suggested);

}  // namespace aizuchi::understand
