#include "serve/partition/training.h"

#include <algorithm>

#include "respect/admission/counted.h"
#include "understand/recommend/learn_related.h"
#include "understand/recommend/visits.h"

namespace aizuchi::serve {

namespace {

double effort_s(AskingEveryone::Runs runs) {
  return runs == AskingEveryone::Runs::beside ? 60 : 1;
}

}  // namespace

struct Training::Learning {
  understand::Views views;
  std::unordered_map<ground::ItemKey, uint32_t> numbers;  // of products
  std::vector<const ground::Purpose*> purposes;           // by shelf
  std::vector<understand::Visits::Viewed> people;
  std::optional<understand::Related> learned;
  std::shared_ptr<understand::Visits> visits;
};

Training::Training(StoredPeople people, Terms terms)
    : terms_(std::move(terms)),
      learning_(std::make_unique<Learning>()),
      asking_(std::move(people), terms_.runs,
              {.each = [this](const auto& person, const auto& all) { ask(person, all); },
               .then = [this](const auto& progress) { learn(progress); },
               .asking_share = terms_.learns == Learns::all ? 0.3 : 0.9}) {}

Training::~Training() = default;

void Training::find_shelves() {
  for (const ground::Slot& slot : terms_.snapshot->slots) {
    if (learning_->views.shelves.size() == understand::Views::shelves_max) return;
    const auto ranks = [&](ground::Ranker r) {
      return std::ranges::find(slot.rankers, r) != slot.rankers.end();
    };
    const bool by_visit = ranks(ground::Ranker::session), by_links = ranks(ground::Ranker::for_you);
    if (!slot.from_products || (!by_visit && !by_links)) continue;
    learning_->views.shelves.push_back(
        {.slot = slot.key, .by_visit = by_visit, .by_links = by_links || by_visit});
    learning_->purposes.push_back(terms_.snapshot->purpose(slot.purpose));
  }
}

uint32_t Training::shelves_of(const respect::Handle& person) const {
  uint32_t out = 0;
  for (size_t i = 0; i < learning_->purposes.size(); ++i)
    if (respect::Counted::open_for(*learning_->purposes[i], person, terms_.now))
      out |= uint32_t{1} << i;
  return out;
}

std::vector<std::pair<ground::ItemKey, ground::Instant>> Training::views_of(
    const ground::Snapshot& snapshot, const remember::PersonState& person,
    const remember::ProvenanceLookup& provenances, ground::Instant now) {
  auto out = respect::learned_from(snapshot, respect::Handle(&person, provenances), now);
  std::erase_if(out, [&](const auto& v) { return snapshot.product_by_key(v.first) == nullptr; });
  return out;
}

void Training::ask(const remember::PersonState& person, const StoredPeople& people) {
  if (learning_->purposes.empty()) find_shelves();
  auto viewed = views_of(*terms_.snapshot, person, people, terms_.now);
  if (people.met_new_name() || viewed.empty()) return;
  if (terms_.learns == Learns::all) {
    understand::Views& views = learning_->views;
    for (const auto& [key, at] : viewed) {
      const auto [number, is_new] =
          learning_->numbers.try_emplace(key, static_cast<uint32_t>(views.products.size()));
      if (is_new) views.products.push_back(key);
      views.pairs.push_back({.person = views.people,
                             .item = number->second,
                             .at = static_cast<double>(at.ms) / 1000});
    }
    views.may.push_back(shelves_of(respect::Handle(&person, people)));
    ++views.people;
  }
  learning_->people.push_back({person.id, std::move(viewed)});
}

void Training::learn(const AskingEveryone::Progress& progress) {
  learning_->visits = std::make_shared<understand::Visits>(learning_->people);
  learning_->people = {};
  if (terms_.learns == Learns::visits_only) return;
  learning_->learned =
      understand::learn_related(std::move(learning_->views), effort_s(terms_.runs), progress);
  learning_->learned->at = terms_.now;
}

ground::Result<understand::Related> Training::take() {
  TRY(asking_.outcome());
  return *std::move(learning_->learned);
}

ground::Result<std::shared_ptr<understand::Visits>> Training::take_visits() {
  TRY(asking_.outcome());
  return std::move(learning_->visits);
}

}  // namespace aizuchi::serve
