// Opening, recovery, the clockwork.
#include "serve/partition/partition.h"

#include <fmt/format.h>

#include "ground/base/bytes.h"
#include "ground/store/vault.h"
#include "serve/partition/backup.h"
#include "serve/partition/outbox.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::Result;
using ground::Space;

namespace {

// What changes right after its turn in one round is written in the next: a second at most.
constexpr int64_t flush_round_ms = 500;
constexpr int64_t expire_every_ms = 60'000;
constexpr int64_t census_budget_us = 500;  // of a tick, which comes every 10 ms
constexpr int64_t ranking_budget_us = 500;
constexpr int64_t expire_budget_us = 500;

}  // namespace

std::string meta_publish(uint64_t version) {
  return fmt::format("publish/{:016x}", version);
}
std::string meta_key(std::string_view hash) {
  return fmt::format("key/{}", hash);
}

Partition::State::State(Options opts, std::unique_ptr<ground::Store> opened,
                        std::unique_ptr<ground::Vault> keyring)
    : options(std::move(opts)),
      clock(options.clock != nullptr ? *options.clock : system.clock),
      dice(options.dice != nullptr ? *options.dice : system.dice),
      store(std::move(opened)),
      vault(std::move(keyring)),
      ledger(*store, *vault, options.people_cached_bytes),
      identity(*store, *vault),
      choice_key(vault->derived_128("choice")),
      key_hash_key(vault->derived_256("key-hash")),
      receipt_seed(vault->derived_256("receipts")),
      device_key(vault->derived_256("device-tokens")),
      flushed_at(clock.now()),
      population_key(vault->derived_256("population")),
      recommenders(no_recommenders()),
      leanings(new_leanings()),
      odd_uses(no_odd_uses()),
      felt_results(no_felt_results()),
      related_key(vault->derived_256("related")),
      choice_model_key(vault->derived_256("learned choice")),
      audit(*store, *vault,
            options.data_directory.empty() || options.as_it_is ? "" : options.keyring_directory),
      census(
          {.store = *store,
           .vault = *vault,
           .ledger = ledger,
           .names = vocabulary,
           .provenances = *this,
           .clock = clock,
           .bring_up = [this](remember::Person& person) { return bring_up_for_counting(person); },
           .durable = !options.data_directory.empty()}) {
  open_outbox();
}

Partition::State::~State() {
  sweeper = {};  // asks it to stop, and joins
  // What is queued calls back into this: wait for it before anything goes.
  (void)store->commit_and_wait({}, ground::Durability::relaxed);
}

Result<void> Partition::State::load() {
  if (const auto bytes = TRY(store->get(Space::meta, meta_vocabulary))) {
    vocabulary = TRY(ground::Vocabulary::decode(*bytes));
    vocabulary_kept = vocabulary.changes();
  }
  TRY(audit.load(clock.now()));
  TRY(load_keys());
  TRY(load_trusted_keys());
  TRY(load_snapshot());
  TRY(load_stops());
  TRY(load_odd());
  TRY(load_feed());
  override_stops();
  override_products();
  TRY(load_erasures());
  TRY(load_expired());
  TRY(ledger.load());
  TRY(load_population());
  TRY(load_related());
  TRY(load_choice());
  TRY(load_usual());
  TRY(outbox->load());
  TRY(census.load(counting_by()));
  TRY(recover());
  return replay_erasures();
}

Result<void> Partition::State::recover() {
  if (!snapshot) return {};
  std::unordered_set<ground::PersonId> wished;  // what was counted before they said so is set apart
  const auto apply = [&](remember::Person& person,
                         const remember::LogRecord& record) -> Result<bool> {
    const listen::Event event =
        TRY(listen::read_kept_event(record.body, record.at, record.received_at));
    const listen::Sender sender{record.source, record.proof};
    if (person.state.applied == 0) {  // born since the last flush, so under this snapshot
      person.state.created_at = record.received_at;
      person.state.aggregates_as_of = aggregates_as_of();
    }
    note_new_aggregates(person.state);
    // A source that has left the folder since: the event stays history.
    (void)listen::apply(person.state, event, record.sequence, sender, *snapshot, vocabulary);
    person.state.applied = record.sequence;
    if (event.name == listen::wish_event) wished.insert(person.state.id);
    ledger.touch(person);
    return true;
  };
  TRY(ledger.replay(apply));
  for (const ground::PersonId& id : wished) {
    remember::Person* person = TRY(ledger.find(id));
    if (person == nullptr) continue;
    TRY(count_again(*person));
    ledger.touch(*person);
  }
  return {};
}

void Partition::State::hand_over(std::function<void()> work) {
  if (options.post) return options.post(std::move(work));
  const std::lock_guard lock(handed_mutex);
  handed.push_back(std::move(work));
}

