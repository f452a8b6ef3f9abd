#include "understand/audience/members.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "ground/base/dice.h"
#include "understand/audience/compound.h"

using namespace aizuchi;
using namespace aizuchi::understand;
using ground::Instant;
using ground::PersonId;

namespace {

const std::vector<Column> three = {{"a", 1}, {"b", 2}, {"c", 3}};
constexpr Instant noon{1'780'000'000'000};

Look look(std::vector<bool> in, Instant next = Instant::never()) {
  return {.counted = true, .in = std::move(in), .next_change = next};
}

Compound of(size_t column) {
  return {.column = column};
}
Compound both(Compound::Op op, Compound a, Compound b) {
  return {.op = op, .parts = {std::move(a), std::move(b)}};
}

Members reborn(Members& from) {
  const auto head = Members::decode_head(from.encode_head(7));
  REQUIRE(head.has_value());
  CHECK(head->sequence == 7);
  Members out;
  out.adopt(head->columns);
  for (uint32_t page = 0; page * Members::page_people < from.places(); ++page)
    REQUIRE(out.decode_page(page, from.encode_page(page)).has_value());
  out.restored();
  return out;
}

// What Members does, with sets.
struct Twin {
  std::map<PersonId, Look> looks;
  std::set<PersonId> pending;

  uint64_t count(const std::function<bool(const Look&)>& holds) const {
    uint64_t n = 0;
    for (const auto& [id, l] : looks) n += l.counted && holds(l) ? 1 : 0;
    return n;
  }
};

void compare(Members& members, const Twin& twin) {
  using Op = Compound::Op;
  CHECK(count(members, of(0)).people == twin.count([](const Look& l) { return l.in[0]; }));
  CHECK(count(members, both(Op::all, of(0), of(1))).people ==
        twin.count([](const Look& l) { return l.in[0] && l.in[1]; }));
  CHECK(count(members, both(Op::any, of(0), both(Op::minus, of(2), of(1)))).people ==
        twin.count([](const Look& l) { return l.in[0] || (l.in[2] && !l.in[1]); }));
  CHECK(count(members, {.op = Op::none_of, .parts = {of(1)}}).people ==
        twin.count([](const Look& l) { return !l.in[1]; }));
  CHECK(members.pending() == twin.pending.size());
  CHECK(members.people() == twin.looks.size());
}

}  // namespace

TEST_CASE("Counts, pending people and pages agree with sets, whatever happens in whatever order") {
  ground::SeededDice dice{11};
  Members members;
  members.adopt(three);
  Twin twin;
  std::vector<PersonId> known;
  Instant now = noon;
  for (int step = 0; step < 6'000; ++step) {
    const uint64_t what = dice.next_u64() % 100;
    PersonId id{dice.next_128()};
    if (!known.empty() && what < 80) id = known[dice.next_u64() % known.size()];
    if (what < 70 || what >= 80) {
      if (!twin.looks.contains(id)) known.push_back(id);
      const uint64_t bits = dice.next_u64();
      const bool clock_matters = (bits >> 8) % 4 == 0;
      Look l = look(
          {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0},
          clock_matters ? now + ground::Duration::seconds(bits >> 16 & 1023) : Instant::never());
      l.counted = (bits & 56) != 0;
      members.put(members.number_of(id), l);
      twin.looks[id] = l;
      twin.pending.erase(id);
    } else if (what < 76) {
      if (!twin.looks.contains(id)) continue;
      members.mark(*members.find(id));
      twin.pending.insert(id);
    } else if (what < 78) {
      if (!twin.looks.contains(id)) continue;
      members.forget(*members.find(id));
      twin.looks.erase(id);
      twin.pending.erase(id);
      CHECK_FALSE(members.find(id).has_value());
    } else {
      now = now + ground::Duration::seconds(40);
      members.mark_due(now);
      for (auto& [each, l] : twin.looks)
        if (l.next_change <= now) twin.pending.insert(each), l.next_change = Instant::never();
    }
    if (step % 500 == 0) {
      compare(members, twin);
      members = reborn(members);
      compare(members, twin);
    }
  }
  while (const auto number = members.next_pending()) {
    CHECK(twin.pending.erase(members.person(*number)) == 1);
    members.put(*number, twin.looks[members.person(*number)]);
  }
  CHECK(twin.pending.empty());
  compare(members, twin);
}

