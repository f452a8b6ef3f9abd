// Threads in a person's state: against an oracle that keeps every event and sorts them.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "ground/base/dice.h"
#include "remember/ledger/unite.h"

namespace aizuchi::remember {

using ground::Duration;
using ground::Provenance;
using ground::ProvenanceId;
using ground::SeededDice;
using ground::ThreadKind;
using ground::ThreadState;

namespace {

constexpr Instant start{1'775'000'000'000};

uint64_t below(SeededDice& dice, uint64_t bound) {
  return dice.next_u64() % bound;
}

Thread told(ThreadKind kind, std::string key, ThreadState state, Instant at) {
  return {.kind = kind,
          .state = state,
          .key = std::move(key),
          .opened_at = at,
          .changed_at = at,
          .told_at = at,
          .expires_at = at + Duration::days(365)};
}

std::vector<Thread> random_events(SeededDice& dice) {
  std::vector<Thread> out;
  for (uint64_t n = 1 + below(dice, 30); n > 0; --n) {
    out.push_back(told(static_cast<ThreadKind>(below(dice, 4)), std::to_string(below(dice, 4)),
                       static_cast<ThreadState>(below(dice, 3)),
                       start + Duration::minutes(static_cast<int64_t>(below(dice, 12)))));
    if (below(dice, 2) == 0) out.back().topic = "t" + std::to_string(out.back().changed_at.ms);
  }
  return out;
}

struct Stands {
  ThreadState state;
  int64_t opened, changed;
  std::string topic;
  bool operator==(const Stands&) const = default;
};
using All = std::map<std::pair<ThreadKind, std::string>, Stands>;

All stands(const PersonState& person) {
  All out;
  for (const Thread& t : person.threads)
    out[{t.kind, t.key}] = {t.state, t.opened_at.ms, t.changed_at.ms, t.topic};
  return out;
}

// What the story of all events is, told in the order in which they happened.
All oracle(std::vector<Thread> events) {
  std::ranges::sort(events, {}, [](const Thread& t) { return std::pair(t.changed_at, t.state); });
  All out;
  for (const Thread& t : events) {
    const auto [at, fresh] =
        out.try_emplace({t.kind, t.key}, t.state, t.changed_at.ms, t.changed_at.ms, t.topic);
    at->second.state = t.state;
    at->second.changed = t.changed_at.ms;
    if (!t.topic.empty()) at->second.topic = t.topic;
  }
  return out;
}

PersonState with(const std::vector<Thread>& events) {
  PersonState out;
  for (const Thread& t : events) out.keep(t);
  return out;
}

struct Table final : ProvenanceLookup {
  Provenance one;
  const Provenance& provenance(ProvenanceId) const override { return one; }
};

}  // namespace

TEST_CASE("[P7] A thread stands where its newest event says, in whatever order events come") {
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    CAPTURE(seed);
    SeededDice dice(seed);
    std::vector<Thread> events = random_events(dice);
    const All expected = oracle(events);
    for (int again = 0; again < 4; ++again) {
      CHECK(stands(with(events)) == expected);
      for (size_t i = events.size(); i > 1; --i) std::swap(events[i - 1], events[below(dice, i)]);
    }
  }
}

TEST_CASE("[P7] The same event told twice changes nothing") {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    SeededDice dice(seed);
    const std::vector<Thread> events = random_events(dice);
    PersonState person = with(events);
    const All once = stands(person);
    for (const Thread& t : events) person.keep(t);
    CHECK(stands(person) == once);
  }
}

TEST_CASE("A resolved thread that is opened again is open, and is what it is now said to be") {
  Thread first = told(ThreadKind::inquiry, "7", ThreadState::open, start);
  first.complaint = true;
  PersonState person = with(
      {first, told(ThreadKind::inquiry, "7", ThreadState::resolved, start + Duration::hours(1))});
  CHECK(person.threads.at(0).state == ThreadState::resolved);
  person.keep(told(ThreadKind::inquiry, "7", ThreadState::open, start + Duration::hours(2)));
  REQUIRE(person.threads.size() == 1);
  CHECK(person.threads[0].state == ThreadState::open);
  CHECK_FALSE(person.threads[0].complaint);
  CHECK(person.threads[0].opened_at == start);
}

