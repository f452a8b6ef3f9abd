#include "understand/resonance/preference.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "ground/base/hash.h"
#include "understand/resonance/kindred.h"

namespace aizuchi::understand {
namespace {

using doctest::Approx;

constexpr AnswerNoise noise{.variance = 0.1, .careless = 0.05};
constexpr AnswerNoise certain{.variance = 0.05, .careless = 0};

Belief three() {
  Belief out = nothing_known(3, 1);
  out.at(0, 1) = out.at(1, 0) = 0.7;
  out.mean = {0.3, -0.2, 0};
  return out;
}

// The sum over a grid of three dimensions: what the normal belief stands for.
Belief by_sum(const Belief& usual, std::span<const Preference> said, AnswerNoise of) {
  const auto precision = inverse(usual.covariance, 3);
  Belief out = nothing_known(3, 0);
  double sum = 0;
  constexpr int steps = 61;
  const auto place = [](int i) { return 5.0 * (2.0 * i / (steps - 1) - 1); };
  for (int i = 0; i < steps * steps * steps; ++i) {
    const std::array u{place(i % steps), place(i / steps % steps), place(i / steps / steps)};
    double log_density = 0;
    for (size_t a = 0; a < 3; ++a)
      for (size_t b = 0; b < 3; ++b)
        log_density -= (u[a] - usual.mean[a]) * precision[a * 3 + b] * (u[b] - usual.mean[b]) / 2;
    double weight = std::exp(log_density);
    for (const Preference& one : said)
      weight *= of.careless / 2 + (1 - of.careless) * normal_below((u[one.better] - u[one.worse]) /
                                                                   std::sqrt(of.variance));
    sum += weight;
    for (size_t a = 0; a < 3; ++a) {
      out.mean[a] += weight * u[a];
      for (size_t b = 0; b < 3; ++b) out.at(a, b) += weight * u[a] * u[b];
    }
  }
  for (double& one : out.mean) one /= sum;
  for (size_t a = 0; a < 3; ++a)
    for (size_t b = 0; b < 3; ++b) out.at(a, b) = out.at(a, b) / sum - out.mean[a] * out.mean[b];
  return out;
}

TEST_CASE("one answer moves the belief exactly as the sum over all possibilities does") {
  for (const Preference said : {Preference{0, 1}, Preference{1, 0}, Preference{2, 1}}) {
    std::vector<Site> sites{{.preference = said}};
    const Belief ours = after_preferences(three(), sites, noise, 3);
    const Belief sum = by_sum(three(), {{said}}, noise);
    for (size_t i = 0; i < 3; ++i) {
      CHECK(ours.mean[i] == Approx(sum.mean[i]).epsilon(2e-3));
      for (size_t j = 0; j < 3; ++j) CHECK(std::abs(ours.at(i, j) - sum.at(i, j)) < 5e-3);
    }
  }
}

TEST_CASE("two answers come near the sum, in any order, and again from where they were") {
  const std::array said{Preference{1, 0}, Preference{1, 2}};
  std::vector<Site> sites{{.preference = said[0]}, {.preference = said[1]}};
  std::vector<Site> turned{{.preference = said[1]}, {.preference = said[0]}};
  const Belief ours = after_preferences(three(), sites, noise, 6);
  const Belief other = after_preferences(three(), turned, noise, 6);
  const Belief again = after_preferences(three(), sites, noise, 0);
  const Belief sum = by_sum(three(), said, noise);
  for (size_t i = 0; i < 3; ++i) {
    CHECK(std::abs(ours.mean[i] - sum.mean[i]) < 0.03);
    CHECK(ours.mean[i] == Approx(other.mean[i]).epsilon(1e-4));
    CHECK(ours.mean[i] == Approx(again.mean[i]).epsilon(1e-9));
    CHECK(std::abs(ours.at(i, i) - sum.at(i, i)) < 0.03);
  }
}

TEST_CASE("who likes this likes that: an answer speaks of what was never asked") {
  Belief usual = nothing_known(4, 1);
  usual.at(0, 1) = usual.at(1, 0) = 0.8;
  std::vector<Site> sites{{.preference = {0, 2}}};
  const Belief after = after_preferences(usual, sites, noise, 3);
  CHECK(chance(after, {1, 3}, certain) > 0.6);
  CHECK(chance(usual, {1, 3}, certain) == Approx(0.5));
  CHECK(chance(after, {1, 3}, noise) + chance(after, {3, 1}, noise) == Approx(1));
}

TEST_CASE("a whole order is believed, whatever was usual, and stays sound") {
  std::vector<Site> sites = sites_of_order({5, 4, 3, 2, 1});
  CHECK(sites.size() == 4);
  Belief usual = nothing_known(5, 1);
  usual.mean = {-1, -0.5, 0, 0.5, 1};
  const Belief after = after_preferences(usual, sites, certain, 8);
  CHECK(std::ranges::is_sorted(after.mean, std::ranges::greater()));
  for (size_t i = 0; i < 5; ++i) CHECK(after.at(i, i) > 0);
}

TEST_CASE("equals are tied to the next level by few links, and unknown ones by none") {
  const double unknown = std::nan("");
  CHECK(sites_of_order({1, unknown, 1, 1}).empty());
  CHECK(sites_of_order({1, unknown, 2}).size() == 1);
  CHECK(sites_of_order({1, 1, 1, 2, 2, 2}).size() == 9);
  const auto many = sites_of_order({1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2});
  CHECK(many.size() == 12);
  for (const Site& site : many) CHECK(site.preference.better > site.preference.worse);
}

TEST_CASE("the pair is asked that settles most, not one that is known or speaks of itself alone") {
  Belief usual = nothing_known(6, 1);
  // 0, 1, 2 go together against 3 and 4; 5 is far behind and known to be.
  for (const size_t i : {0U, 1U, 2U})
    for (const size_t j : {0U, 1U, 2U})
      if (i != j) usual.at(i, j) = 0.8;
  usual.at(3, 4) = usual.at(4, 3) = 0.8;
  usual.mean[5] = -6;
  const auto pairs = telling_pairs(usual, noise, 15);
  REQUIRE(pairs.size() == 15);
  CHECK(pairs.front().pair.better < 3);
  CHECK((pairs.front().pair.worse == 3 || pairs.front().pair.worse == 4));
  CHECK(pairs.back().pair.worse == 5);
  CHECK(telling_pairs(usual, noise, 4).size() == 4);
}

TEST_CASE("what goes together is learned from orders, whole and partial") {
  std::vector<Liking> people;
  std::vector<std::vector<Site>> sites;
  uint64_t at = 1;
  const auto normal = [&] {
    return normal_below_inverse((double(ground::mix64(at++) >> 11) + 0.5) / 0x1p53);
  };
  for (int person = 0; person < 800; ++person) {
    const double shared = normal();
    Liking liking{1 + shared + 0.5 * normal(), shared + 0.5 * normal(), normal(), normal(),
                  normal() - 1};
    if (person % 4 == 0) liking[size_t(person / 4) % 5] = std::nan("");
    people.push_back(liking);
    sites.push_back(sites_of_order(liking));
  }
  const Belief start = usual_standing(people);
  const Belief learned = learn_usual(sites, start, certain, 15);
  for (const Belief& usual : {start, learned}) {
    CHECK(usual.mean[0] > usual.mean[1] + 0.3);
    CHECK(usual.mean[4] < usual.mean[3] - 0.3);
    CHECK(usual.lead_variance(0, 1) < 0.6 * usual.lead_variance(0, 2));
    CHECK(std::accumulate(usual.mean.begin(), usual.mean.end(), 0.0) == Approx(0));
  }
  // From nothing but choices the same is learned.
  for (auto& of : sites)
    for (Site& site : of) site.precision = site.shift = 0;
  const Belief blank = learn_usual(sites, nothing_known(5, 1), certain, 40);
  for (size_t i = 1; i < 5; ++i) CHECK(std::abs(blank.lead(i, 0) - learned.lead(i, 0)) < 0.15);
  const Belief half = shrunk(learned, 0.5);
  CHECK(half.at(0, 1) == Approx(learned.at(0, 1) / 2));
  CHECK(half.mean == learned.mean);
}

TEST_CASE("those who answered alike speak, the more of them the louder") {
  // Of 40 people half prefer 0 to 1 and 2 to 3, half the other way round; five know only the first.
  std::vector<std::vector<Preference>> people;
  for (uint32_t i = 0; i < 40; ++i) {
    people.push_back(i % 2 == 0 ? std::vector<Preference>{{0, 1}, {2, 3}}
                                : std::vector<Preference>{{1, 0}, {3, 2}});
    if (i % 8 == 0) people.back().pop_back();
  }
  std::vector<const std::vector<Preference>*> all;
  for (const auto& one : people) all.push_back(&one);
  const Kindred kindred(all, 4);
  auto weights = kindred.nothing_said();
  CHECK(kindred.chance(weights, {2, 3}, 0.5, 1, 10) == Approx((5 + 15) / (10 + 35.0)));
  kindred.hear(weights, {0, 1}, 0.1);
  // 15 alike count 0.9 each, 20 others 0.1; the belief 10 · P(said).
  const double agree = 15 * 0.9, known = agree + 20 * 0.1;
  CHECK(kindred.chance(weights, {2, 3}, 0.5, 0.5, 10) == Approx((2.5 + agree) / (5 + known)));
  CHECK(kindred.chance(weights, {3, 2}, 0.5, 0.5, 10) == Approx(1 - (2.5 + agree) / (5 + known)));
  CHECK(kindred.chance(weights, {2, 3}, 0.5, 0.5, 1e9) == Approx(0.5));
  CHECK(kindred.chance(weights, {0, 2}, 0.3, 0.5, 10) == Approx(0.3));  // nobody knows
}

}  // namespace
}  // namespace aizuchi::understand
