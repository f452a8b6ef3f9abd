#include "serve/partition/asking_everyone.h"

#include "remember/ledger/ledger.h"

namespace aizuchi::serve {

using ground::PersonId;
using ground::Result;

const ground::Provenance& StoredPeople::provenance(ground::ProvenanceId id) const {
  if (id.index < names_.provenances()) return names_.provenance(id);
  met_new_name_ = true;
  return nothing_allowed_;
}

Result<bool> StoredPeople::walk_on(size_t people, const Each& each) {
  bool more = false;
  size_t left = people;
  const auto stored = [&](std::string_view key, std::string_view sealed) {
    const auto id = PersonId::from_bytes(key);
    if (key == after_ || !id) return true;
    more = left == 0;
    if (more) return false;
    --left;
    after_ = key;
    met_new_name_ = false;
    const auto person = remember::open_state(store_, vault_, *id, sealed);
    if (!person) ++unreadable_;
    if (person && *person) each(*id, **person);
    return true;
  };
  TRY(store_.scan(ground::Space::state, "", after_, ground::Direction::forward, stored));
  if (!more) after_ = std::string(16, '\xff');
  return more;
}

double StoredPeople::progress() const {
  if (after_.size() < 2) return 0;
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(after_[i]); };
  return (byte(0) * 256 + byte(1)) / 65535.0;
}

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

Result<void> AskingEveryone::outcome() const {
  AIZ_ASSERT(done_);
  if (failed_) return std::unexpected(*failed_);
  return {};
}

}  // namespace aizuchi::serve
