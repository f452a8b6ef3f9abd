// What is usual of values (value_learning.h), as the partition learns it and tells it.
#include "serve/partition/questions.h"
#include "serve/partition/state.h"
#include "serve/partition/value_learning.h"

namespace aizuchi::serve {

using ground::Result;

Result<void> Partition::State::load_usual() {
  usual_values = std::make_shared<UsualValues>(
      UsualValues::Parts{.store = *store,
                         .vault = *vault,
                         .clock = clock,
                         .leanings = leanings,
                         .runs = AskingEveryone::runs_with(options.data_directory),
                         .commit = [this](ground::Batch batch, std::function<void(bool)> then) {
                           commit_then(std::move(batch), std::move(then));
                         }});
  TRY(usual_values->load());
  schedule_usual();
  return {};
}

void Partition::State::schedule_usual() {
  if (usual_values) usual_values->schedule(snapshot, std::max(erased_last, values_last));
}

void Partition::State::learn_usual_some(int64_t budget_us) {
  usual_values->advance(vocabulary, budget_us);
}

bool Partition::State::learns_usual() const {
  return usual_values && usual_values->asked();
}

bool Dialogue::learns_usual() const {
  return state_.usual_values->learns();
}

std::string Dialogue::usual_json() const {
  return state_.usual_values->json();
}

Result<void> Dialogue::learn_usual() {
  Partition::State& s = state_;
  if (!s.usual_values->asked())
    return ground::fail(ground::ErrorCode::not_found,
                        "the folder that is live asks nobody what they hold dear",
                        "it needs a fact of type values, two axes or more, and a purpose improve "
                        "in purposes.yaml");
  TRY(s.store->writable());
  if (s.usual_values->runs()) return {};  // it is being learned already
  s.ledger.flush({});                     // what was just answered is learned from, too
  TRY(s.store->commit_and_wait({}, ground::Durability::relaxed));
  s.usual_values->learn_now();
  return {};
}

}  // namespace aizuchi::serve
