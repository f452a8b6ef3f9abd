#include "serve/partition/training.h"

#include "respect/admission/counted.h"
#include "understand/recommend/learn_related.h"

namespace aizuchi::serve {

namespace {

double effort_s(AskingEveryone::Runs runs) {
  return runs == AskingEveryone::Runs::beside ? 60 : 1;
}

}  // namespace

struct Training::Learning {
  understand::Views views;
  std::unordered_map<ground::ItemKey, uint32_t> numbers;  // of products
  std::optional<understand::Related> learned;
};

Training::Training(StoredPeople people, std::shared_ptr<const ground::Snapshot> snapshot,
                   ground::Instant now, AskingEveryone::Runs runs)
    : snapshot_(std::move(snapshot)),
      now_(now),
      learning_(std::make_unique<Learning>()),
      asking_(std::move(people), runs,
              {.each = [this](const auto& person, const auto& all) { ask(person, all); },
               .then = [this, runs](const auto& progress) { learn(effort_s(runs), progress); },
               .asking_share = 0.3}) {}

Training::~Training() = default;

void Training::ask(const remember::PersonState& person, const StoredPeople& people) {
  const auto viewed = respect::learned_from(*snapshot_, respect::Handle(&person, people), now_);
  if (people.met_new_name() || viewed.empty()) return;
  understand::Views& views = learning_->views;
  for (const auto& [key, at] : viewed) {
    const auto [number, is_new] =
        learning_->numbers.try_emplace(key, static_cast<uint32_t>(views.products.size()));
    if (is_new) views.products.push_back(key);
    views.pairs.push_back(
        {.person = views.people, .item = number->second, .at = static_cast<double>(at.ms) / 1000});
  }
  ++views.people;
}

void Training::learn(double effort, const AskingEveryone::Progress& progress) {
  learning_->learned = understand::learn_related(std::move(learning_->views), effort, progress);
  learning_->learned->at = now_;
}

ground::Result<understand::Related> Training::take() {
  TRY(asking_.outcome());
  return *std::move(learning_->learned);
}

}  // namespace aizuchi::serve