TEST_CASE("A number that was given back goes to someone else, without the bits of the first") {
  ground::SeededDice dice{3};
  Members members;
  members.adopt(three);
  const PersonId first{dice.next_128()}, second{dice.next_128()};
  const uint32_t number = members.number_of(first);
  members.put(number, look({true, true, true}, noon));
  members.forget(number);
  CHECK(members.number_of(second) == number);
  for (size_t column = 0; column < 3; ++column) CHECK_FALSE(members.in(column, number));
  members.mark_due(noon);
  CHECK(members.pending() == 0);  // the first one's next change is nobody's
  CHECK(members.encode_page(0).find(first.bytes()) == std::string::npos);
}

TEST_CASE("An audience whose rule did not change keeps its people, a new one is not filled") {
  ground::SeededDice dice{5};
  Members members;
  members.adopt(three);
  const uint32_t number = members.number_of(PersonId{dice.next_128()});
  members.put(number, look({true, false, true}));
  members.fill_done();
  members.adopt({{"renamed", 3}, {"new", 9}});
  CHECK(members.columns()[0].filled);
  CHECK(members.in(0, number));
  CHECK_FALSE(members.columns()[1].filled);
  CHECK_FALSE(members.in(1, number));
  Members again = reborn(members);
  CHECK(again.columns()[0].filled);
  CHECK_FALSE(again.columns()[1].filled);
}

TEST_CASE("A small audience, and a small part of a large one, are not shown as a number") {
  ground::SeededDice dice{9};
  Members members;
  members.adopt(three);
  for (int i = 0; i < 100; ++i)  // a: 100, b: 97, c: 19
    members.put(members.number_of(PersonId{dice.next_128()}), look({true, i >= 3, i < 19}));
  CHECK(count(members, of(0)).may_be_shown());
  CHECK(count(members, of(1)).may_be_shown());
  CHECK_FALSE(count(members, of(2)).may_be_shown());
  // 97, but 100 - 97 would tell of three.
  const Count together = count(members, both(Compound::Op::all, of(0), of(1)));
  CHECK(together.people == 97);
  CHECK_FALSE(together.may_be_shown());
  CHECK_FALSE(count(members, {.op = Compound::Op::none_of, .parts = {of(2)}}).may_be_shown());
}

TEST_CASE("Pages that are torn, of a newer format or of the wrong place are refused by name") {
  ground::SeededDice dice{13};
  Members members;
  members.adopt(three);
  for (int i = 0; i < 70; ++i)
    members.put(members.number_of(PersonId{dice.next_128()}), look({i % 2 == 0, true, false}));
  CHECK(members.take_changed_pages() == std::vector<uint32_t>{0});
  CHECK(members.take_changed_pages().empty());
  const std::string page = members.encode_page(0);
  for (size_t cut = 1; cut < page.size(); cut += 7) {
    Members other;
    other.adopt(three);
    CHECK_FALSE(other.decode_page(0, page.substr(0, cut)).has_value());
  }
  Members other;
  other.adopt(three);
  std::string newer = page;
  newer[0] = 2;
  CHECK(other.decode_page(0, newer).error().code == ground::ErrorCode::unsupported);
  CHECK(other.decode_page(0, page).has_value());
  CHECK(other.decode_page(1, page).error().code == ground::ErrorCode::corrupted);  // people twice
  CHECK(Members::decode_head("\x02").error().code == ground::ErrorCode::unsupported);
  CHECK_FALSE(Members::decode_head(std::string("\x01\x05", 2)).has_value());
}