void Partition::State::commit_then(ground::Batch batch, std::function<void(bool kept)> then) {
  store->commit(std::move(batch), ground::Durability::synced,
                [this, then = std::move(then)](const Result<void>& outcome) {
                  hand_over([then, kept = outcome.has_value()] { then(kept); });
                });
}

void Partition::State::keep_vocabulary(ground::Batch& batch) {
  if (vocabulary.changes() == vocabulary_kept) return;
  batch.put(Space::meta, meta_vocabulary, vocabulary.encode());
  vocabulary_kept = vocabulary.changes();
}

Partition::Partition(std::unique_ptr<State> state) : state_(std::move(state)) {}

Partition::~Partition() {
  if (state_ && state_->store->writable()) (void)flush();
}

Result<std::unique_ptr<Partition>> Partition::open(Options options) {
  std::unique_ptr<ground::Store> store;
  std::unique_ptr<ground::Vault> vault;
  static ground::SystemDice system_dice;
  ground::Dice& dice = options.dice != nullptr ? *options.dice : system_dice;
  if (options.data_directory.empty()) {
    store = ground::open_memory_store(options.clock);
    vault = ground::Vault::open_in_memory(dice);
  } else {
    ground::StoreOptions wanted{
        .directory = options.data_directory, .sync = options.sync, .clock = options.clock};
    store = TRY(options.open_store ? options.open_store(std::move(wanted))
                                   : ground::open_rocks_store(std::move(wanted)));
    if (options.keyring_directory.empty())
      options.keyring_directory = options.data_directory + "-keys";
    vault = TRY(ground::Vault::open(options.keyring_directory, *store, dice));
  }
  auto state = std::make_unique<State>(std::move(options), std::move(store), std::move(vault));
  TRY(state->load());
  return std::unique_ptr<Partition>(new Partition(std::move(state)));
}

void Partition::tick() {
  State& s = *state_;
  std::vector<std::function<void()>> work;
  {
    const std::lock_guard lock(s.handed_mutex);
    work.swap(s.handed);
  }
  for (auto& each : work) each();
  s.answer_overdue();
  s.learn_hearing_some();
  if (s.disk_hangs) return;  // what follows may wait for the disk
  const ground::Instant now = s.clock.now();
  // A clock that was set back counts as a whole round.
  const int64_t since_ms = now < s.flushed_at ? flush_round_ms : now.ms - s.flushed_at.ms;
  if (since_ms > 0 && s.store->writable()) {
    s.ledger.flush_share(static_cast<double>(since_ms) / flush_round_ms);
    s.flushed_at = now;
  }
  s.backfill_tick(now);
  if (now < s.expired_at || now.ms - s.expired_at.ms >= expire_every_ms) {
    (void)s.expire_some();
    s.expired_at = now;
  }
  if (s.store->writable()) (void)s.expire_people(now, expire_budget_us);
  s.outbox->tick();
  s.sweep_when_due(now);
  s.counters.sweep_pending = s.erased_last > s.swept_until ? 1 : 0;
  if (s.store->writable()) s.rank_some(ranking_budget_us);
  if (s.store->writable()) s.train_some(ranking_budget_us);
  if (s.store->writable()) s.learn_some(ranking_budget_us);
  if (s.store->writable()) s.learn_usual_some(ranking_budget_us);
  if (s.store->writable()) s.census.tick(census_budget_us);
  s.ledger.make_room();
  s.counters.people_cached = s.ledger.cached();
  s.counters.people_cached_bytes = s.ledger.cached_bytes();
}

Result<void> Partition::flush() {
  ground::Batch batch;
  state_->keep_vocabulary(batch);
  state_->ledger.flush(std::move(batch));
  state_->census.keep_all();
  return state_->store->commit_and_wait({}, ground::Durability::synced);
}

bool Partition::warm() const {
  return state_->snapshot != nullptr;
}
bool Partition::backfilling() const {
  return state_->backfill_pending;
}
Result<void> Partition::healthy() const {
  return state_->store->writable();
}
const Counters& Partition::counters() const {
  return state_->counters;
}
ground::StoreStats Partition::store_stats() const {
  return state_->store->stats();
}
BackupTask Partition::begin_backup(std::string directory) {
  return {.live = *state_->store,
          .clock = state_->clock,
          .keyring_directory = state_->options.keyring_directory,
          .directory = std::move(directory)};
}
const Audit& Partition::audit() const {
  return state_->audit;
}
ground::Dice& Partition::dice() {
  return state_->dice;
}

ground::Clock& Partition::clock() {
  return state_->clock;
}

}  // namespace aizuchi::serve