TEST_CASE("A promise is overdue after its moment, until it is answered or resolved") {
  Thread promise = told(ThreadKind::promise, "q", ThreadState::open, start);
  promise.due = start + Duration::hours(1);
  CHECK_FALSE(promise.overdue(promise.due));
  CHECK(promise.overdue(promise.due + Duration{1}));
  promise.state = ThreadState::answered;
  CHECK_FALSE(promise.overdue(promise.due + Duration{1}));
  Thread inquiry = told(ThreadKind::inquiry, "q", ThreadState::open, start);
  CHECK_FALSE(inquiry.overdue(start + Duration::days(99)));
}

TEST_CASE("Of too many threads the one that was resolved the longest ago goes, a promise last") {
  PersonState person;
  person.keep(told(ThreadKind::promise, "p", ThreadState::open, start));
  person.keep(told(ThreadKind::inquiry, "old", ThreadState::resolved, start));
  person.keep(told(ThreadKind::inquiry, "new", ThreadState::resolved, start + Duration::days(1)));
  for (int i = 0; i < 200; ++i) {
    person.keep(told(ThreadKind::inquiry, "o" + std::to_string(i), ThreadState::open,
                     start + Duration::days(2 + i)));
    CHECK(person.threads.size() <= PersonState::threads_max);
    const All all = stands(person);
    CHECK(all.contains({ThreadKind::promise, "p"}));
    CHECK(all.contains({ThreadKind::inquiry, "old"}) == (i <= 28));
    CHECK(all.contains({ThreadKind::inquiry, "new"}) == (i <= 29));
  }
}

TEST_CASE("Threads are stored and come back, and a state from before there were any is read") {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    SeededDice dice(seed);
    PersonState person = with(random_events(dice));
    Thread& one = person.threads.front();
    one.due = start;
    one.complaint = one.heard = true;
    one.product = "p-1";
    one.owner = "窓口";
    one.provenance = {7};
    one.evidence = 99;
    const std::string stored = encode(person);
    const auto back = decode_person(stored);
    REQUIRE(back.has_value());
    CHECK(stands(*back) == stands(person));
    CHECK(encode(*back) == stored);
    CHECK(back->threads.front().due == start);
    CHECK(back->threads.front().owner == "窓口");
    CHECK(back->threads.front().complaint);
  }
  std::string before = encode(PersonState{});
  before.resize(before.size() - 5);  // all that was appended since, each a byte that says none
  before[0] = 4;
  const auto read = decode_person(before);
  REQUIRE(read.has_value());
  CHECK(read->threads.empty());
}

TEST_CASE("[P11] A device's threads become its person's, one with those that are the same") {
  PersonState person = with({told(ThreadKind::inquiry, "7", ThreadState::open, start)});
  PersonState device =
      with({told(ThreadKind::inquiry, "7", ThreadState::resolved, start + Duration::hours(1)),
            told(ThreadKind::cart, "", ThreadState::open, start)});
  device.threads[1].provenance = {3};
  device.threads[1].evidence = 5;
  Table table;
  unite(person, device,
        {.provenances = table,
         .provenance = [](ProvenanceId id) { return ProvenanceId{uint16_t(id.index + 100)}; },
         .evidence = [](uint64_t sequence) { return sequence + 1000; },
         .now = start});
  REQUIRE(person.threads.size() == 2);
  CHECK(person.threads[0].state == ThreadState::resolved);
  CHECK(person.threads[1].provenance == ProvenanceId{103});
  CHECK(person.threads[1].evidence == 1005);
}

}  // namespace aizuchi::remember
