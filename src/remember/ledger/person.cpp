#include "remember/ledger/person.h"

#include <algorithm>

namespace aizuchi::remember {

using ground::floor_div;

namespace {

constexpr int64_t hours_kept = 48;
constexpr int64_t days_kept = 366;  // a window of 365 days begins at midnight
constexpr int64_t window_days_max = 365;
constexpr size_t compact_every = 64;

int32_t hour_of(Instant t) {
  return static_cast<int32_t>(floor_div(t.ms, ground::ms_per_hour));
}
int32_t day_start(int32_t hour) {
  return static_cast<int32_t>(floor_div(hour, 24) * 24);
}

// Keeps the newest at the end and drops the oldest when there is one too many.
template <typename T>
void trim_oldest(std::vector<T>& items, size_t max) {
  if (items.size() > max)
    items.erase(items.begin(), items.begin() + static_cast<ptrdiff_t>(items.size() - max));
}

Bucket& bucket_for(std::vector<Bucket>& buckets, int32_t hour, bool day,
                   ground::ProvenanceId provenance) {
  // Newest last: the one wanted is nearly always the last.
  for (auto it = buckets.rbegin(); it != buckets.rend(); ++it)
    if (it->hour == hour && it->day == day && it->provenance == provenance) return *it;
  buckets.push_back({.hour = hour, .day = day, .provenance = provenance});
  return buckets.back();
}

// Hours that have left the last 48 become days; days that have left the year go.
void compact(std::vector<Bucket>& buckets, int32_t hour_now) {
  std::vector<Bucket> kept;
  kept.reserve(buckets.size());
  for (const Bucket& bucket : buckets) {
    if (bucket.hour <= hour_now - days_kept * 24) continue;
    if (bucket.day || bucket.hour > hour_now - hours_kept) {
      Bucket& same = bucket_for(kept, bucket.hour, bucket.day, bucket.provenance);
      same.count += bucket.count;
      same.sum += bucket.sum;
      continue;
    }
    Bucket& day = bucket_for(kept, day_start(bucket.hour), true, bucket.provenance);
    day.count += bucket.count;
    day.sum += bucket.sum;
  }
  // Only someone who sends under hundreds of provenances gets here: the oldest go.
  if (kept.size() > Aggregate::buckets_max) {
    const auto dropped =
        kept.begin() + static_cast<ptrdiff_t>(kept.size() - Aggregate::buckets_max);
    std::ranges::nth_element(kept, dropped, {}, &Bucket::hour);
    kept.erase(kept.begin(), dropped);
    std::ranges::sort(kept, {}, &Bucket::hour);
  }
  buckets = std::move(kept);
}

// nullptr: the value is older than all that are kept, and there is no room.
Series* series_for(Aggregate& aggregate, std::string_view value, int32_t hour) {
  for (Series& series : aggregate.series)
    if (series.value == value) return &series;
  if (aggregate.series.size() >= PersonState::series_max) {
    // The value that was silent the longest makes room.
    const auto latest = [](const Series& s) {
      int32_t at = INT32_MIN;
      for (const Bucket& b : s.buckets) at = std::max(at, b.hour);
      return at;
    };
    const auto oldest = std::ranges::min_element(aggregate.series, {}, latest);
    if (hour < latest(*oldest)) return nullptr;
    aggregate.series.erase(oldest);
  }
  aggregate.series.push_back({.value = std::string(value)});
  return &aggregate.series.back();
}

// What an allocator adds to each block, about.
constexpr size_t block_bytes = 16;

template <typename T>
size_t room(const std::vector<T>& items) {
  return items.capacity() == 0 ? 0 : items.capacity() * sizeof(T) + block_bytes;
}
size_t room(const std::string& text) {
  static const size_t inside = std::string().capacity();
  return text.capacity() <= inside ? 0 : text.capacity() + 1 + block_bytes;
}
size_t room(const ground::Value& value) {
  using Kind = ground::Value::Kind;
  if (value.is(Kind::string)) return room(value.as_string());
  if (!value.is(Kind::list)) return 0;  // a fact is a scalar or a list of them
  size_t out = room(value.as_list()) + block_bytes;
  for (const ground::Value& each : value.as_list()) out += room(each);
  return out;
}
size_t room(const Aggregate& aggregate) {
  size_t out = room(aggregate.series) + room(aggregate.ends);
  for (const Series& series : aggregate.series) out += room(series.value) + room(series.buckets);
  return out;
}

}  // namespace

void add_to(Aggregate& aggregate, std::string_view value, ground::ProvenanceId provenance,
            Instant at, double amount, Instant now) {
  const int32_t hour = hour_of(at);
  const int32_t hour_now = std::max(hour_of(now), hour);
  if (Series* series = series_for(aggregate, value, hour)) {
    const bool old = hour <= hour_now - hours_kept;
    const size_t before = series->buckets.size();
    Bucket& bucket = bucket_for(series->buckets, old ? day_start(hour) : hour, old, provenance);
    ++bucket.count;
    bucket.sum += amount;
    // Now and then, so that an event costs the same whatever came before it.
    if (series->buckets.size() > before && series->buckets.size() % compact_every == 0)
      compact(series->buckets, hour_now);
  }

  for (Ends& ends : aggregate.ends) {
    if (ends.provenance != provenance) continue;
    ends.first = std::min(ends.first, at);
    ends.last = std::max(ends.last, at);
    return;
  }
  if (aggregate.ends.size() >= Aggregate::ends_max)
    aggregate.ends.erase(std::ranges::min_element(aggregate.ends, {}, &Ends::last));
  aggregate.ends.push_back({.provenance = provenance, .first = at, .last = at});
}

namespace {

struct Window {
  int64_t hours = 0;  // 0: by the day
  int64_t days = 0;
};

Window rounded(ground::Duration window) {
  const int64_t hours = (window.ms + ground::ms_per_hour - 1) / ground::ms_per_hour;
  if (hours > 0 && hours <= hours_kept) return {.hours = hours};
  return {.days = hours == 0 ? window_days_max : std::min((hours + 23) / 24, window_days_max)};
}

}  // namespace

bool in_window(const Bucket& bucket, ground::Duration window, Instant now) {
  const int32_t hour_now = hour_of(now);
  const Window w = rounded(window);
  if (w.hours > 0) return !bucket.day && bucket.hour > hour_now - w.hours;
  return floor_div(bucket.hour, 24) > floor_div(hour_now, 24) - w.days;
}

Instant leaves_window(const Bucket& bucket, ground::Duration window) {
  const Window w = rounded(window);
  if (w.hours > 0) return {(bucket.hour + w.hours) * ground::ms_per_hour};
  return {(floor_div(bucket.hour, 24) + w.days) * ground::ms_per_day};
}

void PersonState::keep(Fact fact, ground::Method method, ground::ContextId context,
                       const ProvenanceLookup& lookup) {
  const ground::Subject subject = lookup.provenance(fact.provenance).subject;
  const auto same_place = [&](const Fact& other) {
    const ground::Provenance& p = lookup.provenance(other.provenance);
    return other.key == fact.key && p.method == method && p.collected_in == context &&
           p.subject == subject;
  };
  const auto it = std::ranges::find_if(facts, same_place);
  if (it != facts.end()) {
    const bool newer =
        fact.at > it->at || (fact.at == it->at && fact.received_at >= it->received_at);
    if (newer) *it = std::move(fact);
    return;
  }
  if (facts.size() >= facts_max) {
    const auto oldest = std::ranges::min_element(facts, {}, &Fact::at);
    if (fact.at < oldest->at) return;
    facts.erase(oldest);
  }
  const auto at = std::ranges::upper_bound(facts, fact.key, {}, &Fact::key);
  facts.insert(at, std::move(fact));
}

void PersonState::keep(Consent consent) {
  for (Consent& known : consents) {
    if (known.purpose != consent.purpose) continue;
    if (consent.at < known.at || (consent.at == known.at && consent.granted)) return;
    const bool otherwise = known.granted != consent.granted || known.text_hash != consent.text_hash;
    if (otherwise && past_consents.size() >= past_consents_max)
      past_consents.erase(past_consents.begin());
    if (otherwise) past_consents.push_back(known);
    known = consent;
    return;
  }
  consents.push_back(consent);
}

bool PersonState::keep(Objection objection) {
  for (Objection& known : objections) {
    if (known.name != objection.name || known.purpose != objection.purpose) continue;
    if (objection.at > known.at || (objection.at == known.at && objection.holds))
      known = std::move(objection);
    return true;
  }
  if (objections.size() >= objections_max) {
    const auto lifted = std::ranges::find(objections, false, &Objection::holds);
    if (lifted == objections.end()) return false;
    objections.erase(lifted);
  }
  objections.push_back(std::move(objection));
  return true;
}

bool PersonState::objects(std::string_view name, ground::PurposeId purpose) const {
  return std::ranges::any_of(objections, [&](const Objection& each) {
    return each.holds && each.name == name && (!each.purpose.valid() || each.purpose == purpose);
  });
}

bool PersonState::keep(const Pause& wish) {
  if (wish.at < pause.at || (wish.at == pause.at && wish.until < pause.until)) return false;
  pause = wish;
  return true;
}

bool PersonState::keep(const Frequency& wish) {
  // The fewer of a time, the less is let through; no cap lets everything.
  const auto lets = [](const Frequency& each) {
    return each.times == 0 ? 1e300 : each.times / static_cast<double>(each.per.ms);
  };
  const auto known = std::ranges::find(frequencies, wish.channel, &Frequency::channel);
  if (known == frequencies.end()) {
    frequencies.push_back(wish);
    return true;
  }
  if (wish.at < known->at || (wish.at == known->at && lets(wish) > lets(*known))) return false;
  *known = wish;
  return true;
}

const Consent* PersonState::consent(ground::PurposeId purpose) const {
  for (const Consent& c : consents)
    if (c.purpose == purpose) return &c;
  return nullptr;
}

Aggregate& PersonState::aggregate(ground::AggregateId wanted) {
  const auto at = std::ranges::lower_bound(aggregates, wanted, {}, &Aggregate::id);
  if (at != aggregates.end() && at->id == wanted) return *at;
  return *aggregates.insert(at, Aggregate{.id = wanted});
}

const Aggregate* PersonState::find(ground::AggregateId wanted) const {
  const auto at = std::ranges::lower_bound(aggregates, wanted, {}, &Aggregate::id);
  return at != aggregates.end() && at->id == wanted ? &*at : nullptr;
}

const Wish* PersonState::apart(Instant at, ground::ItemKey product) const {
  const Wish* out = nullptr;
  for (const Wish& wish : wishes) {
    if (at < wish.from || at >= wish.until) continue;
    if (!wish.product.empty() && ground::item_key("product", wish.product) != product) continue;
    if (out == nullptr || wish.what == Wish::What::gift) out = &wish;
  }
  return out;
}

uint32_t PersonState::visits_total() const {
  uint32_t total = 0;
  for (const VisitCount& v : visits) total += v.count;
  return total;
}

uint32_t PersonState::visit_at(Instant now) const {
  const bool goes_on = visit_last_at.ms != INT64_MIN && now.ms - visit_last_at.ms <= visit_pause.ms;
  return visits_total() + (goes_on ? 0 : 1);
}

std::pair<ground::PersonId, uint32_t> PersonState::dice_at(Instant now) const {
  const uint32_t visit = visit_at(now);
  if (held_choice.holds_for == visit) return {held_choice.whose, held_choice.visit};
  return {id, visit};
}

size_t footprint(const PersonState& state) {
  size_t out = sizeof(PersonState) + block_bytes + room(state.identifiers) + room(state.facts) +
               room(state.consents) + room(state.aggregates) + room(state.visits) +
               room(state.cart) + room(state.said) + room(state.said_elsewhere) + room(state.seen) +
               room(state.bought) + room(state.complained) + room(state.objections) +
               room(state.threads) + room(state.wishes) + room(state.frequencies) +
               room(state.past_consents);
  for (const Identifier& each : state.identifiers) out += room(each.kind) + room(each.value);
  for (const Fact& fact : state.facts) out += room(fact.value);
  for (const Aggregate& aggregate : state.aggregates) out += room(aggregate);
  for (const CartLine& line : state.cart) out += room(line.product);
  for (const Objection& each : state.objections) out += room(each.name);
  for (const Wish& wish : state.wishes) out += room(wish.product);
  for (const SaidElsewhere& said : state.said_elsewhere)
    out += room(said.what) + room(said.channel) + room(said.by);
  for (const Thread& each : state.threads)
    out += room(each.key) + room(each.topic) + room(each.product) + room(each.owner);
  return out;
}

}  // namespace aizuchi::remember
