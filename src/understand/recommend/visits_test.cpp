#include "understand/recommend/visits.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "ground/base/hash.h"

namespace aizuchi::understand {
namespace {

using ground::Duration;
using ground::Instant;
using ground::PersonId;

PersonId who(uint64_t n) {
  PersonId out;
  for (size_t i = 0; i < 8; ++i) out.raw[i] = static_cast<uint8_t>(n >> (8 * i));
  return out;
}

constexpr Instant noon{1'800'000'000'000};
Instant at(int64_t minutes) {
  return noon + Duration::minutes(minutes);
}

bool suggests(const std::vector<Suggested>& all, uint64_t product) {
  return std::ranges::find(all, product, &Suggested::product) != all.end();
}

// Ten people who went from 1 on to 2, one after the other.
void fill(Visits& visits) {
  for (uint64_t n = 0; n < 10; ++n) {
    visits.seen(who(n), {1, at(static_cast<int64_t>(n))});
    visits.seen(who(n), {2, at(static_cast<int64_t>(n) + 1)});
  }
}

std::vector<Suggested> after(const Visits& visits, uint64_t product, uint64_t self = 99) {
  const Visits::View view{product, at(20)};
  return visits.next({&view, 1}, at(20), who(self));
}

TEST_CASE("A view is in the very next answer, and says what was on screen") {
  Visits visits;
  fill(visits);
  const auto first = after(visits, 1);
  REQUIRE(first.size() == 1);
  CHECK(first.front().product == 2);
  CHECK(first.front().because == 1);
  CHECK(first.front().strength == 1);
  CHECK(first.front().path == Path::visit);
  for (uint64_t n = 20; n < 23; ++n) {
    CHECK_FALSE(suggests(after(visits, 1), 3));  // fewer than three visits have it
    visits.seen(who(n), {1, at(20)});
    visits.seen(who(n), {3, at(21)});
  }
  CHECK(suggests(after(visits, 1), 3));
}

TEST_CASE("[P1] Who was forgotten is in no answer from then on") {
  Visits visits;
  fill(visits);
  for (uint64_t n = 0; n < 8; ++n) visits.forget(who(n));
  CHECK(visits.people() == 2);
  CHECK(visits.visits() == 2);
  CHECK(after(visits, 1).empty());
  visits.forget(who(50));  // nobody
  CHECK(visits.people() == 2);
}

TEST_CASE("A pause of half an hour ends a visit, for who asks and for who is learned from") {
  Visits visits;
  fill(visits);
  for (uint64_t n = 0; n < 10; ++n) visits.seen(who(n), {7, at(60)});
  CHECK(visits.visits() == 20);
  CHECK_FALSE(suggests(after(visits, 1), 7));
  const Visits::View view{1, at(20)};
  CHECK(visits.next({&view, 1}, at(50), who(99)).size() == 1);
  CHECK(visits.next({&view, 1}, at(51), who(99)).empty());
  CHECK(visits.next({}, at(20), who(99)).empty());
  const Visits::View unknown{1234, at(20)};
  CHECK(visits.next({&unknown, 1}, at(20), who(99)).empty());
}

TEST_CASE("Nobody is told what they did themselves") {
  Visits visits;
  fill(visits);
  for (int64_t day = 1; day <= 5; ++day) {
    visits.seen(who(0), {1, at(day * 1440)});
    visits.seen(who(0), {8, at(day * 1440 + 1)});
  }
  const auto ask = [&](uint64_t self) {
    const Visits::View view{1, at(8000)};
    return visits.next({&view, 1}, at(8000), who(self));
  };
  CHECK(suggests(ask(99), 8));
  CHECK_FALSE(suggests(ask(0), 8));
  CHECK(suggests(ask(0), 2));  // … by the others
}

TEST_CASE("The oldest visits go first, and whose they were with them") {
  Visits visits(16);
  for (uint64_t n = 0; n < 9000; ++n) {
    visits.seen(who(n), {n % 5, at(static_cast<int64_t>(n))});
    visits.seen(who(n), {5 + n % 3, at(static_cast<int64_t>(n))});
    CHECK(visits.people() <= 16);
  }
  CHECK(visits.visits() == 16);
  const size_t bytes = visits.bytes();
  for (uint64_t n = 9000; n < 30'000; ++n)
    visits.seen(who(n), {n % 8, at(static_cast<int64_t>(n))});
  CHECK(visits.bytes() <= bytes * 5 / 4);
}

// What any order of views, forgetting and learning anew leaves is what is left of each person.
TEST_CASE("As it goes on it is what it would be if it were made of everything at once") {
  Visits going_on;
  std::vector<Visits::Viewed> people(40);
  for (uint64_t n = 0; n < 40; ++n) people[n].person = who(n);
  for (uint64_t step = 0; step < 600; ++step) {
    const uint64_t n = ground::mix64(step) % 40;
    const ground::ItemKey product = ground::mix64(step + 1000) % 12;
    const Instant now = at(static_cast<int64_t>(step));
    auto& views = people[n].views;
    std::erase_if(views, [&](const auto& view) { return view.first == product; });
    views.insert(views.begin(), {product, now});
    going_on.learn(who(n), views);
    if (step % 50 == 49) going_on.forget(who(n)), views.clear();
  }
  const Visits at_once(people);
  CHECK(going_on.people() == at_once.people());
  CHECK(going_on.visits() == at_once.visits());
  for (uint64_t product = 0; product < 12; ++product) {
    const Visits::View view{product, at(600)};
    const auto a = going_on.next({&view, 1}, at(600), who(99));
    const auto b = at_once.next({&view, 1}, at(600), who(99));
    REQUIRE(a.size() == b.size());
    for (size_t i = 0; i < a.size(); ++i) {
      CHECK(suggests(b, a[i].product));
      CHECK(a[i].strength == doctest::Approx(b[i].strength));
    }
  }
}

}  // namespace
}  // namespace aizuchi::understand
