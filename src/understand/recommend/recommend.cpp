#include "understand/recommend/recommend.h"

#include <algorithm>
#include <unordered_set>

#include "respect/admission/counted.h"
#include "understand/recommend/related.h"
#include "understand/recommend/similar.h"
#include "understand/recommend/visits.h"

namespace aizuchi::understand {

using ground::Ranker;

namespace {
bool ranks_by(const ground::Slot& slot, Ranker ranker) {
  return std::ranges::find(slot.rankers, ranker) != slot.rankers.end();
}
}  // namespace

std::string_view to_string(Path path) {
  static constexpr std::string_view words[] = {"views", "visit", "likeness", "popular"};
  return words[static_cast<size_t>(path)];
}

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

namespace {

constexpr size_t similar_views = 3, similar_most = 6;  // of the newest views; for them all
constexpr double similar_worth = 0.5, similar_older = 0.8;

bool holds(std::span<const Suggested> all, ground::ItemKey product) {
  return std::ranges::find(all, product, &Suggested::product) != all.end();
}

// What goes with the views, after what comes next in the visit.
void add_related(const std::vector<Suggested>& related, std::vector<Suggested>& out) {
  const size_t before = out.size();
  for (const Suggested& one : related)
    if (out.size() < Related::answer_most && !holds(std::span(out).subspan(0, before), one.product))
      out.push_back(one);
}

// Like the newest views, where no model knows better.
void add_similar(const ground::Snapshot& snapshot, std::span<const ground::ItemKey> viewed,
                 const Recommenders& recommenders, std::vector<Suggested>& out) {
  const Related* related = recommenders.related.get();
  size_t left = similar_most;
  double worth = similar_worth;
  for (const ground::ItemKey key : viewed.subspan(0, std::min(viewed.size(), similar_views))) {
    const ground::Product* from = snapshot.product_by_key(key);
    if (from == nullptr) continue;
    for (const Similar::Neighbour& one : recommenders.similar->of(from->id, key)) {
      const ground::ItemKey product = snapshot.products[one.product].key;
      if (left == 0 || holds(out, product) || std::ranges::find(viewed, product) != viewed.end() ||
          (related != nullptr && related->knows(product)))
        continue;
      out.push_back({.product = product,
                     .because = key,
                     .strength = worth * static_cast<double>(one.like),
                     .path = Path::likeness});
      --left;
    }
    worth *= similar_older;
  }
}

}  // namespace

std::vector<Suggested> popular_products(const Recommenders& recommenders) {
  return recommenders.related ? recommenders.related->popular : std::vector<Suggested>{};
}

std::vector<Suggested> suggest(const ground::Snapshot& snapshot,
                               const respect::Admission& admission,
                               const Recommenders& recommenders, const Asker& asker) {
  const auto id = viewed_read(snapshot, admission.slot());
  const respect::Admitted* admitted = id ? admission.find(*id) : nullptr;
  std::vector<Suggested> out;
  if (admitted != nullptr) {
    const auto views = respect::viewed_pairs(admitted->value());
    std::vector<ground::ItemKey> viewed;
    for (const auto& [key, at] : views) viewed.push_back(key);
    const Way way = recommenders.related ? recommenders.related->way_of(admission.slot().key)
                                         : Way::visit_then_links;
    const bool by_visit = way == Way::visit || way == Way::visit_then_links;
    if (recommenders.visits && by_visit && ranks_by(admission.slot(), Ranker::session))
      out = recommenders.visits->next(
          views, asker.now,
          ground::PersonId::from_bytes(asker.person).value_or(ground::PersonId{}));
    if (recommenders.related && (way == Way::links || way == Way::visit_then_links))
      add_related(recommenders.related->after(viewed), out);
    if (recommenders.similar) add_similar(snapshot, viewed, recommenders, out);
  }
  if (!ranks_by(admission.slot(), Ranker::popular)) return out;
  const auto popular = popular_products(recommenders);
  out.insert(out.end(), popular.begin(), popular.end());
  return out;
}

namespace {

// The candidates of one shelf, each product once.
class Gathering {
 public:
  Gathering(const ground::Snapshot& snapshot, const ground::Slot& slot, const Taste& taste,
            const Values& values, bool by_popularity)
      : snapshot_(snapshot),
        taste_(taste),
        values_(values),
        by_popularity_(by_popularity),
        for_you_(ranks_by(slot, Ranker::for_you) || ranks_by(slot, Ranker::session)) {}

  bool for_you() const { return for_you_; }
  bool full(size_t most = candidates_max) const { return out_.size() >= most; }
  std::vector<ProductCandidate> take() { return std::move(out_); }

  ProductCandidate* find(ground::ProductId id) {
    const auto found = std::ranges::find(out_, id, &ProductCandidate::product);
    return found == out_.end() ? nullptr : &*found;
  }
  // nullptr when it is there already, or no more are taken.
  ProductCandidate* add(ground::ProductId id) {
    if (full() || !taken_.insert(id.index).second) return nullptr;
    const ground::Product& product = snapshot_.products[id.index];
    ProductCandidate candidate{.product = id};
    if (!by_popularity_)
      candidate.editorial =
          1.0 - static_cast<double>(id.index) / static_cast<double>(snapshot_.products.size());
    if (for_you_)
      for (const auto& [category, read] : taste_.categories) {
        if (product.category != category) continue;
        candidate.surface = 1;
        candidate.because.push_back(read);
      }
    const Shared both = shared(values_, product.values);
    candidate.resonance = both.affinity;
    candidate.because.insert(candidate.because.end(), both.reads.begin(), both.reads.end());
    out_.push_back(std::move(candidate));
    return &out_.back();
  }

 private:
  const ground::Snapshot& snapshot_;
  const Taste& taste_;
  const Values& values_;
  const bool by_popularity_;
  const bool for_you_;
  std::vector<ProductCandidate> out_;
  std::unordered_set<uint32_t> taken_;
};

}  // namespace

std::vector<ProductCandidate> product_candidates(const ground::Snapshot& snapshot,
                                                 const ground::Slot& slot, const Taste& taste,
                                                 const Values& values,
                                                 std::span<const Suggested> suggested) {
  const auto is_popular = [](const Suggested& one) { return one.path == Path::popular; };
  const bool by_popularity =
      ranks_by(slot, Ranker::popular) && std::ranges::any_of(suggested, is_popular);
  Gathering out(snapshot, slot, taste, values, by_popularity);
  const auto viewed = viewed_read(snapshot, slot);
  for (const Suggested& one : suggested) {
    const ground::Product* product = snapshot.product_by_key(one.product);
    if (product == nullptr || (is_popular(one) ? !by_popularity : !viewed)) continue;
    ProductCandidate* candidate = out.add(product->id);
    if (is_popular(one)) {
      if (candidate == nullptr) candidate = out.find(product->id);
      if (candidate != nullptr) candidate->editorial = one.strength;
      continue;
    }
    if (candidate == nullptr) continue;
    candidate->related = one.strength;
    candidate->because.push_back(*viewed);
    candidate->path = one.path;
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
