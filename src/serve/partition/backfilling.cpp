#include "serve/partition/backfilling.h"

#include "ground/base/bytes.h"
#include "listen/events/apply.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::Result;

namespace {

constexpr int64_t backfill_every_ms = 20;
constexpr int64_t backfill_us = 1'000, backfill_quiet_us = 4'000;
// Who has at most so much history is filled when they come by: about 1 ms at the most, once.
constexpr size_t records_at_once = 64;

}  // namespace

Backfill::Backfill(std::shared_ptr<const ground::Snapshot> snapshot, Since since)
    : snapshot_(std::move(snapshot)), since_(std::move(since)) {
  for (const auto& [index, publish] : since_) as_of_ = std::max(as_of_, publish);
}

void Backfill::mark_warming(remember::PersonState& person) const {
  for (const auto& [index, publish] : since_)
    if (publish > person.aggregates_as_of) person.aggregate({index}).warming = true;
}

Result<void> Backfill::fill(remember::PersonState& person, ground::Vocabulary& names,
                            const Read& read) const {
  std::vector<bool> wanted(snapshot_->aggregates.size(), false);
  for (size_t i = 0; i < snapshot_->aggregates.size(); ++i) {
    const ground::AggregateId id = snapshot_->aggregates[i].id;
    const auto came = since_.find(id.index);
    wanted[i] = came != since_.end() && came->second > person.aggregates_as_of;
    // Begun anew: what arrived meanwhile is in the history too.
    if (wanted[i]) person.aggregate(id) = {.id = id};
  }
  TRY(read([&](const remember::LogRecord& record) -> Result<bool> {
    const listen::Event event =
        TRY(listen::read_kept_event(record.body, record.at, record.received_at));
    (void)listen::apply_aggregates(person, event, {record.source, record.proof}, *snapshot_, names,
                                   wanted, record.received_at);
    return true;
  }));
  for (auto& aggregate : person.aggregates) aggregate.warming = false;
  person.aggregates_as_of = as_of_;
  return {};
}

// ---- of the partition

void Partition::State::note_new_aggregates(remember::PersonState& person) const {
  backfill_of->mark_warming(person);
}

uint64_t Partition::State::aggregates_as_of() const {
  return backfill_of->as_of();
}

Result<bool> Partition::State::backfill(remember::Person& person) {
  if (!backfill_of->behind(person.state)) return true;
  if (!TRY(ledger.is_written(person))) return false;
  TRY(backfill_of->fill(person.state, vocabulary, [&](const remember::TakeRecord& take) {
    return remember::read_history(*store, *vault, person.state.id, take);
  }));
  ledger.touch(person);
  ++counters.backfilled;
  return true;
}

bool Partition::State::bring_up(remember::Person& person) {
  if (!backfill_of->behind(person.state)) return true;
  if (ledger.has_short_history(person, records_at_once).value_or(false) &&
      backfill(person).value_or(false))
    return true;
  note_new_aggregates(person.state);
  return false;
}

bool Partition::State::bring_up_for_counting(remember::Person& person) {
  if (bring_up(person)) return true;
  backfill_first.insert(person.state.id);
  return false;
}

Result<void> Partition::State::backfill_some(int64_t budget_us) {
  const int64_t until = clock.monotonic_us() + budget_us;
  const auto late = [&] { return clock.monotonic_us() > until; };
  // Whose last events are still on their way to the store is asked again.
  const auto fill = [&](const ground::PersonId& id) -> Result<bool> {
    remember::Person* person = TRY(ledger.find(id));
    return person == nullptr || TRY(backfill(*person));
  };
  for (auto it = backfill_first.begin(); it != backfill_first.end();) {
    const bool filled = TRY(fill(*it));
    if (filled) census.born(*it);  // was counted as if nothing were there
    it = filled ? backfill_first.erase(it) : std::next(it);
    if (late()) return {};
  }
  bool rest = false;
  std::vector<ground::PersonId> next;
  TRY(ledger.people(backfill_after, [&](const ground::PersonId& id) {
    next.push_back(id);
    rest = next.size() >= 256;
    return !rest;
  }));
  for (const ground::PersonId& id : next) {
    if (!TRY(fill(id))) backfill_first.insert(id);
    backfill_after = id.bytes();
    if (late()) return {};
  }
  if (rest || !backfill_first.empty()) return {};
  ground::Batch batch;
  ground::ByteWriter as_of;
  as_of.be64(backfill_of->as_of());
  batch.put(ground::Space::meta, meta_backfilled, as_of.take());
  keep_vocabulary(batch);
  ledger.flush(std::move(batch));
  backfill_pending = false;
  return {};
}

// While nobody asks, two fifths of the time; beside others a twentieth.
void Partition::State::backfill_tick(ground::Instant now) {
  const uint64_t asked = counters.decisions + counters.events_accepted;
  const bool quiet = std::exchange(asked_before_tick, asked) == asked;
  const bool due = now < backfilled_at || now.ms - backfilled_at.ms >= backfill_every_ms;
  if (!backfill_pending || (!due && !quiet)) return;
  (void)backfill_some(quiet ? backfill_quiet_us : backfill_us);
  backfilled_at = now;
}

}  // namespace aizuchi::serve
