// The value model's slow, obvious twin: Plackett–Luce by enumerating every order, posteriors by
// summing over a fine grid, information by finite differences. Shares no code with
// src/understand/resonance.
#pragma once

#include <functional>
#include <optional>
#include <vector>

namespace aizuchi::oracle {

using Real = long double;
using Point = std::vector<Real>;

struct OracleAnswer {
  std::vector<unsigned> shown;
  unsigned best = 0;
  std::optional<unsigned> worst;
};

// Of all orders of the shown by Plackett–Luce, those that begin with the best; then of all orders
// of the rest by the same with −θ, those that begin with the worst.
Real probability(const OracleAnswer& answer, const Point& theta);
// With a share of answers given at random.
Real probability(const OracleAnswer& answer, const Point& theta, Real careless);
// log of prior density (up to a constant) and likelihood.
Real log_posterior(const Point& mean, const std::vector<Real>& precision,
                   const OracleAnswer& answer, Real careless, const Point& theta);
// ∂f/∂θ and −∂²f/∂θ², by differences.
Point slope(const std::function<Real(const Point&)>& f, const Point& at);
std::vector<Real> curvature(const std::function<Real(const Point&)>& f, const Point& at);
// Σ over every answer of its probability times the curvature of its log-likelihood.
std::vector<Real> expected_information(const std::vector<unsigned>& shown, bool with_worst,
                                       const Point& theta);
// By the sum over all permutations.
Real determinant(const std::vector<Real>& matrix, size_t n);

// In two or three dimensions over a cube of half-width `reach` around `centre`.
struct Moments {
  Point mean, top;  // top: how likely each is the largest
};
Moments by_grid(const std::function<Real(const Point&)>& log_density, const Point& centre,
                Real reach, int steps);

}  // namespace aizuchi::oracle
