#include "understand/resonance/value_model.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "ground/base/hash.h"
#include "understand/resonance/population.h"
#include "understand/resonance/value_question.h"

namespace aizuchi::understand {
namespace {

using doctest::Approx;

double variance_sum(const Belief& belief) {
  double out = 0;
  for (size_t i = 0; i < belief.size(); ++i) out += belief.at(i, i);
  return out;
}

// A belief of any shape, by number.
Belief some_belief(size_t n, uint64_t seed) {
  const auto number = [&](uint64_t i) {
    return static_cast<double>(ground::mix64(seed * 1000 + i) >> 11) / 0x1p53 - 0.5;
  };
  Belief out = nothing_known(n, 0.7);
  for (size_t i = 0; i < n; ++i) out.mean[i] = 3 * number(i);
  for (size_t k = 0; k < 3; ++k)
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < n; ++j)
        out.at(i, j) += 4 * number(100 + 20 * k + i) * number(100 + 20 * k + j);
  return out;
}

TEST_CASE("an answer lifts the best, lowers the worst and leaves less unknown") {
  const Belief before = nothing_known(5, prior_sd);
  const Belief after = after_answer(before, {.shown = {0, 1, 2, 3}, .best = 2, .worst = 0});
  CHECK(std::ranges::max_element(after.mean) - after.mean.begin() == 2);
  CHECK(std::ranges::min_element(after.mean) - after.mean.begin() == 0);
  CHECK(after.mean[1] == Approx(after.mean[3]));
  CHECK(after.mean[4] == Approx(0).epsilon(1e-9));
  CHECK(after.at(4, 4) == Approx(prior_sd * prior_sd));
  CHECK(variance_sum(after) < variance_sum(before));
  CHECK(after_answers(before, {}).mean == before.mean);
}

TEST_CASE("no answer whatever makes anything less known, and names of axes do not matter") {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Belief before = some_belief(6, seed);
    const auto pick = [&](uint64_t n) { return uint32_t(ground::mix64(seed + 7) % n); };
    ValueAnswer answer{.shown = {5, 1, 4, 2}, .best = 0, .worst = {}};
    answer.best = answer.shown[pick(4)];
    if (seed % 2 == 0) answer.worst = answer.shown[(pick(4) + 1) % 4];
    const Belief after = after_answer(before, answer);
    for (size_t i = 0; i < 6; ++i) CHECK(after.at(i, i) <= before.at(i, i) + 1e-9);
    // Axis i is called 5 − i.
    Belief turned = before;
    for (size_t i = 0; i < 6; ++i) {
      turned.mean[5 - i] = before.mean[i];
      for (size_t j = 0; j < 6; ++j) turned.at(5 - i, 5 - j) = before.at(i, j);
    }
    ValueAnswer other = answer;
    for (uint32_t& axis : other.shown) axis = 5 - axis;
    other.best = 5 - answer.best;
    if (answer.worst) other.worst = 5 - *answer.worst;
    const Belief twin = after_answer(turned, other);
    for (size_t i = 0; i < 6; ++i) CHECK(twin.mean[5 - i] == Approx(after.mean[i]).epsilon(1e-6));
  }
}

TEST_CASE("an answer that nobody expected counts for less, for it may have been careless") {
  Belief before = nothing_known(3, 0.5);
  before.mean = {4, 0, 0};
  const ValueAnswer odd{.shown = {0, 1, 2}, .best = 1};
  const double moved = after_answer(before, odd).lead(1, 0) - before.lead(1, 0);
  const double trusting = after_answer(before, odd, 0).lead(1, 0) - before.lead(1, 0);
  CHECK(moved > 0);
  CHECK(moved < 0.65 * trusting);
  const Belief even = nothing_known(3, 0.5);
  CHECK(after_answer(even, odd).lead(1, 0) > 0.8 * after_answer(even, odd, 0).lead(1, 0));
}

TEST_CASE("what was picked from a shelf says a quarter of what an answer says, at most") {
  const Belief before = nothing_known(4, prior_sd);
  const ValueAnswer said{.shown = {0, 1, 2, 3}, .best = 1};
  ValueAnswer picked = said;
  picked.weight = behaviour_weight;
  const double by_word = after_answer(before, said).mean[1];
  const double by_deed = after_answer(before, picked).mean[1];
  CHECK(by_deed > 0.1 * by_word);
  CHECK(by_deed < 0.6 * by_word);  // more than a quarter: the first words say most
}

