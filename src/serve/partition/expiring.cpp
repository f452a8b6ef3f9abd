// What was to be kept for a time only. Nothing uses an expired fact or event from its moment on
// (the guard sees to that); here its bytes go: twice a day everyone is looked at in slices, what is
// over goes from state and log as if it had been forgotten, and the files are then swept
// (sweeping.h). So within a day nothing of it is left. Consents stay as long as their person is
// known.
//
// A round reads the events only whose age has passed one of the folder's lengths of time since the
// round before; all of them in the first round after a start or a publish, and of those who sent
// something old. Cost: some 60 us a person a round, and 12 us an event that is read.
#include <algorithm>
#include <set>

#include "ground/base/bytes.h"
#include "ground/base/json.h"
#include "ground/domain/value_choice.h"
#include "listen/events/answering.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::Batch;
using ground::Duration;
using ground::EventRole;
using ground::EventRule;
using ground::Instant;
using ground::Result;
using ground::Space;
using remember::Person;

namespace {

constexpr Duration round_every = Duration::hours(12);
constexpr Duration otherwise_kept = Duration::days(730);  // events that no list names
constexpr size_t people_at_once = 64;
constexpr size_t records_at_once = 256;  // of one person, in one slice
constexpr size_t late_max = 100'000;     // more, and everyone is looked at
constexpr std::string_view meta_expired = "expired";

std::set<int64_t> keeps_of(const ground::Snapshot& snapshot) {
  std::set<int64_t> out{otherwise_kept.ms};
  for (const EventRule& rule : snapshot.events) out.insert(rule.keep.ms);
  for (const ground::FactRule& fact : snapshot.facts)
    if (!fact.derived) out.insert(fact.keep.ms);
  return out;
}

// Moments of the past in which something may have come to its end.
struct Stretch {
  Instant from, to;
};

// Youngest last; those that touch are one.
std::vector<Stretch> stretches_of(const std::set<int64_t>& keeps, Instant before, Instant now) {
  if (before.ms == INT64_MIN) return {{before, now + Duration{-*keeps.begin()}}};
  std::vector<Stretch> out;
  for (auto keep = keeps.rbegin(); keep != keeps.rend(); ++keep) {
    const Stretch next{before + Duration{-*keep}, now + Duration{-*keep}};
    if (!out.empty() && next.from <= out.back().to)
      out.back().to = next.to;
    else
      out.push_back(next);
  }
  return out;
}

bool tells_a_fact(const ground::Value& traits, const std::string& prefix,
                  const ground::Snapshot& snapshot) {
  if (!traits.is(ground::Value::Kind::map)) return false;
  return std::ranges::any_of(traits.as_map(), [&](const auto& entry) {
    const std::string name = prefix + ground::to_display(entry.first);
    return snapshot.fact(name) != nullptr || tells_a_fact(entry.second, name + ".", snapshot);
  });
}

// What is left of an event at this moment.
listen::Remains expire_in(listen::Event& event, const ground::Snapshot& snapshot, Instant now) {
  const EventRule* rule = snapshot.event(event.name);
  if (rule != nullptr && rule->role == EventRole::consent_updated) return listen::Remains::all;
  // An erasure needs the one, and a wish holds until it is lifted.
  if (event.name == listen::absorbed_event || listen::is_wish(event)) return listen::Remains::all;
  const auto over = [&](std::string_view name) {
    const ground::FactRule* fact = snapshot.fact(name);
    return fact != nullptr && event.at + fact->keep <= now;
  };
  const auto remains = listen::forget_in(event, snapshot, over);
  const Duration keep = rule != nullptr ? rule->keep : otherwise_kept;
  // An identify is kept as long as it tells something that is.
  const bool tells =
      event.type == listen::EventType::identify && tells_a_fact(event.details(), "", snapshot);
  return event.at + keep <= now && !tells ? listen::Remains::nothing : remains;
}

// An answer that changed nothing in time, and is known no more (give_back.cpp).
bool is_unused(const listen::Event& event, const remember::PersonState& person) {
  if (event.name != listen::answered_event) return false;
  const ground::Value* question = event.details().find("question");
  return question != nullptr &&
         listen::answer_standing(person, ground::to_display(*question)).unused(event.at);
}

// Buckets of times that are over; true when there were some.
bool cut(remember::Aggregate& aggregate, Duration keep, Instant now) {
  const Instant from = now + Duration{-keep.ms};
  const auto over = [&](const remember::Bucket& bucket) {
    const int64_t hours = bucket.day ? 24 : 1;
    return (bucket.hour + hours) * ground::ms_per_hour <= from.ms;
  };
  size_t gone = 0;
  for (remember::Series& series : aggregate.series) gone += std::erase_if(series.buckets, over);
  if (gone == 0) return false;
  std::erase_if(aggregate.series, [](const auto& series) { return series.buckets.empty(); });
  std::erase_if(aggregate.ends, [&](const auto& ends) { return ends.last <= from; });
  for (remember::Ends& ends : aggregate.ends) ends.first = std::max(ends.first, from);
  return true;
}

// Of what was chosen bit by bit, what is over; the rest stays.
size_t drop_old_choices(remember::Fact& fact, const ground::Snapshot& snapshot, Instant now) {
  const ground::FactRule* rule = snapshot.fact(fact.key);
  if (rule == nullptr || rule->type != ground::FactType::values) return 0;
  auto choices = ground::value_choices(fact.value);
  const size_t over = std::erase_if(
      choices, [&](const ground::ValueChoice& choice) { return choice.at + rule->keep <= now; });
  if (over > 0) fact.value = ground::value_of(choices);
  return over;
}

template <typename T>
size_t erase_at(std::vector<T>& list, Instant at) {
  return std::erase_if(list, [&](const T& each) { return each.at == at; });
}

}  // namespace

