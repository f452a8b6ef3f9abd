// Surface layer 出し分け: which products, for a shelf. Candidates go with what was looked at
// (related.h), or come from the categories that the admitted behaviour points to, or from the
// brand's own order; the guard and the choice stay above.
// Threads: pure. Cost: bounded by `candidates_max`, whatever the size of the catalog.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ground/catalog/snapshot.h"
#include "respect/admission/admission.h"
#include "understand/recommend/related.h"
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
  double related = 0;                   // 0…1: goes with what they looked at
  double resonance = 0;                 // affinity of shared values
  double editorial = 0;                 // 0…1: earlier in the brand's own order is higher
  std::vector<ground::ReadId> because;  // the reads behind it
  ground::ProductId viewed;             // the product whose view led to it, if one did
};

// The read of the products they looked at; nullopt where the slot asks for none.
std::optional<ground::ReadId> viewed_read(const ground::Snapshot& snapshot,
                                          const ground::Slot& slot);
// What the model answers to the admitted views; {} without any.
std::vector<RelatedProduct> related_products(const ground::Snapshot& snapshot,
                                             const respect::Admission& admission,
                                             const Related& model);

std::vector<ProductCandidate> product_candidates(const ground::Snapshot& snapshot,
                                                 const ground::Slot& slot, const Taste& taste,
                                                 const Values& values,
                                                 std::span<const RelatedProduct> related);

}  // namespace aizuchi::understand
