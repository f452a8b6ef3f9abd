#include "serve/partition/training.h"

#include "respect/admission/counted.h"

namespace aizuchi::serve {

namespace {

double effort_s(AskingEveryone::Runs runs) {
  return runs == AskingEveryone::Runs::beside ? 60 : 1;
}

}  // namespace

Training::Training(StoredPeople people, std::shared_ptr<const ground::Snapshot> snapshot,
                   ground::Instant now, AskingEveryone::Runs runs)
    : snapshot_(std::move(snapshot)),
      now_(now),
      asking_(std::move(people), runs,
              {.each = [this](const auto& person, const auto& all) { ask(person, all); },
               .then = [this, runs](const auto& progress) { learn(effort_s(runs), progress); },
               .asking_share = 0.3}) {}

void Training::ask(const remember::PersonState& person, const StoredPeople& people) {
  const auto viewed = respect::learned_from(*snapshot_, respect::Handle(&person, people), now_);
  if (people.met_new_name() || viewed.empty()) return;
  for (const auto& [key, at] : viewed) {
    const auto [number, is_new] =
        numbers_.try_emplace(key, static_cast<uint32_t>(views_.products.size()));
    if (is_new) views_.products.push_back(key);
    views_.pairs.push_back(
        {.person = views_.people, .item = number->second, .at = static_cast<double>(at.ms) / 1000});
  }
  ++views_.people;
}

void Training::learn(double effort, const AskingEveryone::Progress& progress) {
  learned_ = understand::learn_related(std::move(views_), effort, progress);
  learned_->at = now_;
}

ground::Result<understand::Related> Training::take() {
  TRY(asking_.outcome());
  return *std::move(learned_);
}

}  // namespace aizuchi::serve
