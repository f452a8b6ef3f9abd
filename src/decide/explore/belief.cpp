#include "decide/explore/belief.h"

#include <algorithm>
#include <cmath>

namespace aizuchi::decide {

namespace {

constexpr size_t d = Features::dimension;
constexpr double forgotten_a_day = 1.01;
// Shares of the prior's variance: with six names known and one layer speaking they add up to 1.
constexpr double bias_share = 0.6, layer_share = 0.5, place_share = 0.1, hashed_share = 0.05;
constexpr double broad_bias = 4;  // sd 2: from one in a hundred to one in four

double logistic(double logit) {
  return 1 / (1 + std::exp(-logit));
}

// The a that solves a = m + v·w·(y − σ(a)): where the posterior of one logit is highest.
double mode(double m, double v, double y, double w) {
  double a = m;
  for (int step = 0; step < 8; ++step) {
    const double p = logistic(a);
    const double off = a - m - v * w * (y - p);
    a -= off / (1 + v * w * p * (1 - p));
    if (std::abs(off) < 1e-9) break;
  }
  return a;
}

}  // namespace

void Features::add(size_t index, double x) {
  if (x == 0) return;
  for (size_t i = 0; i < size; ++i)
    if (at[i] == index) {
      value[i] += static_cast<float>(x);
      return;
    }
  if (size == active_max) return;
  at[size] = static_cast<uint8_t>(index);
  value[size++] = static_cast<float>(x);
}

void Features::add_hashed(uint64_t hash) {
  add(hashed + hash % (dimension - hashed), 1);
}

Belief Belief::prior(double base, double spread) {
  Belief out;
  out.mean[Features::bias] = base;
  for (size_t i = Features::surface; i <= Features::editorial; ++i) out.mean[i] = 1;
  for (size_t i = 0; i < d; ++i) {
    const double share = i == Features::bias        ? bias_share
                         : i <= Features::editorial ? layer_share
                         : i == Features::place     ? place_share
                                                    : hashed_share;
    out.covariance[at(i, i)] = share * spread * spread;
  }
  return out;
}

Belief Belief::broad(double base, double spread) {
  Belief out = prior(base, spread);
  out.covariance[at(Features::bias, Features::bias)] = broad_bias;
  return out;
}

Belief Belief::fresh(double spread) const {
  Belief out = prior(0, spread);
  out.mean = mean;
  return out;
}

double Belief::mean_of(const Features& x) const {
  double sum = 0;
  for (size_t i = 0; i < x.size; ++i) sum += mean[x.at[i]] * static_cast<double>(x.value[i]);
  return sum;
}

Score Belief::score(const Features& x) const {
  double variance = 0;
  for (size_t i = 0; i < x.size; ++i) {
    const auto xi = static_cast<double>(x.value[i]);
    double row = 0;
    for (size_t j = 0; j < i; ++j)
      row += covariance[at(x.at[i], x.at[j])] * static_cast<double>(x.value[j]);
    variance += xi * (2 * row + covariance[at(x.at[i], x.at[i])] * xi);
  }
  return {mean_of(x), std::sqrt(std::max(variance, 1e-8))};
}

void Belief::learn(const Features& x, double y, double weight) {
  std::array<double, d> sx{};  // Σx
  for (size_t i = 0; i < x.size; ++i)
    for (size_t row = 0; row < d; ++row)
      sx[row] += covariance[at(row, x.at[i])] * static_cast<double>(x.value[i]);
  double variance = 0;
  for (size_t i = 0; i < x.size; ++i) variance += sx[x.at[i]] * static_cast<double>(x.value[i]);
  const double p = logistic(mode(mean_of(x), variance, y, weight));
  const double h = weight * p * (1 - p);
  const double scale = h / (1 + h * variance);
  for (size_t row = 0; row < d; ++row) {
    mean[row] += sx[row] * weight * (y - p);
    const double scaled = sx[row] * scale;
    double* out = &covariance[row * (row + 1) / 2];
    for (size_t column = 0; column <= row; ++column) out[column] -= scaled * sx[column];
  }
}

double Belief::trace() const {
  double sum = 0;
  for (size_t i = 0; i < d; ++i) sum += covariance[at(i, i)];
  return sum;
}

void Belief::forget(double days, const Belief& like) {
  if (days <= 0) return;
  const double most = like.trace() / std::max(trace(), 1e-12);
  const double factor = std::min(std::pow(forgotten_a_day, days), std::max(most, 1.0));
  for (double& entry : covariance) entry *= factor;
}

}  // namespace aizuchi::decide
