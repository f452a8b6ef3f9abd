#include "serve/partition/training.h"

#include "respect/admission/counted.h"

namespace aizuchi::serve {

namespace {

constexpr size_t slice_people = 32;
constexpr double asking_share = 0.3;  // of the progress; the rest is learning
constexpr double effort_beside_s = 60, effort_in_slices_s = 1;

}  // namespace

Training::Training(StoredPeople people, std::shared_ptr<const ground::Snapshot> snapshot,
                   ground::Instant now, Runs runs)
    : people_(std::move(people)), snapshot_(std::move(snapshot)), now_(now), runs_(runs) {
  if (runs_ == Runs::in_slices) return;
  thread_ = std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested() && ask_some()) {
    }
    if (stop.stop_requested()) return;
    learn();
    done_ = true;
  });
}

Training::~Training() = default;  // the thread is asked to stop and joined

bool Training::ask_some() {
  const auto each = [&](const ground::PersonId&, const remember::PersonState& person) {
    const auto viewed = respect::learned_from(*snapshot_, respect::Handle(&person, people_), now_);
    if (people_.met_new_name() || viewed.empty()) return;
    for (const auto& [key, at] : viewed) {
      const auto [number, is_new] =
          numbers_.try_emplace(key, static_cast<uint32_t>(views_.products.size()));
      if (is_new) views_.products.push_back(key);
      views_.pairs.push_back({.person = views_.people,
                              .item = number->second,
                              .at = static_cast<double>(at.ms) / 1000});
    }
    ++views_.people;
  };
  const auto more = people_.walk_on(slice_people, each);
  if (!more) failed_ = more.error();
  progress_.store(asking_share * people_.progress(), std::memory_order_relaxed);
  return more.value_or(false);
}

void Training::learn() {
  if (failed_) return;
  const double effort_s = runs_ == Runs::beside ? effort_beside_s : effort_in_slices_s;
  learned_ = understand::learn_related(std::move(views_), effort_s, [this](double done) {
    progress_.store(asking_share + (1 - asking_share) * done, std::memory_order_relaxed);
  });
  learned_->at = now_;
}

bool Training::advance(ground::Clock& clock, int64_t budget_us) {
  if (done_ || runs_ == Runs::beside) return done_;
  const int64_t until = clock.monotonic_us() + budget_us;
  bool more = true;
  do {
    more = ask_some();
  } while (more && clock.monotonic_us() < until);
  if (more) return false;
  learn();
  done_ = true;
  return true;
}

ground::Result<understand::Related> Training::take() {
  AIZ_ASSERT(done_);
  if (failed_) return std::unexpected(*failed_);
  return *std::move(learned_);
}

}  // namespace aizuchi::serve
