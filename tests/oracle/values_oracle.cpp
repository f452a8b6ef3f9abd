#include "oracle/values_oracle.h"

#include <algorithm>
#include <cmath>

namespace aizuchi::oracle {

namespace {

// Σ of the probabilities of every order of `of` that begins with `first`.
Real begins_with(std::vector<unsigned> of, unsigned first, Real sign, const Point& theta) {
  std::ranges::sort(of);
  Real sum = 0;
  do {
    if (of.front() != first) continue;
    Real chance = 1;
    for (size_t i = 0; i < of.size(); ++i) {
      Real left = 0;
      for (size_t j = i; j < of.size(); ++j) left += std::exp(sign * theta[of[j]]);
      chance *= std::exp(sign * theta[of[i]]) / left;
    }
    sum += chance;
  } while (std::ranges::next_permutation(of).found);
  return sum;
}

constexpr Real step = 1e-4L;

}  // namespace

Real probability(const OracleAnswer& answer, const Point& theta) {
  Real out = begins_with(answer.shown, answer.best, 1, theta);
  if (answer.worst) {
    auto rest = answer.shown;
    std::erase(rest, answer.best);
    out *= begins_with(rest, *answer.worst, -1, theta);
  }
  return out;
}

Real probability(const OracleAnswer& answer, const Point& theta, Real careless) {
  const auto shown = static_cast<Real>(answer.shown.size());
  const Real answers = answer.worst ? shown * (shown - 1) : shown;
  return (1 - careless) * probability(answer, theta) + careless / answers;
}

Real log_posterior(const Point& mean, const std::vector<Real>& precision,
                   const OracleAnswer& answer, Real careless, const Point& theta) {
  Real out = std::log(probability(answer, theta, careless));
  const size_t n = mean.size();
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j)
      out -= (theta[i] - mean[i]) * precision[i * n + j] * (theta[j] - mean[j]) / 2;
  return out;
}

Point slope(const std::function<Real(const Point&)>& f, const Point& at) {
  Point out;
  for (size_t i = 0; i < at.size(); ++i) {
    Point up = at, down = at;
    up[i] += step, down[i] -= step;
    out.push_back((f(up) - f(down)) / (2 * step));
  }
  return out;
}

std::vector<Real> curvature(const std::function<Real(const Point&)>& f, const Point& at) {
  std::vector<Real> out;
  for (size_t i = 0; i < at.size(); ++i) {
    Point up = at, down = at;
    up[i] += step, down[i] -= step;
    const Point above = slope(f, up), below = slope(f, down);
    for (size_t j = 0; j < at.size(); ++j) out.push_back(-(above[j] - below[j]) / (2 * step));
  }
  return out;
}

std::vector<Real> expected_information(const std::vector<unsigned>& shown, bool with_worst,
                                       const Point& theta) {
  std::vector<Real> out(theta.size() * theta.size());
  const auto add = [&](const OracleAnswer& answer) {
    const auto log_chance = [&](const Point& at) { return std::log(probability(answer, at)); };
    const auto one = curvature(log_chance, theta);
    for (size_t i = 0; i < out.size(); ++i) out[i] += probability(answer, theta) * one[i];
  };
  for (const unsigned best : shown) {
    if (!with_worst) add({.shown = shown, .best = best, .worst = {}});
    if (!with_worst) continue;
    for (const unsigned worst : shown)
      if (worst != best) add({.shown = shown, .best = best, .worst = worst});
  }
  return out;
}

Real determinant(const std::vector<Real>& matrix, size_t n) {
  std::vector<size_t> order(n);
  for (size_t i = 0; i < n; ++i) order[i] = i;
  Real out = 0;
  do {
    Real product = 1;
    for (size_t i = 0; i < n; ++i) {
      product *= matrix[i * n + order[i]];
      for (size_t j = 0; j < i; ++j)
        if (order[j] > order[i]) product = -product;
    }
    out += product;
  } while (std::ranges::next_permutation(order).found);
  return out;
}

Moments by_grid(const std::function<Real(const Point&)>& log_density, const Point& centre,
                Real reach, int steps) {
  const size_t n = centre.size();
  const Real peak = log_density(centre);
  Moments out{.mean = Point(n), .top = Point(n)};
  Real sum = 0;
  std::vector<int> at(n, 0);
  for (bool more = true; more;) {
    Point theta = centre;
    for (size_t i = 0; i < n; ++i)
      theta[i] += reach * (2 * (static_cast<Real>(at[i]) + 0.5L) / static_cast<Real>(steps) - 1);
    const Real weight = std::exp(log_density(theta) - peak);
    sum += weight;
    for (size_t i = 0; i < n; ++i) out.mean[i] += weight * theta[i];
    // Equal ones share: on a grid there are many.
    const Real most = std::ranges::max(theta);
    const auto is_top = [&](Real one) { return most - one < 1e-9L; };
    const auto tops = static_cast<Real>(std::ranges::count_if(theta, is_top));
    for (size_t i = 0; i < n; ++i)
      if (is_top(theta[i])) out.top[i] += weight / tops;
    size_t i = 0;
    while (i < n && ++at[i] == steps) at[i++] = 0;
    more = i < n;
  }
  for (size_t i = 0; i < n; ++i) out.mean[i] /= sum, out.top[i] /= sum;
  return out;
}

}  // namespace aizuchi::oracle
