#include "understand/recommend/shelf.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "ground/base/hash.h"
#include "understand/recommend/ease.h"

namespace aizuchi::understand {
namespace {

using Matrix = std::vector<std::vector<double>>;

// People like one of three shelves, some of it and a little of anything.
Pairs made_pairs(uint64_t seed, uint32_t people, uint32_t items) {
  std::vector<Pair> out;
  for (uint32_t u = 0; u < people; ++u) {
    const uint64_t shelf = ground::mix64(seed + u) % 3;
    for (uint32_t i = 0; i < items; ++i) {
      const uint64_t dice = ground::mix64(seed * 31 + u * 1000003ULL + i) % 100;
      if (dice < (i % 3 == shelf ? 40U : 5U)) out.push_back({.person = u, .item = i});
    }
  }
  return {std::move(out), people, items};
}

Matrix dense(const Pairs& pairs) {
  Matrix x(pairs.people(), std::vector<double>(pairs.items()));
  for (uint32_t u = 0; u < pairs.people(); ++u)
    for (const uint32_t i : pairs.items_of(u)) x[u][i] = 1;
  return x;
}

// Gauss–Jordan, as in a schoolbook.
Matrix inverse(Matrix a) {
  const size_t n = a.size();
  Matrix out(n, std::vector<double>(n));
  for (size_t i = 0; i < n; ++i) out[i][i] = 1;
  for (size_t i = 0; i < n; ++i) {
    const double pivot = a[i][i];
    for (size_t j = 0; j < n; ++j) a[i][j] /= pivot, out[i][j] /= pivot;
    for (size_t k = 0; k < n; ++k) {
      if (k == i) continue;
      const double factor = a[k][i];
      for (size_t j = 0; j < n; ++j) a[k][j] -= factor * a[i][j], out[k][j] -= factor * out[i][j];
    }
  }
  return out;
}

// XᵀWX, a person of n items counting n^−alpha over the mean of it over all pairs.
Matrix plain_gram(const Pairs& pairs, double alpha) {
  const Matrix x = dense(pairs);
  const size_t n = pairs.items();
  double worth = 0;
  for (uint32_t u = 0; u < pairs.people(); ++u)
    for (size_t i = 0; i < pairs.items_of(u).size(); ++i)
      worth += std::pow(pairs.items_of(u).size(), -alpha) / double(pairs.size());
  Matrix gram(n, std::vector<double>(n));
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j)
      for (uint32_t u = 0; u < pairs.people(); ++u)
        gram[i][j] += x[u][i] * x[u][j] * std::pow(pairs.items_of(u).size(), -alpha) / worth;
  return gram;
}

// EASE as the paper writes it.
Matrix plain_ease(const Pairs& pairs, double lambda, double alpha = 0) {
  const size_t n = pairs.items();
  Matrix gram = plain_gram(pairs, alpha);
  for (size_t i = 0; i < n; ++i) gram[i][i] += lambda;
  const Matrix p = inverse(gram);
  Matrix b(n, std::vector<double>(n));
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) b[i][j] = i == j ? 0 : -p[i][j] / p[j][j];
  return b;
}

Matrix as_matrix(const Links& links) {
  Matrix out(links.items(), std::vector<double>(links.items()));
  for (uint32_t i = 0; i < links.items(); ++i)
    for (const Link& link : links.of(i)) out[i][link.item] = link.weight;
  return out;
}

double largest_difference(const Matrix& a, const Matrix& b) {
  double out = 0;
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t j = 0; j < a[i].size(); ++j) out = std::max(out, std::abs(a[i][j] - b[i][j]));
  return out;
}

std::vector<float> scores_of(const Model& model, const std::vector<uint32_t>& basket) {
  std::vector<float> out(model.items());
  const Basket one = basket;
  model.score({&one, 1}, out);
  return out;
}

TEST_CASE("pairs count once, with their newest time, from both sides") {
  const Pairs pairs({{1, 0, 5}, {1, 0, 9}, {0, 2, 1}, {1, 2, 3}}, 2, 3);
  CHECK(pairs.size() == 3);
  CHECK(pairs.items_of(1).size() == 2);
  CHECK(pairs.times_of(1)[0] == 9);
  CHECK(pairs.people_of(2).size() == 2);
  CHECK(pairs.people_of(1).empty());
  CHECK(pairs.timed());
  CHECK(pairs.newest() == 9);
}