void Partition::State::note_expired(Instant at) {
  erased_last = std::max(erased_last, at);  // the files are to be swept
  ground::ByteWriter out;
  out.be64(static_cast<uint64_t>(at.ms));
  Batch batch;
  batch.put(Space::meta, meta_expired, out.view());
  batch.let_in();
  store->commit(std::move(batch), ground::Durability::relaxed, [](const Result<void>&) {});
}

Result<void> Partition::State::load_expired() {
  expire_due = clock.now() + Duration::minutes(10);
  if (const auto at = TRY(store->get(Space::meta, meta_expired)))
    erased_last =
        std::max(erased_last, Instant{static_cast<int64_t>(ground::ByteReader(*at).be64())});
  return {};
}

bool Partition::State::expire_in_state(remember::PersonState& person, Instant now) const {
  size_t gone = std::erase_if(person.facts,
                              [&](const remember::Fact& fact) { return fact.expires_at <= now; });
  gone += std::erase_if(person.threads,
                        [&](const remember::Thread& thread) { return thread.expires_at <= now; });
  for (remember::Fact& fact : person.facts) gone += drop_old_choices(fact, *snapshot, now);
  for (const ground::Aggregate& spec : snapshot->aggregates) {
    const auto rule = std::ranges::find(snapshot->events, spec.event, &EventRule::id);
    if (rule == snapshot->events.end() || person.find(spec.id) == nullptr) continue;
    gone += cut(person.aggregate(spec.id), rule->keep, now) ? 1 : 0;
  }
  return gone > 0;
}

void Partition::State::note_old(const Person& person, const listen::Event& event) {
  if (event.received_at.ms - event.at.ms > round_every.ms && expire_late.size() <= late_max)
    expire_late.insert(person.state.id);
}

