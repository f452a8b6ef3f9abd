#include "serve/partition/ranking.h"

#include "respect/admission/counted.h"

namespace aizuchi::serve {

namespace {

constexpr size_t slice_people = 32;

}  // namespace

Ranking::Ranking(StoredPeople people, std::shared_ptr<const ground::Snapshot> snapshot,
                 ground::Instant now, Runs runs)
    : people_(std::move(people)),
      snapshot_(std::move(snapshot)),
      now_(now),
      runs_(runs),
      values_(snapshot_->scales.size()) {
  if (runs_ == Runs::in_slices) return;
  thread_ = std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested() && ask_some()) {
    }
    if (stop.stop_requested()) return;
    make_cuts();
    done_ = true;
  });
}

Ranking::~Ranking() = default;  // the thread is asked to stop and joined

bool Ranking::ask_some() {
  const auto each = [&](const ground::PersonId&, const remember::PersonState& person) {
    const auto numbers = respect::measured(*snapshot_, respect::Handle(&person, people_), now_);
    if (people_.met_new_name()) return;
    for (size_t i = 0; i < numbers.size(); ++i)
      if (numbers[i]) values_[i].push_back(*numbers[i]);
  };
  const auto more = people_.walk_on(slice_people, each);
  if (!more) failed_ = more.error();
  progress_.store(people_.progress(), std::memory_order_relaxed);
  return more.value_or(false);
}

void Ranking::make_cuts() {
  for (size_t i = 0; i < values_.size(); ++i) {
    const ground::Scale& scale = snapshot_->scales[i];
    cuts_.push_back(ground::cut(scale.fingerprint, values_[i], scale.parts));
  }
  values_.clear();
}

bool Ranking::advance(ground::Clock& clock, int64_t budget_us) {
  if (done_ || runs_ == Runs::beside) return done_;
  const int64_t until = clock.monotonic_us() + budget_us;
  bool more = true;
  do {
    more = ask_some();
  } while (more && clock.monotonic_us() < until);
  if (more) return false;
  make_cuts();
  done_ = true;
  return true;
}

ground::Result<std::vector<ground::CutPoints>> Ranking::take() {
  AIZ_ASSERT(done_);
  if (failed_) return std::unexpected(*failed_);
  return std::move(cuts_);
}

}  // namespace aizuchi::serve
