// The buckets are held against an oracle that keeps every event; the stored form against itself.
#include "remember/ledger/person.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "ground/base/dice.h"
#include "ground/base/time.h"

namespace aizuchi::remember {

using ground::Duration;
using ground::FactId;
using ground::Method;
using ground::Provenance;
using ground::ProvenanceId;
using ground::SeededDice;
using ground::Value;

namespace {

constexpr Instant start{1'775'000'000'000};  // 2026-03-31, not on the hour

uint64_t below(SeededDice& dice, uint64_t bound) {
  return dice.next_u64() % bound;
}

struct Table final : ProvenanceLookup {
  std::vector<Provenance> rows;
  const Provenance& provenance(ProvenanceId id) const override { return rows.at(id.index); }
  ProvenanceId add(Method method, uint16_t context) {
    rows.push_back({.collected_in = {context}, .method = method});
    return {static_cast<uint16_t>(rows.size() - 1)};
  }
};

// Every event, and the sentence of the design: up to 48 hours a window rounds to hours, a longer
// one to days.
struct Oracle {
  struct Happened {
    Instant at;
    ProvenanceId provenance;
    double amount;
  };
  struct Counted {
    uint32_t count = 0;
    double sum = 0;
    bool operator==(const Counted&) const = default;
  };
  std::vector<Happened> events;

  std::map<uint16_t, Counted> in(Duration window, Instant now) const {
    std::map<uint16_t, Counted> out;
    const int64_t unit = window <= Duration::hours(48) ? ground::ms_per_hour : ground::ms_per_day;
    const int64_t units = (window.ms + unit - 1) / unit;
    for (const Happened& e : events) {
      if (ground::floor_div(now.ms, unit) - ground::floor_div(e.at.ms, unit) >= units) continue;
      Counted& counted = out[e.provenance.index];
      ++counted.count;
      counted.sum += e.amount;
    }
    return out;
  }
};

std::map<uint16_t, Oracle::Counted> from_buckets(const Aggregate& aggregate, Duration window,
                                                 Instant now) {
  std::map<uint16_t, Oracle::Counted> out;
  for (const Series& series : aggregate.series)
    for (const Bucket& bucket : series.buckets) {
      if (!in_window(bucket, window, now)) continue;
      out[bucket.provenance.index].count += bucket.count;
      out[bucket.provenance.index].sum += bucket.sum;
    }
  return out;
}

std::vector<Duration> every_window() {
  std::vector<Duration> windows;
  for (int hours = 1; hours <= 48; ++hours) windows.push_back(Duration::hours(hours));
  for (int hours = 49; hours <= 96; ++hours) windows.push_back(Duration::hours(hours));
  for (int days = 5; days <= 365; ++days) windows.push_back(Duration::days(days));
  windows.push_back(Duration::minutes(90));
  windows.push_back({1});
  return windows;
}

size_t buckets_of(const Aggregate& aggregate) {
  size_t n = 0;
  for (const Series& series : aggregate.series) n += series.buckets.size();
  return n;
}

// A life of events: bursts, pauses of months, and some that arrive late.
void live(SeededDice& dice, Aggregate& aggregate, Oracle& oracle, Instant& now, int events) {
  constexpr int64_t pauses[] = {60'000, 1'800'000, ground::ms_per_hour, ground::ms_per_day,
                                30 * ground::ms_per_day};
  for (int i = 0; i < events; ++i) {
    const uint64_t kind = below(dice, 100);
    const int64_t pause = pauses[kind < 50 ? 0 : kind < 80 ? 1 : kind < 93 ? 2 : kind < 99 ? 3 : 4];
    now = now + Duration{static_cast<int64_t>(below(dice, static_cast<uint64_t>(pause)))};
    Instant at = now;
    if (below(dice, 10) == 0)
      at = now - Duration{static_cast<int64_t>(below(dice, 400ULL * ground::ms_per_day))};
    const ProvenanceId provenance{static_cast<uint16_t>(below(dice, 3))};
    const auto amount = static_cast<double>(below(dice, 1000));
    add_to(aggregate, "", provenance, at, amount, now);
    oracle.events.push_back({at, provenance, amount});
  }
}

}  // namespace

TEST_CASE("Counting in buckets gives what counting every event gives, for all windows") {
  const std::vector<Duration> windows = every_window();
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    SeededDice dice(seed);
    Aggregate aggregate;
    Oracle oracle;
    Instant now = start;
    for (int stretch = 0; stretch < 6; ++stretch) {
      live(dice, aggregate, oracle, now, 150);
      const Instant asked = now + Duration{static_cast<int64_t>(below(dice, 90'000'000))};
      for (const Duration window : windows) {
        CAPTURE(window.ms);
        REQUIRE(from_buckets(aggregate, window, asked) == oracle.in(window, asked));
      }
    }
  }
}

