#include "oracle/choice_oracle.h"

#include <algorithm>
#include <cmath>

namespace aizuchi::oracle {

using decide::Arm;
using decide::Features;

std::vector<long double> win_shares(std::span<const Arm> arms) {
  long double narrowest = INFINITY;
  for (const Arm& arm : arms) narrowest = std::min(narrowest, static_cast<long double>(arm.spread));
  std::vector<long double> out;
  for (size_t k = 0; k < arms.size(); ++k) {
    const long double mean = static_cast<long double>(arms[k].mean) + arms[k].shift;
    const long double spread = arms[k].spread;
    const long double low = mean - 9 * spread, high = mean + 9 * spread;
    const auto steps = static_cast<size_t>(4000 * std::min(spread / narrowest, 200.0L));
    const long double step = (high - low) / static_cast<long double>(steps);
    long double sum = 0;
    for (size_t i = 0; i <= steps; ++i) {
      const long double z = low + step * static_cast<long double>(i);
      const long double t = (z - mean) / spread;
      long double value = std::exp(-t * t / 2) / (spread * std::sqrt(2 * 3.14159265358979323846L));
      for (size_t j = 0; j < arms.size(); ++j)
        if (j != k)
          value *=
              std::erfc(-(z - arms[j].mean - arms[j].shift) / (arms[j].spread * std::sqrt(2.0L))) /
              2;
      sum += value * (i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2);
    }
    out.push_back(sum * step / 3);
  }
  return out;
}

namespace {

using Matrix = std::vector<std::vector<double>>;

// Gauss-Jordan with pivots.
Matrix inverse(Matrix a) {
  const size_t n = a.size();
  Matrix out(n, std::vector<double>(n, 0));
  for (size_t i = 0; i < n; ++i) out[i][i] = 1;
  for (size_t i = 0; i < n; ++i) {
    size_t pivot = i;
    for (size_t r = i; r < n; ++r)
      if (std::abs(a[r][i]) > std::abs(a[pivot][i])) pivot = r;
    std::swap(a[i], a[pivot]), std::swap(out[i], out[pivot]);
    const double by = a[i][i];
    for (size_t c = 0; c < n; ++c) a[i][c] /= by, out[i][c] /= by;
    for (size_t r = 0; r < n; ++r) {
      if (r == i) continue;
      const double times = a[r][i];
      for (size_t c = 0; c < n; ++c) a[r][c] -= times * a[i][c], out[r][c] -= times * out[i][c];
    }
  }
  return out;
}

std::vector<double> dense(const Features& x) {
  std::vector<double> out(Features::dimension, 0);
  for (size_t i = 0; i < x.size; ++i) out[x.at[i]] += static_cast<double>(x.value[i]);
  return out;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

decide::Score Posterior::score(const Features& features) const {
  const std::vector<double> x = dense(features);
  double variance = 0;
  for (size_t i = 0; i < x.size(); ++i)
    for (size_t j = 0; j < x.size(); ++j) variance += x[i] * covariance[i][j] * x[j];
  return {dot(mean, x), std::sqrt(variance)};
}

Posterior newton(const decide::Belief& prior, std::span<const Outcome> outcomes) {
  constexpr size_t d = Features::dimension;
  Matrix covariance(d, std::vector<double>(d, 0));
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j <= i; ++j)
      covariance[i][j] = covariance[j][i] = prior.covariance[i * (i + 1) / 2 + j];
  const Matrix precision = inverse(covariance);
  const std::vector<double> start(prior.mean.begin(), prior.mean.end());
  Posterior out{start, covariance};
  for (int round = 0; round < 50; ++round) {
    Matrix curvature = precision;
    std::vector<double> slope(d, 0);
    for (size_t i = 0; i < d; ++i)
      for (size_t j = 0; j < d; ++j) slope[i] -= precision[i][j] * (out.mean[j] - start[j]);
    for (const Outcome& outcome : outcomes) {
      const std::vector<double> x = dense(outcome.x);
      const double p = 1 / (1 + std::exp(-dot(out.mean, x)));
      for (size_t i = 0; i < d; ++i) {
        slope[i] += outcome.weight * (outcome.y - p) * x[i];
        for (size_t j = 0; j < d; ++j)
          curvature[i][j] += outcome.weight * p * (1 - p) * x[i] * x[j];
      }
    }
    out.covariance = inverse(curvature);
    for (size_t i = 0; i < d; ++i) out.mean[i] += dot(out.covariance[i], slope);
  }
  return out;
}

decide::Score on_grid(double mean, double spread, std::span<const Outcome> outcomes) {
  constexpr int points = 20'001;
  std::vector<double> logs;
  const auto at = [](int i) { return -10 + 20.0 * i / (points - 1); };
  for (int i = 0; i < points; ++i) {
    const double b = at(i);
    double log = -(b - mean) * (b - mean) / (2 * spread * spread);
    for (const Outcome& o : outcomes) log += o.weight * (o.y * b - std::log1p(std::exp(b)));
    logs.push_back(log);
  }
  const double top = *std::ranges::max_element(logs);
  double sum = 0, first = 0, second = 0;
  for (int i = 0; i < points; ++i) {
    const double weight = std::exp(logs[static_cast<size_t>(i)] - top);
    sum += weight, first += weight * at(i), second += weight * at(i) * at(i);
  }
  return {first / sum, std::sqrt(second / sum - first / sum * (first / sum))};
}

}  // namespace aizuchi::oracle
