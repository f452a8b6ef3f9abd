#include "serve/partition/census.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "ground/base/bytes.h"
#include "ground/catalog/population.h"
#include "serve/partition/filling.h"

namespace aizuchi::serve {

using ground::Batch;
using ground::PersonId;
using ground::ReadKind;
using ground::Result;
using ground::Space;
using understand::Members;

namespace {

constexpr std::string_view meta_head = "audiences";
constexpr std::string_view meta_page = "audience/page/";
constexpr uint8_t seal_format = 1;
constexpr int64_t round_every_ms = 2000;
constexpr size_t pages_a_tick = 4;
constexpr size_t chunk_people = 500;
constexpr size_t chunks_max = 16;
constexpr size_t slice_people = 32;  // in memory: between two looks at the clock

// Other cut points are other members.
uint64_t fingerprint_of(const ground::Audience& audience, const CountingBy& by) {
  if (!audience.reads_scales || !by.population) return audience.fingerprint;
  return audience.fingerprint ^ (by.population->version * 0x9e3779b97f4a7c15);
}

std::string page_key(uint32_t page) {
  return fmt::format("{}{:08x}", meta_page, page);
}

}  // namespace

struct Census::Reads {
  explicit Reads(const ground::Snapshot& snapshot) {
    aggregates.resize(snapshot.aggregates.size(), false);
    for (const ground::ReadId id : snapshot.counting->slot.reads) {
      const ground::Read& read = snapshot.reads[id];
      if (read.kind == ReadKind::aggregate) aggregates[read.aggregate_index] = true;
      if (read.kind == ReadKind::fact) facts.push_back(read.fact);
      visits = visits || read.kind == ReadKind::visits;
      cart = cart || read.kind == ReadKind::cart;
      threads = threads || read.kind == ReadKind::threads;
    }
  }

  bool change_with(const listen::Event& event, const ground::Snapshot& snapshot) const {
    if (event.type == listen::EventType::identify) return !facts.empty();
    if (visits) return true;
    const ground::EventRule* rule = snapshot.event(event.name);
    if (rule == nullptr) return false;
    using Role = ground::EventRole;
    if (rule->role == Role::consent_updated) return true;
    if (threads && (rule->thread || rule->role == Role::thread)) return true;
    if (cart && (rule->role == Role::product_added || rule->role == Role::product_removed ||
                 rule->role == Role::order_completed))
      return true;
    const auto reads_fact = [&](const auto& mapped) {
      return std::ranges::find(facts, mapped.second) != facts.end();
    };
    return std::ranges::any_of(rule->facts, reads_fact) ||
           std::ranges::any_of(snapshot.aggregates_of(rule->id),
                               [&](uint16_t index) { return bool{aggregates[index]}; });
  }