TEST_CASE("A count without a window means a year, whenever the buckets were last tidied") {
  SeededDice dice(7);
  Aggregate aggregate;
  Oracle oracle;
  Instant now = start;
  for (int stretch = 0; stretch < 10; ++stretch) {
    live(dice, aggregate, oracle, now, 60);
    CHECK(from_buckets(aggregate, {}, now) == oracle.in(Duration::days(365), now));
    CHECK(from_buckets(aggregate, Duration::days(900), now) == oracle.in(Duration::days(365), now));
  }
}

TEST_CASE("An hour's window holds this clock hour, and not the one before") {
  Aggregate aggregate;
  const Instant ten{ground::parse_instant("2026-04-01T10:59:59.999Z").value()};
  add_to(aggregate, "", {0}, ten, 0, ten);
  CHECK(from_buckets(aggregate, Duration::hours(1), ten).size() == 1);
  CHECK(from_buckets(aggregate, Duration::hours(1), ten + Duration{1}).empty());
  CHECK(from_buckets(aggregate, Duration::hours(2), ten + Duration{1}).size() == 1);
  CHECK(from_buckets(aggregate, Duration::hours(48), ten + Duration::hours(47)).size() == 1);
  CHECK(from_buckets(aggregate, Duration::hours(48), ten + Duration::hours(48)).empty());
  CHECK(from_buckets(aggregate, Duration::hours(49), ten + Duration::hours(48)).size() == 1);
}

TEST_CASE("First and last are kept per provenance, also from events that come late") {
  Aggregate aggregate;
  add_to(aggregate, "", {1}, start, 0, start);
  add_to(aggregate, "", {1}, start - Duration::days(900), 0, start);
  add_to(aggregate, "", {2}, start - Duration::hours(1), 0, start);
  REQUIRE(aggregate.ends.size() == 2);
  CHECK(aggregate.ends[0].first == start - Duration::days(900));
  CHECK(aggregate.ends[0].last == start);
  CHECK(aggregate.ends[1].last == start - Duration::hours(1));
}

TEST_CASE("Of many values the one silent the longest makes room, and a late one does not enter") {
  Aggregate aggregate;
  const auto size = static_cast<int>(PersonState::series_max);
  for (int i = 0; i < size; ++i)
    add_to(aggregate, std::to_string(i), {0}, start + Duration::hours(i), 0,
           start + Duration::hours(i));
  const Instant now = start + Duration::hours(size);
  add_to(aggregate, "late", {0}, start - Duration::days(3), 0, now);
  CHECK(std::ranges::count(aggregate.series, "late", &Series::value) == 0);
  CHECK(std::ranges::count(aggregate.series, "0", &Series::value) == 1);
  add_to(aggregate, "new", {0}, now, 0, now);
  CHECK(aggregate.series.size() == PersonState::series_max);
  CHECK(std::ranges::count(aggregate.series, "new", &Series::value) == 1);
  CHECK(std::ranges::count(aggregate.series, "0", &Series::value) == 0);
}

