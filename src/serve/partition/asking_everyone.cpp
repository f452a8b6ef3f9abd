#include "serve/partition/asking_everyone.h"

namespace aizuchi::serve {

namespace {

constexpr size_t slice_people = 32;

}  // namespace

AskingEveryone::AskingEveryone(StoredPeople people, Runs runs, Work work)
    : people_(std::move(people)), runs_(runs), work_(std::move(work)) {
  if (runs_ == Runs::in_slices) return;
  thread_ = std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested() && ask_some()) {
    }
    if (!stop.stop_requested()) make();
  });
}

bool AskingEveryone::ask_some() {
  const auto each = [&](const ground::PersonId&, const remember::PersonState& person) {
    work_.each(person, people_);
  };
  const auto more = people_.walk_on(slice_people, each);
  if (!more) failed_ = more.error();
  progress_.store(work_.asking_share * people_.progress(), std::memory_order_relaxed);
  return more.value_or(false);
}

void AskingEveryone::make() {
  const double asked = work_.asking_share;
  if (!failed_)
    work_.then([&](double made) {
      progress_.store(asked + (1 - asked) * made, std::memory_order_relaxed);
    });
  done_ = true;
}

bool AskingEveryone::advance(ground::Clock& clock, int64_t budget_us) {
  if (done_ || runs_ == Runs::beside) return done_;
  const int64_t until = clock.monotonic_us() + budget_us;
  bool more = true;
  do {
    more = ask_some();
  } while (more && clock.monotonic_us() < until);
  if (!more) make();
  return done_;
}

ground::Result<void> AskingEveryone::outcome() const {
  AIZ_ASSERT(done_);
  if (failed_) return std::unexpected(*failed_);
  return {};
}

}  // namespace aizuchi::serve