TEST_CASE("what was said fades towards what is usual, and what is unknown comes back") {
  const Belief usual = nothing_known(3, prior_sd);
  const Belief then = after_answer(usual, {.shown = {0, 1, 2}, .best = 0});
  const auto later = [&](int half_lives) {
    return drifted(then, usual, {values_half_life.ms * half_lives}, values_half_life);
  };
  CHECK(later(0).mean[0] == Approx(then.mean[0]));
  CHECK(later(1).mean[0] == Approx(then.mean[0] / 2));
  CHECK(usual.at(0, 0) - later(1).at(0, 0) == Approx((usual.at(0, 0) - then.at(0, 0)) / 4));
  CHECK(later(60).mean[0] == Approx(0));
  CHECK(later(60).at(0, 1) == Approx(0));
  // A clock that was set back makes nothing stronger.
  CHECK(drifted(then, usual, {-1}, values_half_life).mean == then.mean);
}

TEST_CASE("an item speaks only of what is sure, and a value shared by all items says nothing") {
  Belief belief = nothing_known(4, prior_sd);
  const std::vector<std::pair<uint32_t, double>> first{{0, 1.0}};
  const std::vector<std::pair<uint32_t, double>> all{{0, 1.0}, {1, 1.0}, {2, 1.0}, {3, 1.0}};
  CHECK(sympathy(belief, expected_shares(belief), first).sure < speaks_from);
  for (int i = 0; i < 2; ++i)
    belief = after_answer(belief, {.shown = {0, 1, 2, 3}, .best = 0, .worst = 3});
  const Sympathy leans = sympathy(belief, expected_shares(belief), first);
  CHECK(leans.sure >= speaks_from);
  CHECK(leans.lean > 0);
  CHECK(leans.value > 0.5);
  const std::vector<std::pair<uint32_t, double>> last{{3, 1.0}};
  CHECK(sympathy(belief, expected_shares(belief), last).lean < 0);
  CHECK(sympathy(belief, expected_shares(belief), all).sure == Approx(0));
}

TEST_CASE("an answer that cannot be given is known") {
  CHECK(possible({.shown = {0, 1}, .best = 1}, 2));
  CHECK_FALSE(possible({.shown = {0, 2}, .best = 0}, 2));                 // no such axis
  CHECK_FALSE(possible({.shown = {0, 0}, .best = 0}, 2));                 // shown twice
  CHECK_FALSE(possible({.shown = {0}, .best = 0}, 2));                    // no choice
  CHECK_FALSE(possible({.shown = {0, 1}, .best = 2}, 3));                 // not shown
  CHECK_FALSE(possible({.shown = {0, 1}, .best = 1, .worst = 1}, 2));     // best and worst
  CHECK_FALSE(possible({.shown = {0, 1, 2}, .best = 1, .worst = 3}, 4));  // not shown
  CHECK_FALSE(possible({.shown = {0, 1}, .best = 1, .weight = 0}, 2));
}

TEST_CASE("nothing more is asked when it is known, or was asked four times") {
  const Belief unknown = nothing_known(10, prior_sd);
  REQUIRE(next_question(unknown, 0));
  CHECK(next_question(unknown, 3));
  CHECK_FALSE(next_question(unknown, 4));
  Belief known = nothing_known(10, 0.5);
  known.mean[7] = 3;
  CHECK_FALSE(next_question(known, 1));
  CHECK_FALSE(next_question(nothing_known(1, prior_sd), 0));
}

TEST_CASE("a question carries the favourite and asks about what is least known beside it") {
  Belief belief = nothing_known(8, 0.3);
  belief.mean[5] = 0.4;
  for (const size_t i : {1, 4, 6}) belief.at(i, i) = 4;
  const ValueQuestion question = best_question(belief, true);
  CHECK(question.size == 4);
  CHECK(question.shown == std::array<uint32_t, 4>{5, 1, 4, 6});
  CHECK(question.gain == Approx(expected_gain(belief, question.shown, true)));
  CHECK(question.gain > expected_gain(belief, question.shown, false));
  CHECK(best_question(nothing_known(3, 1), true).size == 3);
  CHECK(best_question(nothing_known(2, 1), true).size == 2);
}

TEST_CASE("a few people do not make a population, many do") {
  // Who likes the first likes the second, and nobody much likes the fourth.
  std::vector<std::vector<ValueAnswer>> people;
  for (uint32_t i = 0; i < 600; ++i)
    people.push_back({{.shown = {0, 2, 3}, .best = i % 2 == 0 ? 0U : 2U, .worst = 3},
                      {.shown = {1, 2, 3}, .best = i % 2 == 0 ? 1U : 2U, .worst = 3}});
  const PopulationSettings settings{.prior = nothing_known(4, prior_sd)};
  const Belief many = learn_population(people, settings);
  CHECK(many.mean[3] < many.mean[0] - 1);
  CHECK(many.lead_variance(0, 1) < 0.4 * many.lead_variance(0, 2));
  const Belief few = learn_population(std::span(people).first(2), settings);
  CHECK(few.lead_variance(0, 1) > 0.8 * few.lead_variance(0, 2));
  const Belief none = learn_population({}, settings);
  CHECK(none.mean == settings.prior.mean);
  CHECK(none.at(0, 0) == Approx(prior_sd * prior_sd));
}

}  // namespace
}  // namespace aizuchi::understand