TEST_CASE("A hundred thousand events leave a record of bounded size") {
  SeededDice dice(3);
  PersonState state;
  Instant now = start;
  size_t half = 0;
  size_t most = 0;
  for (int i = 0; i < 100'000; ++i) {
    now = now + Duration{static_cast<int64_t>(below(dice, 1'400'000))};  // 2.2 years in all
    const ProvenanceId provenance{static_cast<uint16_t>(below(dice, 3))};
    add_to(state.aggregate({0}), "", provenance, now, 1, now);
    add_to(state.aggregate({1}), std::to_string(below(dice, 100)), provenance, now, 1, now);
    most = std::max(most, buckets_of(state.aggregates[0]));
    if (i == 50'000) half = encode(state).size();
  }
  // Three provenances: 48 hours and 366 days of each, and what comes between two tidyings.
  CHECK(most <= 3 * (48 + 366) + 64);
  CHECK(encode(state).size() < half + half / 10);
}

TEST_CASE("Nobody can make a record grow by sending under ever new provenances") {
  SeededDice dice(4);
  Aggregate aggregate;
  Instant now = start;
  for (int i = 0; i < 60'000; ++i) {
    now = now + Duration::minutes(30);
    const ProvenanceId provenance{static_cast<uint16_t>(below(dice, 5'000))};
    add_to(aggregate, "", provenance, now, 1, now);
    REQUIRE(buckets_of(aggregate) <= Aggregate::buckets_max + 64);
    REQUIRE(aggregate.ends.size() <= Aggregate::ends_max);
  }
  // What was dropped is the oldest: the last day is whole.
  uint32_t last_day = 0;
  for (const auto& [provenance, counted] : from_buckets(aggregate, Duration::hours(24), now))
    last_day += counted.count;
  CHECK(last_day >= 46);
  CHECK(last_day <= 48);
}

// ---- facts and consents ----

TEST_CASE("The newest fact stays, and a late one does not overwrite it") {
  Table table;
  const ProvenanceId told = table.add(Method::stated, 1);
  PersonState state;
  const auto keep = [&](const char* value, int at, int received) {
    state.keep({.key = {5},
                .provenance = told,
                .value = Value(value),
                .at = start + Duration::hours(at),
                .received_at = start + Duration::hours(received)},
               Method::stated, {1}, table);
    REQUIRE(state.facts.size() == 1);
    return state.facts[0].value.as_string();
  };
  CHECK(keep("first", 0, 0) == "first");
  CHECK(keep("newer", 10, 10) == "newer");
  CHECK(keep("late", 5, 11) == "newer");
  CHECK(keep("same moment, received later", 10, 12) == "same moment, received later");
  CHECK(keep("same moment, received earlier", 10, 9) == "same moment, received later");
}

TEST_CASE("[P1] An import does not overwrite what the person stated, nor another context") {
  Table table;
  const ProvenanceId stated = table.add(Method::stated, 1);
  const ProvenanceId imported = table.add(Method::imported, 1);
  const ProvenanceId elsewhere = table.add(Method::stated, 2);
  PersonState state;
  int hour = 0;
  for (const ProvenanceId id : {stated, imported, elsewhere}) {
    const Provenance& p = table.provenance(id);
    state.keep({.key = {5}, .provenance = id, .value = Value(hour), .at = start}, p.method,
               p.collected_in, table);
    ++hour;
  }
  CHECK(state.facts.size() == 3);
}

TEST_CASE("Facts lie in the order of their keys, and the oldest of too many goes") {
  Table table;
  PersonState state;
  SeededDice dice(9);
  const auto keep = [&](uint16_t key, Instant at) {
    const ProvenanceId id = table.add(Method::stated, static_cast<uint16_t>(table.rows.size()));
    state.keep({.key = {key}, .provenance = id, .value = Value(1), .at = at}, Method::stated,
               table.provenance(id).collected_in, table);
  };
  for (size_t i = 0; i < PersonState::facts_max; ++i)
    keep(static_cast<uint16_t>(below(dice, 40)), start + Duration::seconds(static_cast<int>(i)));
  CHECK(std::ranges::is_sorted(state.facts, {}, &Fact::key));
  REQUIRE(state.facts.size() == PersonState::facts_max);
  keep(3, start - Duration::days(1));
  CHECK(std::ranges::none_of(state.facts, [](const Fact& f) { return f.at < start; }));
  keep(3, start + Duration::days(1));
  CHECK(state.facts.size() == PersonState::facts_max);
  CHECK(std::ranges::none_of(state.facts, [](const Fact& f) { return f.at == start; }));
  CHECK(std::ranges::is_sorted(state.facts, {}, &Fact::key));
}

TEST_CASE("The latest word on a purpose holds, and nothing is assumed") {
  PersonState state;
  CHECK(state.consent({2}) == nullptr);
  state.keep(Consent{.purpose = {2}, .granted = true, .at = start});
  state.keep(Consent{.purpose = {2}, .granted = false, .at = start + Duration::hours(1)});
  state.keep(Consent{.purpose = {2}, .granted = true, .at = start + Duration::minutes(30)});
  REQUIRE(state.consent({2}) != nullptr);
  CHECK_FALSE(state.consent({2})->granted);
  CHECK(state.consent({3}) == nullptr);
  CHECK(state.consents.size() == 1);
}

TEST_CASE("Of a yes and a no at the same moment, the no holds") {
  for (const bool yes_first : {true, false}) {
    PersonState state;
    state.keep(Consent{.purpose = {2}, .granted = yes_first, .at = start});
    state.keep(Consent{.purpose = {2}, .granted = !yes_first, .at = start});
    CHECK_FALSE(state.consent({2})->granted);
  }
}

TEST_CASE("A pause of more than half an hour begins a new visit") {
  PersonState state;
  CHECK(state.visit_at(start) == 1);
  state.visits.push_back({{0}, 1});
  state.visit_last_at = start;
  CHECK(state.visit_at(start + visit_pause) == 1);
  CHECK(state.visit_at(start + visit_pause + Duration{1}) == 2);
}

// ---- the stored form ----

namespace {

Value random_value(SeededDice& dice, int depth) {
  switch (below(dice, depth > 0 ? 8 : 6)) {
    case 0:
      return {};
    case 1:
      return Value(below(dice, 2) == 0);
    case 2:
      return Value(static_cast<int64_t>(dice.next_u64()));
    case 3:
      return Value(static_cast<double>(below(dice, 1'000'000)) / 64);
    case 4:
      return Value(std::string(below(dice, 40), 'x') + "浅煎り");
    case 5:
      return Value(Instant{static_cast<int64_t>(below(dice, 1ULL << 42))});
    case 6: {
      ground::ValueList list;
      for (uint64_t n = below(dice, 4); n > 0; --n) list.push_back(random_value(dice, depth - 1));
      return Value::list(std::move(list));
    }
    default:
      return Value::map({{Value("k"), random_value(dice, depth - 1)}});
  }
}

Instant random_instant(SeededDice& dice) {
  return {static_cast<int64_t>(below(dice, 1ULL << 43)) - (int64_t{1} << 40)};
}

ProvenanceId random_provenance(SeededDice& dice) {
  return {static_cast<uint16_t>(below(dice, 300))};
}

void add_activity(SeededDice& dice, PersonState& state) {
  for (uint64_t n = below(dice, 4); n > 0; --n) {
    state.visits.push_back({random_provenance(dice), static_cast<uint32_t>(dice.next_u64())});
    state.cart.push_back(
        {"p-" + std::to_string(below(dice, 99)), static_cast<double>(below(dice, 5000)) / 4,
         static_cast<int64_t>(below(dice, 9)), random_instant(dice), random_provenance(dice)});
    state.said.push_back({dice.next_u64(), dice.next_u64(), dice.next_u64(), random_instant(dice),
                          below(dice, 2) == 0});
    state.seen.push_back({dice.next_u64(), random_instant(dice), random_provenance(dice)});
    state.bought.push_back({dice.next_u64(), random_instant(dice)});
    state.identifiers.push_back({"anonymous_id", std::to_string(dice.next_u64())});
  }
  if (below(dice, 2) == 0) state.visit_last_at = random_instant(dice);
}

PersonState random_state(uint64_t seed) {
  SeededDice dice(seed);
  PersonState state;
  state.id.raw = dice.next_128();
  state.applied = dice.next_u64() >> below(dice, 64);
  state.created_at = random_instant(dice);
  for (uint64_t n = below(dice, 6); n > 0; --n) {
    const Instant at = random_instant(dice);
    state.facts.push_back({{static_cast<uint16_t>(below(dice, 400))},
                           random_provenance(dice),
                           random_value(dice, 2),
                           at,
                           at + Duration{static_cast<int64_t>(below(dice, 1'000'000))},
                           below(dice, 2) == 0 ? Instant::never() : random_instant(dice),
                           dice.next_u64()});
  }
  for (uint64_t n = below(dice, 4); n > 0; --n)
    state.consents.push_back({{static_cast<uint8_t>(below(dice, 64))},
                              below(dice, 2) == 0,
                              random_instant(dice),
                              dice.next_u64(),
                              {static_cast<uint16_t>(below(dice, 9))},
                              static_cast<ground::Assurance>(below(dice, 4)),
                              dice.next_u64()});
  for (uint16_t n = 0; n < below(dice, 4); ++n) {
    Aggregate& aggregate = state.aggregate({n});
    aggregate.warming = below(dice, 2) == 0;
    Oracle ignored;
    Instant now = start;
    live(dice, aggregate, ignored, now, static_cast<int>(below(dice, 30)));
  }
  add_activity(dice, state);
  if (below(dice, 2) == 0)
    state.held_choice = {ground::PersonId{dice.next_128()}, 7,
                         static_cast<uint32_t>(1 + below(dice, 9))};
  if (below(dice, 2) == 0)
    state.complained.push_back({dice.next_u64(), start - ground::Duration::hours(below(dice, 99))});
  if (below(dice, 2) == 0)
    state.wishes.push_back({Wish::What::gift, "p1", start, start - ground::Duration::hours(1),
                            start + ground::Duration::hours(below(dice, 99)), 7});
  if (below(dice, 2) == 0)
    state.pause = {.from = random_instant(dice), .until = random_instant(dice), .at = start};
  if (below(dice, 2) == 0)
    state.frequencies.push_back({.channel = ground::Channel::push,
                                 .times = static_cast<uint32_t>(below(dice, 9)),
                                 .per = Duration::hours(static_cast<int64_t>(below(dice, 999))),
                                 .at = random_instant(dice)});
  if (!state.consents.empty()) state.past_consents.push_back(state.consents.front());
  return state;
}

void check_same(const PersonState& a, const PersonState& b) {
  CHECK(a.id == b.id);
  CHECK(a.applied == b.applied);
  CHECK(a.created_at == b.created_at);
  CHECK(a.visit_last_at == b.visit_last_at);
  REQUIRE(a.facts.size() == b.facts.size());
  for (size_t i = 0; i < a.facts.size(); ++i) {
    CHECK(a.facts[i].value.same(b.facts[i].value));
    CHECK(a.facts[i].key == b.facts[i].key);
    CHECK(a.facts[i].at == b.facts[i].at);
    CHECK(a.facts[i].received_at == b.facts[i].received_at);
    CHECK(a.facts[i].expires_at == b.facts[i].expires_at);
    CHECK(a.facts[i].provenance == b.facts[i].provenance);
    CHECK(a.facts[i].evidence == b.facts[i].evidence);
  }
  REQUIRE(a.consents.size() == b.consents.size());
  for (size_t i = 0; i < a.consents.size(); ++i) {
    CHECK(a.consents[i].purpose == b.consents[i].purpose);
    CHECK(a.consents[i].granted == b.consents[i].granted);
    CHECK(a.consents[i].text_hash == b.consents[i].text_hash);
    CHECK(a.consents[i].proof == b.consents[i].proof);
  }
  REQUIRE(a.aggregates.size() == b.aggregates.size());
  for (size_t i = 0; i < a.aggregates.size(); ++i) {
    CHECK(a.aggregates[i].warming == b.aggregates[i].warming);
    CHECK(from_buckets(a.aggregates[i], {}, start) == from_buckets(b.aggregates[i], {}, start));
  }
  REQUIRE(a.cart.size() == b.cart.size());
  for (size_t i = 0; i < a.cart.size(); ++i) {
    CHECK(a.cart[i].product == b.cart[i].product);
    CHECK(a.cart[i].quantity == b.cart[i].quantity);
    CHECK(a.cart[i].price == b.cart[i].price);
  }
  CHECK(a.said.size() == b.said.size());
  CHECK(a.identifiers.size() == b.identifiers.size());
  CHECK(a.held_choice.whose == b.held_choice.whose);
  CHECK(a.held_choice.visit == b.held_choice.visit);
  CHECK(a.held_choice.holds_for == b.held_choice.holds_for);
  REQUIRE(a.wishes.size() == b.wishes.size());
  for (size_t i = 0; i < a.wishes.size(); ++i) {
    CHECK(a.wishes[i].what == b.wishes[i].what);
    CHECK(a.wishes[i].product == b.wishes[i].product);
    CHECK(a.wishes[i].until == b.wishes[i].until);
  }
  REQUIRE(a.complained.size() == b.complained.size());
  for (size_t i = 0; i < a.complained.size(); ++i) {
    CHECK(a.complained[i].product == b.complained[i].product);
    CHECK(a.complained[i].at == b.complained[i].at);
  }
  CHECK(a.pause.from == b.pause.from);
  CHECK(a.pause.until == b.pause.until);
  CHECK(a.pause.at == b.pause.at);
  REQUIRE(a.frequencies.size() == b.frequencies.size());
  for (size_t i = 0; i < a.frequencies.size(); ++i) {
    CHECK(a.frequencies[i].channel == b.frequencies[i].channel);
    CHECK(a.frequencies[i].times == b.frequencies[i].times);
    CHECK(a.frequencies[i].per == b.frequencies[i].per);
    CHECK(a.frequencies[i].at == b.frequencies[i].at);
  }
  REQUIRE(a.past_consents.size() == b.past_consents.size());
  for (size_t i = 0; i < a.past_consents.size(); ++i)
    CHECK(a.past_consents[i].text_hash == b.past_consents[i].text_hash);
}

}  // namespace

TEST_CASE("What is stored of a person comes back the same") {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    const PersonState state = random_state(seed);
    const std::string stored = encode(state);
    const auto back = decode_person(stored);
    REQUIRE(back.has_value());
    check_same(state, *back);
    CHECK(encode(*back) == stored);
  }
}

TEST_CASE("A stored person that was cut anywhere, or is longer than it should be, is refused") {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const std::string stored = encode(random_state(seed));
    for (size_t cut = 0; cut < stored.size(); ++cut) {
      CAPTURE(cut);
      CHECK_FALSE(decode_person(std::string_view(stored).substr(0, cut)).has_value());
    }
    CHECK_FALSE(decode_person(stored + '\0').has_value());
  }
}

TEST_CASE("A person stored by a newer version is not guessed at") {
  std::string stored = encode(random_state(1));
  for (const char version : {'\0', '\6', '\xff'}) {
    stored[0] = version;
    const auto read = decode_person(stored);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == ground::ErrorCode::unsupported);
  }
}

TEST_CASE("No damage to a stored person brings the reader down") {
  SeededDice dice(11);
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    const std::string stored = encode(random_state(seed));
    for (int i = 0; i < 100; ++i) {
      std::string damaged = stored;
      damaged[below(dice, damaged.size())] = static_cast<char>(below(dice, 256));
      const auto read = decode_person(damaged);
      if (read) CHECK(decode_person(encode(*read)).has_value());
    }
  }
}

}  // namespace aizuchi::remember