  std::vector<bool> aggregates;  // by Snapshot::aggregates
  std::vector<ground::FactId> facts;
  bool visits = false, cart = false, threads = false;
};

Census::Census(Needs needs)
    : needs_(std::move(needs)), key_(needs_.vault.derived_256("audiences")) {}

Census::~Census() {
  stop_filling();
}

std::vector<understand::Column> Census::columns() const {
  std::vector<understand::Column> out;
  for (const ground::Audience& audience : snapshot().audiences)
    out.push_back({.name = audience.name, .fingerprint = fingerprint_of(audience, by_)});
  return out;
}

// ---- opening and publishing

Result<void> Census::load(CountingBy by) {
  if (!by.snapshot) return {};
  by_ = std::move(by);
  active_ = snapshot().counting.has_value() && !snapshot().audiences.empty();
  if (!active_) return {};
  reads_ = std::make_unique<Reads>(snapshot());
  if (const auto kept = load_kept(); !kept) {
    if (kept.error().code == ground::ErrorCode::unsupported) return kept;
    start_over(kept.error().message);
  }
  fill_wanted_ = !std::ranges::all_of(members_.columns(), &understand::Column::filled);
  return {};
}

Result<void> Census::load_kept() {
  const auto sealed = TRY(needs_.store.get(Space::meta, meta_head));
  if (!sealed) {
    members_.adopt(columns());
    return {};
  }
  kept_head_ = TRY(needs_.vault.open(key_, meta_head, *sealed));
  const Members::Head head = TRY(Members::decode_head(kept_head_));
  TRY(load_pages(head));
  return needs_.ledger.people_since(
      head.sequence, [&](const PersonId& id) { members_.mark(members_.number_of(id)); });
}

Result<void> Census::load_pages(const Members::Head& head) {
  auto wanted = columns();
  for (understand::Column& column : wanted)
    for (const understand::Column& kept : head.columns)
      if (kept.fingerprint == column.fingerprint) column.filled = column.filled || kept.filled;
  members_.adopt(std::move(wanted));
  Result<void> outcome;
  const auto each = [&](std::string_view key, std::string_view sealed) {
    uint32_t page = 0;
    std::from_chars(key.data() + meta_page.size(), key.data() + key.size(), page, 16);
    const auto plain = needs_.vault.open(key_, key, sealed);
    if (plain)
      outcome = members_.decode_page(page, *plain);
    else
      outcome = std::unexpected(plain.error());
    return outcome.has_value();
  };
  TRY(needs_.store.scan(Space::meta, meta_page, "", ground::Direction::forward, each));
  TRY(outcome);
  members_.restored();
  return {};
}

// What was kept is no use: everyone is looked at again.
void Census::start_over(const std::string& why) {
  trouble_ = why;
  members_ = Members();
  members_.adopt(columns());
  Batch batch;
  batch.erase(Space::meta, meta_head);
  const auto each = [&](std::string_view key, std::string_view) {
    batch.erase(Space::meta, key);
    return true;
  };
  (void)needs_.store.scan(Space::meta, meta_page, "", ground::Direction::forward, each);
  needs_.store.commit(std::move(batch), ground::Durability::relaxed, [](const Result<void>&) {});
}

void Census::publish(CountingBy by) {
  stop_filling();
  by_ = std::move(by);
  active_ = snapshot().counting.has_value() && !snapshot().audiences.empty();
  reads_ = active_ ? std::make_unique<Reads>(snapshot()) : nullptr;
  // Whoever is met while there is no audience is found by the filling of the next one.
  members_.adopt(active_ ? columns() : std::vector<understand::Column>());
  fill_wanted_ = !std::ranges::all_of(members_.columns(), &understand::Column::filled);
}

// ---- events

void Census::born(const PersonId& person) {
  if (active_) members_.mark(members_.number_of(person));
}

void Census::happened(const PersonId& person, const listen::Event& event) {
  if (active_ && reads_->change_with(event, snapshot())) members_.mark(members_.number_of(person));
}

bool Census::erase(const PersonId& person, Batch& batch) {
  if (filling()) gone_.insert(person);
  const auto number = active_ ? members_.find(person) : std::nullopt;
  if (!number) return false;
  members_.forget(*number);
  // Ahead of its round: a page may be newer than the head says.
  if (needs_.durable) keep_page(static_cast<uint32_t>(*number / Members::page_people), batch);
  return true;
}

// ---- looking

void Census::look(uint32_t number) {
  ++looks_;
  const auto found = needs_.ledger.find(members_.person(number));
  if (found && *found == nullptr) return members_.forget(number);
  if (!found) {  // what cannot be read is counted nowhere
    members_.put(number, {.in = std::vector<bool>(members_.columns().size())});
    return;
  }
  const bool whole = needs_.bring_up(**found);
  // Where it is not, the filling's word is the better one.
  if (filling() && whole) fresh_.set(number);
  members_.put(number, look_at(by_, (*found)->state, needs_.provenances, needs_.clock.now()));
}

void Census::settle(size_t people_max) {
  if (!active_) return;
  members_.mark_due(needs_.clock.now());
  for (; people_max > 0; --people_max) {
    const auto number = members_.next_pending();
    if (!number) return;
    look(*number);
  }
}

void Census::tick(int64_t budget_us) {
  if (!active_) return;
  const int64_t until = needs_.clock.monotonic_us() + budget_us;
  if (fill_wanted_) start_filling();
  if (fill_) take_filled(until);
  members_.mark_due(needs_.clock.now());
  do {
    settle(4);
  } while (members_.pending() > 0 && needs_.clock.monotonic_us() < until);
  keep_some(pages_a_tick);
}

// ---- filling

bool Census::filling() const {
  return fill_ != nullptr || fill_wanted_;
}

double Census::progress() const {
  if (!filling()) return 1;
  // What was found last is still to be taken over.
  return fill_ ? 0.99 * fill_progress_.load(std::memory_order_relaxed) : 0;
}

void Census::start_filling() {
  fill_wanted_ = false;
  fresh_ = {};
  gone_.clear();
  // States are read from the store: what has changed must be there first.
  needs_.ledger.flush({});
  (void)needs_.store.commit_and_wait({}, ground::Durability::relaxed);
  fill_progress_ = 0;
  fill_ = std::make_unique<Filling>(
      Filling::From{.store = needs_.store, .vault = needs_.vault, .names = needs_.names}, by_,
      needs_.clock.now());
  if (needs_.durable) fill_thread_ = std::jthread([this](std::stop_token stop) { fill_on(stop); });
}

void Census::stop_filling() {
  if (fill_thread_.joinable()) {
    fill_thread_.request_stop();
    filled_room_.notify_all();
    fill_thread_.join();
  }
  fill_.reset();
  filled_.clear();
  filled_all_ = false;
  fill_failed_.clear();
}

// On its own thread.
void Census::fill_on(std::stop_token stop) {
  bool more = true;
  while (more && !stop.stop_requested()) {
    std::vector<Looked> chunk;
    const auto outcome = fill_->look_on(chunk_people, chunk);
    more = outcome.value_or(false);
    fill_progress_ = fill_->progress();
    std::unique_lock lock(filled_mutex_);
    filled_room_.wait(lock, [&] { return filled_.size() < chunks_max || stop.stop_requested(); });
    filled_.push_back(std::move(chunk));
    filled_all_ = !more;
    if (!outcome) fill_failed_ = outcome.error().message;
  }
}

void Census::take(std::vector<Looked>& looked) {
  for (Looked& one : looked) {
    if (gone_.contains(one.person)) continue;
    const uint32_t number = members_.number_of(one.person);
    if (fresh_.test(number)) continue;
    // Someone who waits to be looked at again has this until then.
    const bool waits = members_.is_pending(number);
    if (one.look) members_.put(number, *one.look);
    if (waits || !one.look) members_.mark(number);
    ++looks_;
  }
}

void Census::take_filled(int64_t until_us) {
  while (true) {
    std::vector<Looked> chunk;
    bool all = false;
    std::string failed;
    if (needs_.durable) {
      const std::lock_guard lock(filled_mutex_);
      if (filled_.empty()) return;
      chunk = std::move(filled_.front());
      filled_.erase(filled_.begin());
      all = filled_all_ && filled_.empty();
      failed = fill_failed_;
    } else {
      const auto outcome = fill_->look_on(slice_people, chunk);
      all = !outcome.value_or(false);
      if (!outcome) failed = outcome.error().message;
      fill_progress_ = fill_->progress();
    }
    filled_room_.notify_one();
    take(chunk);
    if (all) {
      const size_t unreadable = fill_->unreadable();
      stop_filling();
      trouble_ = !failed.empty()   ? failed
                 : unreadable == 0 ? ""
                                   : fmt::format("{} people could not be read", unreadable);
      // Where the store could not be read on, the audience stays without a count.
      if (failed.empty()) members_.fill_done();
      return;
    }
    if (needs_.clock.monotonic_us() >= until_us) return;
  }
}

// ---- keeping

void Census::keep_page(uint32_t page, Batch& batch) {
  const std::string key = page_key(page);
  batch.put(Space::meta, key,
            needs_.vault.seal(key_, seal_format, key, members_.encode_page(page)));
}

void Census::keep_some(size_t pages_max) {
  if (!needs_.durable) return;  // nobody will ask a store in memory again
  const ground::Instant now = needs_.clock.now();
  Batch batch;
  if (round_head_.empty()) {
    if (now >= round_at_ && now.ms - round_at_.ms < round_every_ms) return;
    round_at_ = now;
    round_ = members_.take_changed_pages();
    round_head_ = members_.encode_head(needs_.ledger.last_sequence());
    if (round_.empty() && round_head_ == kept_head_) return round_head_.clear();
  }
  for (; pages_max > 0 && !round_.empty(); --pages_max) {
    keep_page(round_.back(), batch);
    round_.pop_back();
  }
  if (round_.empty()) {
    kept_head_ = std::exchange(round_head_, {});
    batch.put(Space::meta, meta_head, needs_.vault.seal(key_, seal_format, meta_head, kept_head_));
  }
  needs_.store.commit(std::move(batch), ground::Durability::relaxed, [](const Result<void>&) {});
}

void Census::keep_all() {
  if (!active_) return;
  if (!round_head_.empty()) keep_some(SIZE_MAX);  // the round that is under way
  round_at_ = ground::Instant::never();
  keep_some(SIZE_MAX);
}

}  // namespace aizuchi::serve