Result<bool> Partition::State::expire(Person& person, Batch& batch) {
  struct Changed {
    remember::LogRecord record;
    std::string body;
  };
  std::vector<Changed> changed;
  size_t looks = records_at_once;
  Instant last{INT64_MIN}, next{INT64_MIN};  // read last, and where to go on
  const bool all = expire_before.ms == INT64_MIN || expire_late_now.contains(person.state.id);
  const Instant before = all ? Instant{INT64_MIN} : expire_before;
  for (const Stretch& stretch : stretches_of(keeps_of(*snapshot), before, expire_now)) {
    const auto each = [&](Person&, const remember::LogRecord& record) -> Result<bool> {
      if (record.at > stretch.to) return false;
      if (all && looks == 0 && record.at != last) {
        next = record.at;
        return false;
      }
      looks -= looks > 0 ? 1 : 0;
      last = record.at;
      listen::Event event =
          TRY(listen::read_kept_event(record.body, record.at, record.received_at));
      const auto remains = is_unused(event, person.state) ? listen::Remains::nothing
                                                          : expire_in(event, *snapshot, expire_now);
      if (remains != listen::Remains::all)
        changed.push_back(
            {record, remains == listen::Remains::some ? ground::to_json(event.json) : ""});
      return true;
    };
    TRY(ledger.history(person, ground::Direction::forward, each,
                       std::max(stretch.from, expire_from)));
  }
  expire_from = next;
  const bool in_state = expire_in_state(person.state, expire_now);
  if (changed.empty() && !in_state) return next.ms == INT64_MIN;
  TRY(trace(Space::state, person.state.id.bytes()));
  for (Changed& one : changed) {
    ground::ByteWriter key;
    key.be64(one.record.sequence);
    TRY(trace(Space::log, key.view()));
    TRY(ledger.erase_record(person, one.record, batch));
    ++counters.events_expired;
    if (one.body.empty()) {
      erase_at(person.state.seen, one.record.at);
      erase_at(person.state.bought, one.record.at);
      erase_at(person.state.complained, one.record.at);
      erase_at(person.state.cart, one.record.at);
      std::erase_if(person.state.threads,
                    [&](const auto& thread) { return thread.evidence == one.record.sequence; });
      continue;
    }
    const uint64_t old = one.record.sequence;
    one.record.body = std::move(one.body);
    person.state.applied = ledger.append(person, one.record, batch);
    renumber(person.state, old, person.state.applied);
  }
  ledger.write_with(person, batch);
  census.born(person.state.id);
  learn_visits(person.state);
  return next.ms == INT64_MIN;
}

void Partition::State::begin_expiring(Instant now) {
  expiring = true;
  expire_due = now + round_every;
  if (expire_version != snapshot->version || expire_late.size() > late_max)
    expire_before = {INT64_MIN};
  expire_version = snapshot->version;
  expire_now = now;
  expire_late_now = std::exchange(expire_late, {});
  expire_after.clear();
  give_backs_so_far.clear();
  owed_to_so_far.clear();
  begin_odd();
  expire_from = {INT64_MIN};
}

Result<void> Partition::State::expire_people(Instant now, int64_t budget_us) {
  if (!snapshot || (!expiring && now < expire_due)) return {};
  if (!expiring) begin_expiring(now);
  const int64_t until = clock.monotonic_us() + budget_us;
  std::vector<ground::PersonId> next;
  TRY(ledger.people(expire_after, [&](const ground::PersonId& id) {
    next.push_back(id);
    return next.size() < people_at_once;
  }));
  bool all = next.size() < people_at_once;
  bool any = false;
  for (const ground::PersonId& id : next) {
    if (clock.monotonic_us() > until) {
      all = false;
      break;
    }
    Person* person = TRY(ledger.find(id));
    Batch batch;
    batch.let_in();
    const bool done = person == nullptr || TRY(expire(*person, batch));
    if (done && person != nullptr) {
      expire_unused(*person, batch);
      tally_give_backs(person->state, give_backs_so_far);
      note_owed(person->state, owed_to_so_far);
      look_for_odd(*person);
      tally_felt(person->state);
    }
    if (!batch.empty()) {
      any = true;
      store->commit(std::move(batch), ground::Durability::relaxed, [](const Result<void>&) {});
    }
    if (!done) {
      all = false;
      break;
    }
    expire_after = id.bytes();
  }
  if (any) note_expired(now);
  expiring = !all;
  if (all) {
    expire_before = expire_now;
    give_backs = std::exchange(give_backs_so_far, {});
    owed_to = std::exchange(owed_to_so_far, {});
    give_backs_at = expire_now;
    judge_odd();
    end_felt_look();
  }
  return {};
}

}  // namespace aizuchi::serve