TEST_CASE("EASE is the dense inverse of the paper, from the items' side and from the people's") {
  for (const auto& [people, items] : {std::pair(60U, 18U), {18U, 60U}, {30U, 30U}})
    for (const double lambda : {0.5, 20.0, 400.0}) {
      const Pairs pairs = made_pairs(people, people, items);
      for (const double alpha : {0.0, 0.5}) {
        const auto made = ease(pairs, {.lambda = lambda, .alpha = alpha}, items);
        REQUIRE(made);
        CHECK(largest_difference(as_matrix(*made), plain_ease(pairs, lambda, alpha)) < 2e-4);
      }
    }
}

TEST_CASE("Told from its nearest an item is what ridge regression says; from all it is EASE") {
  const Pairs pairs = made_pairs(7, 60, 18);
  for (const double alpha : {0.0, 0.5, 1.0}) {
    const Pairs many = made_pairs(7, 300, 18);  // any two have somebody in common
    const auto whole = ease(many, {.lambda = 20, .alpha = alpha, .nearest = 17}, 18);
    REQUIRE(whole);
    CHECK(largest_difference(as_matrix(*whole), plain_ease(many, 20, alpha)) < 2e-4);
    const Matrix gram = plain_gram(pairs, alpha);
    Matrix expected(18, std::vector<double>(18));
    for (size_t item = 0; item < 18; ++item) {
      std::vector<size_t> near;
      for (size_t j = 0; j < 18; ++j)
        if (j != item) near.push_back(j);
      std::ranges::sort(near, std::greater(),
                        [&](size_t j) { return gram[item][j] / std::sqrt(gram[j][j]); });
      near.resize(5);
      Matrix some(5, std::vector<double>(5));
      for (size_t k = 0; k < 5; ++k)
        for (size_t l = 0; l < 5; ++l) some[k][l] = gram[near[k]][near[l]] + (k == l ? 20 : 0);
      const Matrix turned = inverse(some);
      for (size_t k = 0; k < 5; ++k)
        for (size_t l = 0; l < 5; ++l)
          expected[near[k]][item] += turned[k][l] * gram[near[l]][item];
    }
    const auto made = ease(pairs, {.lambda = 20, .alpha = alpha, .nearest = 5}, 18);
    REQUIRE(made);
    CHECK(largest_difference(as_matrix(*made), expected) < 2e-4);
  }
  CHECK(ease(pairs, {.lambda = 20, .alpha = 0.5, .nearest = 5}, 18)->name() ==
        "ease lambda 20 alpha 0.5 of the 5 nearest");
  const EaseSettings both[] = {{.lambda = 5, .nearest = 5}, {.lambda = 20, .nearest = 5}};
  const auto at_once = nearest_eases(pairs, both);
  for (size_t i = 0; i < 2; ++i)
    CHECK(as_matrix(*at_once[i]) == as_matrix(*ease(pairs, both[i], 18)));
}

TEST_CASE(
    "Where neither side can be inverted, only the nearest are asked, and the choice tries it") {
  std::vector<Pair> few;
  for (uint32_t u = 0; u < 300; ++u)
    for (uint32_t i = 0; i < 6; ++i)
      few.push_back({.person = u, .item = u % 20 * 30 + (u + i) % 9});
  const Pairs wide(few, ease_side_max + 1, ease_side_max + 1);
  CHECK_FALSE(ease(wide, {}, 5));
  CHECK(ease(wide, {.nearest = 3}, 5));
  const Slice slice = hold_back(wide, 100, 1);
  const Choice choice = choose_model(slice.rest, slice.held, {.effort_s = 6});
  const auto tried = [&](std::string_view what) {
    return std::ranges::any_of(
        choice.tried, [&](const Tried& t) { return t.name.find(what) != std::string::npos; });
  };
  CHECK(tried("ease lambda 50 alpha 0.5 of the 100 nearest"));
  CHECK(tried("blend"));
}

