// What is served of what was learned, as operators see it; and what the folder's words alone say.
#include <algorithm>

#include "serve/partition/recommender_note.h"
#include "serve/partition/state.h"
#include "serve/partition/training.h"
#include "understand/recommend/recommenders.h"
#include "understand/recommend/related.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Instant;
using ground::Result;
using understand::Related;

namespace {

std::vector<TriedModel> tried(const std::vector<understand::Reached>& all) {
  std::vector<TriedModel> out;
  for (const auto& one : all) out.push_back({one.model, one.ndcg20, one.recall20, one.hr10});
  return out;
}

}  // namespace

bool Partition::State::learns() const {
  return snapshot && snapshot->counting && !snapshot->counting->learning.reads.empty();
}

std::shared_ptr<understand::Recommenders> Partition::State::no_recommenders() {
  return std::make_shared<understand::Recommenders>();
}

void Partition::State::adopt_similar(std::shared_ptr<const understand::Similar> similar) {
  recommenders->similar = std::move(similar);
}

void Partition::State::find_similar() {
  if (snapshot) recommenders->similar = understand::find_similar(*snapshot);
}

void Partition::PublishTask::compile() {
  compiled = ground::compile_brand(files, names, version);
  if (!compiled.snapshot) return;
  similar = understand::find_similar(*compiled.snapshot);
  hearing = State::learn_hearing(*compiled.snapshot);
}

RecommenderNote Partition::recommender() const {
  const State& s = *state_;
  RecommenderNote out{.next = s.learns() ? s.training_due : Instant::never(),
                      .learning = s.training || s.keeping_related || s.visits_due ||
                                  (s.learns() && s.training_due <= s.clock.now())};
  out.visits = s.visits_known();
  if (out.learning) out.progress = s.training ? 0.98 * s.training->asking().progress() : 0;
  if (s.keeping_related) out.progress = 0.99;
  if (!s.recommenders->related) return out;
  const Related& related = *s.recommenders->related;
  out.version = related.version, out.at = related.at;
  out.views = related.views;
  if (related.people >= RecommenderNote::people_min) out.people = related.people;
  out.products = related.products.size();
  out.links = related.link_count();
  out.chosen = related.chosen;
  out.tried = tried(related.tried);
  for (const ground::Slot& slot : s.snapshot->slots)
    for (const understand::ShelfChoice& shelf : related.shelves)
      if (shelf.slot == slot.key)
        out.shelves.push_back({.slot = slot.name,
                               .way = std::string(to_string(shelf.way)),
                               .people = shelf.people,
                               .tried = tried(shelf.tried)});
  return out;
}

Result<void> Partition::train_recommender() {
  State& s = *state_;
  if (!s.learns())
    return fail(ErrorCode::not_found, "the folder that is live learns no recommendations",
                "it needs a slot of products with the ranker for-you, session or popular, and a "
                "purpose improve in purposes.yaml");
  TRY(s.store->writable());
  if (s.training || s.keeping_related) return {};  // it is being learned already
  s.ledger.flush({});                              // what was just seen is learned from, too
  TRY(s.store->commit_and_wait({}, ground::Durability::relaxed));
  s.training_due = s.clock.now();
  return {};
}

}  // namespace aizuchi::serve
