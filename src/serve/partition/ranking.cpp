#include "serve/partition/ranking.h"

#include "respect/admission/counted.h"

namespace aizuchi::serve {

Ranking::Ranking(StoredPeople people, std::shared_ptr<const ground::Snapshot> snapshot,
                 ground::Instant now, AskingEveryone::Runs runs)
    : snapshot_(std::move(snapshot)),
      now_(now),
      values_(snapshot_->scales.size()),
      asking_(std::move(people), runs,
              {.each = [this](const auto& person, const auto& all) { ask(person, all); },
               .then = [this](const auto&) { make_cuts(); }}) {}

void Ranking::ask(const remember::PersonState& person, const StoredPeople& people) {
  const auto numbers = respect::measured(*snapshot_, respect::Handle(&person, people), now_);
  if (people.met_new_name()) return;
  for (size_t i = 0; i < numbers.size(); ++i)
    if (numbers[i]) values_[i].push_back(*numbers[i]);
}

void Ranking::make_cuts() {
  for (size_t i = 0; i < values_.size(); ++i) {
    const ground::Scale& scale = snapshot_->scales[i];
    cuts_.push_back(ground::cut(scale.fingerprint, values_[i], scale.parts));
  }
  values_.clear();
}

ground::Result<std::vector<ground::CutPoints>> Ranking::take() {
  TRY(asking_.outcome());
  return std::move(cuts_);
}

}  // namespace aizuchi::serve
