#include "understand/recommend/sessions.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "ground/base/hash.h"

namespace aizuchi::understand {
namespace {

using Item = SessionIndex::Item;
using Visits = std::vector<std::vector<Item>>;

SessionIndex index_of(const Visits& visits, SessionSettings settings = {}) {
  SessionIndex index(settings);
  int64_t at = 0;
  for (const auto& items : visits) {
    const auto visit = index.begin();
    for (const Item item : items) index.seen(visit, item, at++);
  }
  return index;
}

std::vector<Item> offered(const SessionIndex& index, std::vector<Item> seen, size_t wanted = 20) {
  std::vector<SessionIndex::Next> next;
  index.next(seen, wanted, next);
  std::vector<Item> out;
  for (const auto& one : next) out.push_back(one.item);
  return out;
}

// The formula of docs/learning.md as it is written there: every visit, every pair, no tables.
std::map<Item, double> plain_scores(const Visits& visits, const std::vector<Item>& seen) {
  const std::vector<Item> last(seen.end() - std::min<ptrdiff_t>(4, std::ssize(seen)), seen.end());
  std::map<Item, double> out;
  for (const auto& visit : visits) {
    double similarity = 0;
    for (size_t place = 0; place < last.size(); ++place)
      if (std::ranges::count(visit, last[last.size() - 1 - place]) > 0)
        similarity += double(last.size() - place) / double(last.size());
    for (size_t i = 0; i < visit.size(); ++i)
      for (size_t place = 0; place < last.size(); ++place)
        for (size_t j = 0; j < visit.size(); ++j) {
          if (visit[j] != last[last.size() - 1 - place] || visit[i] == last.back()) continue;
          const double step = double(i) - double(j);
          out[visit[i]] += similarity * (1 - 0.1 * double(place)) * (step < 0 ? 0.8 : 1) *
                           (std::exp(-1.5 * std::abs(step)) + 0.05);
        }
  }
  for (auto& [item, score] : out) {
    const auto with = std::ranges::count_if(
        visits, [&](const auto& visit) { return std::ranges::count(visit, item) > 0; });
    score *= 1 + std::log(double(visits.size()) / double(with));
  }
  return out;
}

Visits made_visits(uint64_t seed, size_t count, Item items) {
  Visits out;
  for (size_t i = 0; i < count; ++i) {
    std::vector<Item> visit;
    const size_t length = 1 + ground::mix64(seed * 7919 + i) % 6;
    for (size_t j = 0; visit.size() < length; ++j) {
      const auto item = Item(ground::mix64(seed * 104729 + i * 64 + j) % items);
      if (std::ranges::count(visit, item) == 0) visit.push_back(item);
    }
    out.push_back(visit);
  }
  return out;
}

TEST_CASE("what others saw after this item is offered first, with the item that led to it") {
  const SessionIndex index = index_of({{1, 2, 9}, {1, 2}, {1, 2, 3}, {4, 5}});
  std::vector<SessionIndex::Next> next;
  index.next(std::vector<Item>{7, 1}, 20, next);
  REQUIRE(next.size() == 3);
  CHECK(next[0].item == 2);
  CHECK(next[0].because == 1);
}

TEST_CASE("every score is the one of the formula written out, on 200 small worlds") {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const Visits visits = made_visits(seed, 40, 12);
    const SessionIndex index = index_of(visits);
    const Visits asks = made_visits(seed + 1000, 3, 14);
    for (const auto& seen : asks) {
      const auto expected = plain_scores(visits, seen);
      std::vector<SessionIndex::Next> next;
      index.next(seen, 100, next);
      REQUIRE(next.size() == expected.size());
      for (size_t i = 0; i < next.size(); ++i) {
        CHECK(next[i].score == doctest::Approx(expected.at(next[i].item)).epsilon(1e-12));
        if (i > 0) CHECK(next[i - 1].score >= next[i].score);
      }
    }
  }
}

TEST_CASE("an item seen now is in the next answer") {
  SessionIndex index = index_of({{1, 2}});
  CHECK(offered(index, {1}) == std::vector<Item>{2});
  const auto visit = index.begin();
  index.seen(visit, 1, 100);
  index.seen(visit, 3, 101);
  CHECK(offered(index, {1}).size() == 2);
}

TEST_CASE("only the item on screen is left out: an earlier one may come again") {
  const SessionIndex index = index_of({{1, 2}, {2, 1}});
  CHECK(offered(index, {1, 2}) == std::vector<Item>{1});
}

TEST_CASE("a forgotten visit speaks in no answer, and can be forgotten again") {
  SessionIndex index = index_of({{1, 2}, {1, 3}});
  index.forget(0);
  CHECK(offered(index, {1}) == std::vector<Item>{3});
  CHECK(index.visits() == 1);
  CHECK(index.visits_with(2) == 0);
  index.forget(0);
  index.forget(77);
  CHECK(index.visits() == 1);
}

TEST_CASE("nothing is known of an item nobody saw, and nothing is asked of nothing") {
  const SessionIndex index = index_of({{1, 2}});
  CHECK(offered(index, {99}).empty());
  CHECK(offered(index, {}).empty());
  CHECK(offered(index, {1}, 0).empty());
  CHECK(offered(SessionIndex(), {1}).empty());
}

TEST_CASE("the oldest visit leaves a full index, and memory stays where it is") {
  SessionIndex index({.visits_max = 100, .recent = 10});
  size_t bytes_before = 0;
  for (int round = 0; round < 40; ++round) {
    for (Item i = 0; i < 100; ++i) {
      const auto visit = index.begin();
      index.seen(visit, i % 5, round * 100 + i);
      index.seen(visit, 5 + Item(round) % 3, round * 100 + i);
    }
    if (round == 5) bytes_before = index.bytes();
  }
  CHECK(index.visits() == 100);
  CHECK(index.bytes() <= bytes_before + bytes_before / 5);
  CHECK(offered(index, {0}) == std::vector<Item>{5});  // what the older rounds saw is gone
}

TEST_CASE(
    "of the visits with an item only the newest are asked, also after older ones were seen again") {
  SessionIndex index({.recent = 2});
  for (Item item : {10, 11, 12, 13, 14, 15}) {
    const auto visit = index.begin();
    index.seen(visit, 1, item);
    index.seen(visit, item, item);
  }
  auto now = offered(index, {1});
  std::ranges::sort(now);
  CHECK(now == std::vector<Item>{14, 15});
}

TEST_CASE("a visit keeps a bounded number of items") {
  SessionIndex index;
  const auto visit = index.begin();
  for (Item item = 0; item < 1000; ++item) index.seen(visit, item, item);
  CHECK(offered(index, {0}, 2000).size() == SessionIndex::visit_items_max - 1);
}

}  // namespace
}  // namespace aizuchi::understand
