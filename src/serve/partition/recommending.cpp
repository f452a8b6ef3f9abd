// What goes with what: learned every night at the brand's hour, at once where nothing is yet, and
// soon after somebody was erased. The newest is kept, sealed, and swapped in whole; decisions keep
// what it said to them in their records, so that an older one is never asked again.
#include <algorithm>

#include "ground/catalog/population.h"
#include "serve/partition/state.h"
#include "serve/partition/training.h"
#include "understand/recommend/recommenders.h"
#include "understand/recommend/related.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::Instant;
using ground::Result;
using ground::Space;
using understand::Related;

namespace {

constexpr uint8_t seal_format = 1;
constexpr std::string_view meta_related = "related";
constexpr ground::Duration retry_after = ground::Duration::minutes(1);
constexpr size_t caught_up_a_tick = 16;
constexpr ground::Duration more_after = ground::Duration::hours(1);

}  // namespace

Result<void> Partition::State::load_related() {
  find_similar();
  begin_visits();
  if (const auto sealed = TRY(store->get(Space::meta, meta_related))) {
    auto kept = vault->open(related_key, meta_related, *sealed);
    auto read = kept ? understand::decode_related(*kept) : std::unexpected(kept.error());
    if (!read && read.error().code == ErrorCode::unsupported) return std::unexpected(read.error());
    // What cannot be read is learned again at once.
    if (read) recommenders->related = std::make_shared<const Related>(*std::move(read));
  }
  schedule_training();
  return {};
}

void Partition::State::schedule_training() {
  training.reset();  // it may ask by an old folder
  training_due = Instant::never();
  if (!learns()) return;
  training_due = clock.now();
  const Related* related = recommenders->related.get();
  if (related == nullptr) return;
  training_due = ground::next_night(*snapshot, related->at);
  // Too little was seen: soon there may be enough. Or somebody was erased since: whatever became of
  // that moment (a model on its way to the disk, a restart), the next is learned without them.
  if (related->chosen.empty()) training_due = std::min(training_due, related->at + more_after);
  if (erased_last >= related->at)
    training_due = std::min(training_due, related->at + learned_without_after);
}

// Somebody was erased: what is learned next is without them. Until then the sums that are served,
// of three people or more each, hold their share (docs/learning.md).
void Partition::State::train_without_erased() {
  if (!learns()) return;
  if (training && throw_away(training_thrown, clock.now())) training.reset();
  const Instant soon = clock.now() + retry_after;
  const Related* related = recommenders->related.get();
  const Instant next =
      related != nullptr ? std::max(soon, related->at + learned_without_after) : soon;
  training_due = std::min(training_due, next);
}

void Partition::State::train_some(int64_t budget_us) {
  catch_up_visits(caught_up_a_tick);
  if (keeping_related) return;
  if (!training) {
    const bool due = clock.now() >= training_due;
    if ((!due && !visits_due) || !learns() || clock.now() < training_retry) return;
    training = std::make_shared<Training>(
        StoredPeople(*store, *vault, vocabulary),
        Training::Terms{.snapshot = snapshot,
                        .now = clock.now(),
                        .runs = AskingEveryone::runs_with(options.data_directory),
                        .learns = due ? Training::Learns::all : Training::Learns::visits_only});
  }
  if (!training->asking().advance(clock, budget_us)) return;
  const std::shared_ptr<Training> done = std::move(training);
  training.reset();
  auto visits = done->take_visits();
  if (!visits) {
    training_retry = clock.now() + retry_after;
    return;
  }
  adopt_visits(*std::move(visits));
  if (done->learns() == Training::Learns::visits_only) return;
  auto learned = *done->take();
  learned.version = recommenders->related ? recommenders->related->version + 1 : 1;
  keep_related(std::move(learned));
}

// Nobody is served by it before it is durable: a restart must not know less.
void Partition::State::keep_related(Related next) {
  ground::Batch batch;
  batch.put(Space::meta, meta_related,
            vault->seal(related_key, seal_format, meta_related, understand::encode(next)));
  auto made = std::make_shared<const Related>(std::move(next));
  keeping_related = true;
  const auto swap = [this, made](bool kept) {
    keeping_related = false;
    if (kept) recommenders->related = made;
    if (kept) training_thrown = Instant::never();
    schedule_training();
    if (!kept) training_due = std::max(training_due, clock.now() + retry_after);
  };
  commit_then(std::move(batch), swap);
}

}  // namespace aizuchi::serve
