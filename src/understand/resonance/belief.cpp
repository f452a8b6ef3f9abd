#include "understand/resonance/belief.h"

#include <array>
#include <cmath>
#include <numbers>

#include "ground/base/result.h"

namespace aizuchi::understand {

Belief nothing_known(size_t size, double sd) {
  Belief out{.mean = std::vector<double>(size), .covariance = std::vector<double>(size * size)};
  for (size_t i = 0; i < size; ++i) out.at(i, i) = sd * sd;
  return out;
}

bool factor(std::span<const double> matrix, size_t n, std::vector<double>& lower) {
  AIZ_ASSERT(matrix.size() == n * n);
  lower.assign(n * n, 0);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j <= i; ++j) {
      double left = matrix[i * n + j];
      for (size_t k = 0; k < j; ++k) left -= lower[i * n + k] * lower[j * n + k];
      if (i != j) {
        lower[i * n + j] = left / lower[j * n + j];
        continue;
      }
      if (!(left > 0)) return false;
      lower[i * n + i] = std::sqrt(left);
    }
  return true;
}

void solve(std::span<const double> lower, size_t n, std::span<double> b) {
  for (size_t i = 0; i < n; ++i) {
    for (size_t k = 0; k < i; ++k) b[i] -= lower[i * n + k] * b[k];
    b[i] /= lower[i * n + i];
  }
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; ++k) b[i] -= lower[k * n + i] * b[k];
    b[i] /= lower[i * n + i];
  }
}

std::vector<double> inverse(std::span<const double> matrix, size_t n) {
  std::vector<double> lower;
  AIZ_ASSERT(factor(matrix, n, lower));
  std::vector<double> out(n * n);
  for (size_t i = 0; i < n; ++i) {
    out[i * n + i] = 1;
    solve(lower, n, std::span(out).subspan(i * n, n));
  }
  // The two halves differ by rounding only; many updates in a row would let them drift apart.
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < i; ++j)
      out[i * n + j] = out[j * n + i] = (out[i * n + j] + out[j * n + i]) / 2;
  return out;
}

double normal_density(double z) {
  return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
}

double normal_below(double z) {
  return std::erfc(-z / std::numbers::sqrt2) / 2;
}

// Acklam's rational approximation (relative error 1e-9), then one step of Halley.
double normal_below_inverse(double p) {
  AIZ_ASSERT(p > 0 && p < 1);
  constexpr std::array a{-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                         1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
  constexpr std::array b{-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
                         6.680131188771972e+01, -1.328068155288572e+01};
  constexpr std::array c{-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                         -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
  constexpr std::array d{7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                         3.754408661907416e+00};
  const auto tail = [&](double q) {
    return (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
           ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
  };
  double x = 0;
  if (p < 0.02425) {
    x = tail(std::sqrt(-2 * std::log(p)));
  } else if (p > 1 - 0.02425) {
    x = -tail(std::sqrt(-2 * std::log1p(-p)));
  } else {
    const double q = p - 0.5, r = q * q;
    x = (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
        (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
  }
  const double u = (normal_below(x) - p) / normal_density(x);
  return x - u / (1 + x * u / 2);
}

namespace {

std::vector<double> lattice() {
  constexpr std::array<double, normal_size_max> primes{2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
  std::vector<double> out(normal_points * normal_size_max);
  for (size_t i = 0; i < normal_points / 2; ++i)
    for (size_t k = 0; k < normal_size_max; ++k) {
      const double along = 0.5 + std::sqrt(primes[k]) * static_cast<double>(i + 1);
      const double z = normal_below_inverse(std::max(along - std::floor(along), 1e-9));
      out[2 * i * normal_size_max + k] = z;
      out[(2 * i + 1) * normal_size_max + k] = -z;
    }
  return out;
}

}  // namespace

std::span<const double> standard_normal_points() {
  static const std::vector<double> points = lattice();
  return points;
}

}  // namespace aizuchi::understand
