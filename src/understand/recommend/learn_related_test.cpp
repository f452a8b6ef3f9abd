#include "understand/recommend/learn_related.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "ground/base/hash.h"
#include "understand/recommend/links.h"

namespace aizuchi::understand {
namespace {

constexpr uint64_t all_shelves = 7;
constexpr ground::ItemKey next_shelf = 11, usual_shelf = 12, closed_shelf = 13;

// 200 people in visits that go round 40 products, always on to the next;
// whoever begins a visit begins it anywhere.
Views round_and_round() {
  Views out;
  for (uint64_t i = 0; i < 40; ++i) out.products.push_back(1000 + i);
  for (uint32_t who = 0; who < 200; ++who, ++out.people) {
    const auto from = static_cast<uint32_t>(ground::mix64(who) % 40);
    for (uint32_t step = 0; step < 6; ++step)
      out.pairs.push_back({who, (from + step) % 40, 1e6 + 1000.0 * who + 60.0 * step});
    out.may.push_back(who < 3 ? all_shelves : 3);
  }
  out.shelves = {{.slot = next_shelf, .by_visit = true, .by_links = true},
                 {.slot = usual_shelf, .by_links = true},
                 {.slot = closed_shelf, .by_visit = true, .by_links = true}};
  return out;
}

double ndcg(const ShelfChoice& shelf, std::string_view way) {
  const auto found = std::ranges::find(shelf.tried, way, &Reached::model);
  REQUIRE(found != shelf.tried.end());
  return found->ndcg20;
}

TEST_CASE("Each shelf is answered by what ranked best of what it could have asked") {
  const Related made = learn_related(round_and_round(), 5, [](double) {});
  REQUIRE(made.shelves.size() == 3);
  const ShelfChoice& next = made.shelves[0];
  CHECK(next.slot == next_shelf);
  CHECK(next.people == 200);
  CHECK(next.tried.size() == 4);
  for (const Reached& one : next.tried) CHECK(ndcg(next, to_string(next.way)) >= one.ndcg20);
  CHECK(ndcg(next, "visit") > ndcg(next, "popular"));
  CHECK(ndcg(next, "links") > ndcg(next, "popular"));
  CHECK(next.way != Way::nothing);
  const ShelfChoice& usual = made.shelves[1];
  CHECK(usual.tried.size() == 2);
  CHECK(usual.way == Way::links);
  CHECK(made.way_of(usual_shelf) == Way::links);
  CHECK(made.way_of(99) == Way::visit_then_links);
}

TEST_CASE("[P1] A shelf is tried on those only whose views its purpose may use") {
  const Related made = learn_related(round_and_round(), 5, [](double) {});
  REQUIRE(made.shelves.size() == 3);
  CHECK(made.shelves[2].tried.empty());  // three people are too few
  CHECK(made.shelves[2].people == 0);
  CHECK(made.shelves[2].way == Way::visit_then_links);
}

TEST_CASE(
    "Every kind of model is tried, each as links that can name what led "
    "to another") {
  const Related made = learn_related(round_and_round(), 30, [](double) {});
  const auto tried = [&](std::string_view word) {
    return std::ranges::any_of(made.tried,
                               [&](const Reached& r) { return r.model.contains(word); });
  };
  CHECK(tried("walk"));
  CHECK(tried("ease"));
  CHECK(tried("popular"));
  CHECK(tried("as links"));
  CHECK(tried("blend"));
  const ground::ItemKey viewed = 1007;
  const auto after = made.after({&viewed, 1});
  REQUIRE_FALSE(after.empty());
  for (const Suggested& one : after) CHECK(one.because == viewed);
}

TEST_CASE("How shelves are answered is kept and read back") {
  const Related made = learn_related(round_and_round(), 1, [](double) {});
  const std::string bytes = encode(made);
  const auto read = decode_related(bytes);
  REQUIRE(read.has_value());
  REQUIRE(read->shelves.size() == made.shelves.size());
  for (size_t i = 0; i < made.shelves.size(); ++i) {
    CHECK(read->shelves[i].slot == made.shelves[i].slot);
    CHECK(read->shelves[i].way == made.shelves[i].way);
    CHECK(read->shelves[i].people == made.shelves[i].people);
    CHECK(read->shelves[i].tried.size() == made.shelves[i].tried.size());
  }
  for (size_t cut = 0; cut < bytes.size(); cut += 13)
    CHECK_FALSE(decode_related(bytes.substr(0, cut)).has_value());
}

TEST_CASE("A blend of links lies between the two, each scaled alike") {
  Links strong("strong", 3), weak("weak", 3);
  for (uint32_t i = 0; i < 3; ++i) {
    strong.add_row(std::vector<Link>{{.item = (i + 1) % 3, .weight = 100}}, 9);
    weak.add_row(std::vector<Link>{{.item = (i + 2) % 3, .weight = 0.01F}}, 9);
  }
  const auto both = blended(strong, weak, 0.7);
  for (uint32_t i = 0; i < 3; ++i) {
    REQUIRE(both->of(i).size() == 2);
    for (const Link& link : both->of(i))
      CHECK(link.weight == doctest::Approx(link.item == (i + 1) % 3 ? 0.7 : 0.3));
  }
}

}  // namespace
}  // namespace aizuchi::understand