TEST_CASE("walks are the sums of RP3beta written out, and the strongest links are kept") {
  const Pairs pairs = made_pairs(5, 40, 15);
  const WalkSettings s{.alpha = 0.7, .beta = 0.4, .gamma = 0.6, .most = 15};
  const auto made = walks(pairs, std::span(&s, 1)).front();
  const Matrix x = dense(pairs);
  Matrix expected(15, std::vector<double>(15));
  const auto count = [&](size_t i) { return double(pairs.people_of(uint32_t(i)).size()); };
  for (size_t i = 0; i < 15; ++i)
    for (size_t j = 0; j < 15; ++j) {
      if (i == j) continue;
      for (uint32_t u = 0; u < 40; ++u)
        expected[i][j] += x[u][i] * x[u][j] * std::pow(double(pairs.items_of(u).size()), -0.7);
      expected[i][j] /= std::pow(count(i), 0.6) * std::pow(count(j), 0.4);
    }
  CHECK(largest_difference(as_matrix(*made), expected) < 1e-6);
  const WalkSettings few{.alpha = 0.7, .beta = 0.4, .gamma = 0.6, .most = 4};
  const auto kept = walks(pairs, std::span(&few, 1)).front();
  for (uint32_t i = 0; i < 15; ++i) {
    REQUIRE(kept->of(i).size() == 4);
    float weakest = INFINITY;
    for (const Link& link : kept->of(i)) weakest = std::min(weakest, link.weight);
    CHECK(std::ranges::count_if(made->of(i), [&](const Link& l) { return l.weight > weakest; }) <=
          3);
  }
}

// The loss of iALS for one side's vector against fixed others.
double loss(const Factors& model, const std::vector<uint32_t>& basket, const std::vector<float>& w,
            const FactorSettings& s) {
  double sum = 0, norm = 0;
  for (uint32_t i = 0; i < model.items(); ++i) {
    double score = 0;
    for (size_t k = 0; k < w.size(); ++k) score += double{w[k]} * model.vector(i)[k];
    sum += s.unseen * score * score;
    if (std::ranges::find(basket, i) != basket.end()) sum += (score - 1) * (score - 1);
  }
  for (const float x : w) norm += double{x} * x;
  return sum + s.reg * (double(basket.size()) + s.unseen * model.items()) * norm;
}

TEST_CASE("a basket's scores are those of the vector that makes the loss of iALS least") {
  const Pairs pairs = made_pairs(9, 80, 12);
  const FactorSettings s{.dimensions = 12, .unseen = 0.2, .reg = 0.01, .epochs = 5};
  const Factors model(pairs, s);
  const std::vector<uint32_t> basket{0, 3, 7};
  const auto scores = scores_of(model, basket);
  // The vector itself, from its scores: as many items as dimensions.
  Matrix v(12, std::vector<double>(12));
  for (uint32_t i = 0; i < 12; ++i)
    for (size_t k = 0; k < 12; ++k) v[i][k] = model.vector(i)[k];
  const Matrix back = inverse(v);
  std::vector<float> w(12);
  for (size_t k = 0; k < 12; ++k)
    for (size_t i = 0; i < 12; ++i) w[k] += float(back[k][i] * scores[i]);
  const double least = loss(model, basket, w, s);
  for (size_t k = 0; k < 12; ++k)
    for (const float step : {-0.05F, 0.05F}) {
      auto other = w;
      other[k] += step;
      CHECK(loss(model, basket, other, s) > least - 1e-5);
    }
}

TEST_CASE("blocks of dimensions find as good vectors as all at once, and a seed the same ones") {
  const Pairs pairs = made_pairs(4, 300, 60);
  const Slice slice = hold_back(pairs, 300, 1);
  const FactorSettings wide{.dimensions = 96, .reg = 0.02, .epochs = 12};
  const FactorSettings narrow{.dimensions = 32, .reg = 0.02, .epochs = 12};
  const Factors a(slice.rest, wide), b(slice.rest, wide), c(slice.rest, narrow);
  CHECK(scores_of(a, {1, 4}) == scores_of(b, {1, 4}));
  CHECK(measure(a, slice.held).ndcg20 > 0.9 * measure(c, slice.held).ndcg20);
}

