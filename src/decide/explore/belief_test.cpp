#include "decide/explore/belief.h"

#include <doctest/doctest.h>

#include <cmath>

#include "ground/base/hash.h"

using namespace aizuchi::decide;
using aizuchi::ground::mix64;

namespace {

double uniform(uint64_t n) {
  return (static_cast<double>(mix64(n) >> 11) + 0.5) * 0x1p-53;
}

Features moment(std::initializer_list<std::pair<size_t, double>> parts) {
  Features out;
  out.add(Features::bias, 1);
  for (const auto& [at, x] : parts) out.add(at, x);
  return out;
}

}  // namespace

TEST_CASE("Before anything was seen the layers' terms count as they are, as unsure as documented") {
  const Belief prior = Belief::prior(-2.9, 0.5);
  CHECK(prior.score(moment({})).mean == doctest::Approx(-2.9));
  Features typical = moment({{Features::surface, 0.4}});
  for (size_t i = 0; i < 6; ++i) typical.add(Features::hashed + i, 1);
  CHECK(prior.score(typical).mean == doctest::Approx(-2.5));
  CHECK(prior.score(typical).spread == doctest::Approx(0.5).epsilon(0.1));
}

TEST_CASE("What succeeds rises, what does not falls, and both are surer") {
  const Features x = moment({{Features::hashed, 1}});
  Belief good = Belief::prior(-2.9, 0.5), bad = good;
  const Score before = good.score(x);
  for (int i = 0; i < 50; ++i) good.learn(x, 1), bad.learn(x, 0);
  CHECK(good.score(x).mean > before.mean + 0.5);
  CHECK(bad.score(x).mean < before.mean - 0.1);
  CHECK(good.score(x).spread < before.spread);
  CHECK(bad.score(x).spread < before.spread);
}

TEST_CASE("What was learned in one moment says little of another") {
  const Features phone = moment({{Features::hashed + 1, 1}}),
                 desk = moment({{Features::hashed + 2, 1}});
  Belief belief = Belief::prior(-2, 1);
  for (int i = 0; i < 400; ++i) {
    belief.learn(phone, i % 2 == 0 ? 1 : 0);
    belief.learn(desk, i % 20 == 0 ? 1 : 0);
  }
  CHECK(belief.score(phone).mean - belief.score(desk).mean > 1.0);
}

TEST_CASE("A machine's click counts for what it is worth, nothing for nothing") {
  const Features x = moment({});
  Belief whole = Belief::prior(-2, 0.5), tenth = whole, none = whole;
  whole.learn(x, 1, 1), tenth.learn(x, 1, 0.1), none.learn(x, 1, 0);
  const double step = whole.score(x).mean + 2;
  CHECK(tenth.score(x).mean + 2 > 0);
  CHECK(tenth.score(x).mean + 2 < 0.15 * step);
  CHECK(none.score(x).mean == -2);
}

TEST_CASE("Forgetting makes less sure by one in a hundred a day, and never less than at first") {
  const Features x = moment({});
  const Belief prior = Belief::prior(-2, 0.5);
  Belief belief = prior;
  for (int i = 0; i < 300; ++i) belief.learn(x, i % 5 == 0 ? 1 : 0);
  const Score before = belief.score(x);
  belief.forget(1, prior);
  CHECK(belief.score(x).mean == before.mean);
  CHECK(belief.score(x).spread == doctest::Approx(before.spread * std::sqrt(1.01)));
  belief.forget(100'000, prior);
  CHECK(belief.score(x).spread <= prior.score(x).spread);
}

TEST_CASE("Names beyond what a moment holds are left out, the same name twice is one") {
  Features x;
  for (uint64_t i = 0; i < 100; ++i) x.add_hashed(mix64(i));
  CHECK(x.size == Features::active_max);
  Features twice;
  twice.add(Features::hashed, 1);
  twice.add(Features::hashed, 1);
  CHECK(twice.size == 1);
  CHECK(twice.value[0] == 2);
}

// Truths are drawn from the prior, outcomes from the truth; the interval must hold the truth as
// often as it says.
TEST_CASE("An interval of nine in ten holds the truth in 87 to 94 of 100") {
  size_t held = 0, asked = 0;
  for (uint64_t run = 0; run < 500; ++run) {
    const Belief prior = Belief::prior(-1.5, 0.8);
    Belief truth = prior;
    for (size_t i = 0; i < Features::dimension; ++i)
      truth.mean[i] +=
          std::sqrt(prior.covariance[i * (i + 1) / 2 + i]) * normal_of(mix64(run * 100 + i));
    Belief belief = prior;
    const auto some = [&](uint64_t n) {
      return moment(
          {{Features::hashed + mix64(n) % 4, 1}, {Features::hashed + 4 + mix64(n + 1) % 3, 1}});
    };
    for (uint64_t i = 0; i < 150; ++i) {
      const Features x = some(run * 1'000 + i);
      const double p = 1 / (1 + std::exp(-truth.mean_of(x)));
      belief.learn(x, uniform(run * 7'919 + i) < p ? 1 : 0);
    }
    for (uint64_t i = 0; i < 5; ++i) {
      const Features x = some(run + 77 * i);
      const Score score = belief.score(x);
      held += std::abs(score.mean - truth.mean_of(x)) < 1.645 * score.spread ? 1 : 0;
      ++asked;
    }
  }
  const double share = static_cast<double>(held) / static_cast<double>(asked);
  MESSAGE("held: " << share);
  CHECK(share > 0.87);
  CHECK(share < 0.94);
}
