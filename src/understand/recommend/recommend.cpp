#include "understand/recommend/recommend.h"

#include <algorithm>
#include <unordered_set>

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

std::vector<ProductCandidate> product_candidates(const ground::Snapshot& snapshot,
                                                 const ground::Slot& slot, const Taste& taste,
                                                 const Values& values) {
  std::vector<ProductCandidate> out;
  std::unordered_set<uint32_t> taken;
  const bool for_you = ranks_by(slot, Ranker::for_you) || ranks_by(slot, Ranker::session);
  const auto add = [&](ground::ProductId id) {
    if (out.size() >= candidates_max || !taken.insert(id.index).second) return;
    const ground::Product& product = snapshot.products[id.index];
    ProductCandidate candidate{.product = id};
    candidate.editorial =
        1.0 - static_cast<double>(id.index) / static_cast<double>(snapshot.products.size());
    if (for_you)
      for (const auto& [category, read] : taste.categories) {
        if (product.category != category) continue;
        candidate.surface = 1;
        candidate.because.push_back(read);
      }
    candidate.resonance = affinity(values, product.values);
    if (candidate.resonance != 0)
      candidate.because.insert(candidate.because.end(), values.reads.begin(), values.reads.end());
    out.push_back(std::move(candidate));
  };
  if (for_you)
    for (const auto& [category, read] : taste.categories)
      for (const ground::ProductId id : snapshot.products_in(category)) {
        if (out.size() >= candidates_max / 2) break;
        add(id);
      }
  for (uint32_t i = 0; i < snapshot.products.size() && out.size() < candidates_max; ++i) add({i});
  return out;
}

}  // namespace aizuchi::understand