TEST_CASE("a ranking is measured as by hand: what was had is left out, ties by number") {
  const Pairs pairs({{0, 0}, {1, 0}, {2, 0}, {0, 1}, {1, 1}, {0, 2}}, 3, 40);
  const ModelPtr popular = make(Recipe{PopularSettings{}}, pairs);
  const std::vector<Held> held{{.person = 2, .basket = {0}, .wanted = {2}},
                               {.person = 1, .basket = {0, 1}, .wanted = {2, 39}}};
  const Measured m = measure(*popular, held);
  CHECK(m.people == 2);
  CHECK(m.hr10 == 1);
  CHECK(m.recall20 == doctest::Approx((1 + 0.5) / 2));
  const double second = 1 / std::log2(3.0);
  CHECK(m.ndcg20 == doctest::Approx((second + 1 / (1 + second)) / 2));
}

TEST_CASE("of popularity with decay a pair counts half after its half-life") {
  const Pairs pairs({{0, 0, 0}, {1, 0, 0}, {2, 1, 864000}}, 3, 2);
  const auto scores = scores_of(*make(Recipe{PopularSettings{.half_life = 864000}}, pairs), {});
  CHECK(scores[0] == doctest::Approx(1));
  CHECK(scores[1] == doctest::Approx(1));
}

TEST_CASE("what is held back is no longer in the rest, and is the newest where times are known") {
  std::vector<Pair> given;
  for (uint32_t u = 0; u < 50; ++u)
    for (uint32_t i = 0; i < 1 + u % 11; ++i) given.push_back({u, (u * 7 + i) % 30, double(i)});
  const Pairs pairs(given, 50, 30);
  for (const uint64_t seed : {1, 2, 3}) {
    const Slice slice = hold_back(pairs, 20, seed);
    CHECK(slice.held.size() == 20);
    size_t wanted = 0;
    for (const Held& held : slice.held) {
      wanted += held.wanted.size();
      CHECK(held.wanted.size() + held.basket.size() == pairs.items_of(held.person).size());
      CHECK(std::ranges::equal(held.basket, slice.rest.items_of(held.person)));
      const auto newest = (held.person * 7 + held.person % 11) % 30;
      CHECK(std::ranges::find(held.wanted, newest) != held.wanted.end());
    }
    CHECK(slice.rest.size() + wanted == pairs.size());
  }
}

TEST_CASE("the choice finds the structure, is the same for a seed, and stays within its effort") {
  const Pairs pairs = made_pairs(11, 400, 60);
  const Slice slice = hold_back(pairs, 400, 1);
  const Choice choice = choose_model(slice.rest, slice.held, {.effort_s = 2});
  const Choice again = choose_model(slice.rest, slice.held, {.effort_s = 2});
  CHECK(choice.recipe == again.recipe);
  CHECK(choice.tried.size() > 20);
  CHECK(choice.tried[choice.best].measured.ndcg20 > 1.3 * choice.tried[0].measured.ndcg20);
  for (const Tried& tried : choice.tried)
    CHECK(tried.measured.ndcg20 <= choice.tried[choice.best].measured.ndcg20);
  CHECK(make(choice.recipe, pairs)->name() == choice.tried[choice.best].name);
  const Choice poor = choose_model(slice.rest, slice.held, {.effort_s = 0});
  REQUIRE(poor.tried.size() == 1);
  CHECK(poor.tried[0].name == "popular");
}

TEST_CASE("nothing at all, one person and one item are answered") {
  const Pairs nothing({}, 0, 0);
  CHECK(hold_back(nothing, 10, 1).held.empty());
  CHECK_FALSE(ease(nothing, {}, 5));
  CHECK_FALSE(ease(nothing, {.nearest = 3}, 5));
  const Pairs one({{0, 0}}, 1, 1);
  const Choice choice = choose_model(one, {}, {});
  CHECK_FALSE(choice.tried.empty());
  CHECK(make(choice.recipe, one) != nullptr);
}

}  // namespace
}  // namespace aizuchi::understand
