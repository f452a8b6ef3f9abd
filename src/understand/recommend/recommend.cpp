#include "understand/recommend/recommend.h"

#include <algorithm>
#include <unordered_set>

#include "respect/admission/counted.h"

namespace aizuchi::understand {

using ground::Ranker;

namespace {
bool ranks_by(const ground::Slot& slot, Ranker ranker) {
  return std::ranges::find(slot.rankers, ranker) != slot.rankers.end();
}
}  // namespace

Taste category_taste(const ground::Snapshot& snapshot, respect::Admission& admission) {
  Taste out;
  for (const ground::ReadId id : admission.slot().reads) {
    const ground::Read& read = snapshot.reads[id];
    if (read.kind != ground::ReadKind::aggregate) continue;
    const ground::Aggregate& aggregate = snapshot.aggregates[read.aggregate_index];
    if (aggregate.kind != ground::AggregateKind::top || aggregate.field != "category") continue;
    const respect::Admitted* admitted = admission.find(id);
    if (admitted != nullptr) out.categories.emplace_back(ground::to_display(admitted->value()), id);
  }
  return out;
}

std::optional<ground::ReadId> viewed_read(const ground::Snapshot& snapshot,
                                          const ground::Slot& slot) {
  for (const ground::ReadId id : slot.reads)
    if (snapshot.reads[id].kind == ground::ReadKind::viewed) return id;
  return std::nullopt;
}

std::vector<RelatedProduct> related_products(const ground::Snapshot& snapshot,
                                             const respect::Admission& admission,
                                             const Related& model) {
  const auto id = viewed_read(snapshot, admission.slot());
  const respect::Admitted* viewed = id ? admission.find(*id) : nullptr;
  if (viewed == nullptr) return {};
  std::vector<ground::ItemKey> keys;
  for (const auto& [key, at] : respect::viewed_pairs(viewed->value())) keys.push_back(key);
  return model.after(keys);
}

namespace {

// The candidates of one shelf, each product once.
class Gathering {
 public:
  Gathering(const ground::Snapshot& snapshot, const ground::Slot& slot, const Taste& taste,
            const Values& values)
      : snapshot_(snapshot),
        taste_(taste),
        values_(values),
        for_you_(ranks_by(slot, Ranker::for_you) || ranks_by(slot, Ranker::session)) {}

  bool for_you() const { return for_you_; }
  bool full(size_t most = candidates_max) const { return out_.size() >= most; }
  std::vector<ProductCandidate> take() { return std::move(out_); }

  // nullptr when it is there already, or no more are taken.
  ProductCandidate* add(ground::ProductId id) {
    if (full() || !taken_.insert(id.index).second) return nullptr;
    const ground::Product& product = snapshot_.products[id.index];
    ProductCandidate candidate{.product = id};
    candidate.editorial =
        1.0 - static_cast<double>(id.index) / static_cast<double>(snapshot_.products.size());
    if (for_you_)
      for (const auto& [category, read] : taste_.categories) {
        if (product.category != category) continue;
        candidate.surface = 1;
        candidate.because.push_back(read);
      }
    candidate.resonance = affinity(values_, product.values);
    if (candidate.resonance != 0)
      candidate.because.insert(candidate.because.end(), values_.reads.begin(), values_.reads.end());
    out_.push_back(std::move(candidate));
    return &out_.back();
  }

 private:
  const ground::Snapshot& snapshot_;
  const Taste& taste_;
  const Values& values_;
  const bool for_you_;
  std::vector<ProductCandidate> out_;
  std::unordered_set<uint32_t> taken_;
};

}  // namespace

std::vector<ProductCandidate> product_candidates(const ground::Snapshot& snapshot,
                                                 const ground::Slot& slot, const Taste& taste,
                                                 const Values& values,
                                                 std::span<const RelatedProduct> related) {
  Gathering out(snapshot, slot, taste, values);
  const auto viewed = viewed_read(snapshot, slot);
  if (viewed)
    for (const RelatedProduct& one : related) {
      const ground::Product* product = snapshot.product_by_key(one.product);
      ProductCandidate* candidate = product == nullptr ? nullptr : out.add(product->id);
      if (candidate == nullptr) continue;
      candidate->related = one.strength;
      candidate->because.push_back(*viewed);
      if (const ground::Product* from = snapshot.product_by_key(one.because))
        candidate->viewed = from->id;
    }
  if (out.for_you())
    for (const auto& [category, read] : taste.categories)
      for (const ground::ProductId id : snapshot.products_in(category)) {
        if (out.full(candidates_max / 2)) break;
        out.add(id);
      }
  for (uint32_t i = 0; i < snapshot.products.size() && !out.full(); ++i) out.add({i});
  return out.take();
}

}  // namespace aizuchi::understand
