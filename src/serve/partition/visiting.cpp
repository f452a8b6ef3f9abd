// The visits that go on: every view of who agreed is in the next answer, and whoever withdraws or
// is erased is in none from that moment. They are made of what is remembered, beside the serving,
// at every start, publish and training; nothing of them is written.
#include <algorithm>

#include "serve/partition/state.h"
#include "serve/partition/training.h"
#include "understand/recommend/recommenders.h"
#include "understand/recommend/visits.h"

namespace aizuchi::serve {

namespace {

// What is stored is at most a second of ticks behind.
constexpr ground::Duration changed_keep = ground::Duration::seconds(5);
constexpr size_t caught_up_at_once = 256;

}  // namespace

void Partition::State::begin_visits() {
  visits_due = learns();
  visits_behind.clear();
  recommenders->visits = visits_due ? std::make_shared<understand::Visits>() : nullptr;
}

uint64_t Partition::State::visits_known() const {
  return recommenders->visits ? recommenders->visits->visits() : 0;
}

void Partition::State::note_view(const remember::PersonState& person) {
  if (!recommenders->visits) return;
  visits_changed.push_back(person.id);
  const auto views = Training::views_of(*snapshot, person, *this, clock.now());
  if (views.empty())
    recommenders->visits->forget(person.id);
  else
    recommenders->visits->seen(person.id, views.front());
}

void Partition::State::learn_visits(const remember::PersonState& person) {
  if (!recommenders->visits) return;
  visits_changed.push_back(person.id);
  recommenders->visits->learn(person.id, Training::views_of(*snapshot, person, *this, clock.now()));
}

void Partition::State::forget_visits(const ground::PersonId& person) {
  if (!recommenders->visits) return;
  visits_changed.push_back(person);
  recommenders->visits->forget(person);
}

// Who changed since everyone began to be asked is taken from what is remembered now.
void Partition::State::adopt_visits(std::shared_ptr<understand::Visits> made) {
  visits_due = false;
  recommenders->visits = std::move(made);
  visits_behind = visits_changed_before;
  visits_behind.insert(visits_behind.end(), visits_changed.begin(), visits_changed.end());
  std::ranges::sort(visits_behind);
  const auto again = std::ranges::unique(visits_behind);
  visits_behind.erase(again.begin(), again.end());
  for (const ground::PersonId& person : visits_behind) recommenders->visits->forget(person);
  catch_up_visits(caught_up_at_once);
}

void Partition::State::catch_up_visits(size_t people) {
  if (!training && clock.now() >= visits_turned + changed_keep) {
    visits_changed_before = std::exchange(visits_changed, {});
    visits_turned = clock.now();
  }
  for (; people > 0 && !visits_behind.empty(); --people) {
    const auto found = ledger.find(visits_behind.back());
    visits_behind.pop_back();
    if (found && *found != nullptr && recommenders->visits)
      recommenders->visits->learn(
          (*found)->state.id, Training::views_of(*snapshot, (*found)->state, *this, clock.now()));
  }
}

}  // namespace aizuchi::serve
