#include "understand/resonance/graded.h"

#include <algorithm>
#include <cmath>

#include "ground/base/result.h"
#include "understand/resonance/preference.h"

namespace aizuchi::understand {

namespace {

constexpr double least_variance = 1e-9;

// Weights · covariance: how each item goes with the sum.
std::vector<double> with_sum(const Belief& belief, std::span<const double> weights) {
  const size_t n = belief.size();
  std::vector<double> out(n);
  for (size_t i = 0; i < n; ++i) {
    if (weights[i] == 0) continue;
    const double* row = &belief.covariance[i * n];
    for (size_t j = 0; j < n; ++j) out[j] += weights[i] * row[j];
  }
  return out;
}

}  // namespace

Moments::Moments(size_t items)
    : items_(items), both_(items * items), sum_(items * items), product_(items * items) {}

void Moments::add(std::span<const float> answers) {
  AIZ_ASSERT(answers.size() == items_);
  for (size_t i = 0; i < items_; ++i) {
    if (std::isnan(answers[i])) continue;
    const auto x = static_cast<double>(answers[i]);
    for (size_t j = 0; j < items_; ++j) {
      if (std::isnan(answers[j])) continue;
      both_[i * items_ + j] += 1;
      sum_[i * items_ + j] += x;
      product_[i * items_ + j] += x * static_cast<double>(answers[j]);
    }
  }
}

void Moments::add(const Moments& others) {
  AIZ_ASSERT(others.items_ == items_);
  for (size_t k = 0; k < both_.size(); ++k) {
    both_[k] += others.both_[k];
    sum_[k] += others.sum_[k];
    product_[k] += others.product_[k];
  }
}

Belief Moments::usual(double worth) const {
  const size_t n = items_;
  Belief out{.mean = std::vector<double>(n), .covariance = std::vector<double>(n * n)};
  for (size_t i = 0; i < n; ++i)
    if (const double count = both_[i * n + i]; count > 0) out.mean[i] = sum_[i * n + i] / count;
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) {
      const double count = both_[i * n + j];
      if (count == 0) continue;
      const double together = product_[i * n + j] - sum_[i * n + j] * sum_[j * n + i] / count;
      out.at(i, j) = together / (i == j ? count : count + worth);
    }
  for (size_t i = 0; i < n; ++i) out.at(i, i) = std::max(out.at(i, i), least_variance);
  std::vector<double> lower;
  for (double share = 0.02; !factor(out.covariance, n, lower) && share < 1; share += 0.08)
    out = shrunk(out, share);
  return out;
}

std::vector<uint32_t> telling_items(const Belief& belief, std::span<const uint8_t> asked,
                                    std::span<const std::vector<double>> scales,
                                    std::span<const double> usual_variances) {
  const size_t n = belief.size();
  std::vector<double> value(n);
  for (size_t s = 0; s < scales.size(); ++s) {
    const std::vector<double> with = with_sum(belief, scales[s]);
    for (size_t j = 0; j < n; ++j)
      if (belief.at(j, j) > least_variance)
        value[j] += with[j] * with[j] / (belief.at(j, j) * usual_variances[s]);
  }
  std::vector<uint32_t> out;
  for (uint32_t j = 0; j < n; ++j)
    if (!asked[j]) out.push_back(j);
  std::ranges::sort(out, {}, [&](uint32_t j) { return std::pair(-value[j], j); });
  return out;
}

std::vector<double> hear_item(Belief& belief, uint32_t item) {
  const size_t n = belief.size();
  std::vector<double> taken(n);
  const double variance = belief.at(item, item);
  if (variance <= least_variance) {  // known by the others already
    taken[item] = 1;
    return taken;
  }
  std::vector<double> row(n);
  for (size_t i = 0; i < n; ++i) row[i] = belief.at(item, i), taken[i] = row[i] / variance;
  for (size_t i = 0; i < n; ++i) {
    double* to = &belief.covariance[i * n];
    for (size_t j = 0; j < n; ++j) to[j] -= taken[i] * row[j];
  }
  return taken;
}

double variance_of(const Belief& belief, std::span<const double> weights) {
  const std::vector<double> with = with_sum(belief, weights);
  double out = 0;
  for (size_t i = 0; i < with.size(); ++i) out += weights[i] * with[i];
  return out;
}

std::vector<double> keyed(const Belief& usual, std::span<const uint32_t> items) {
  std::vector<double> load(items.size(), 1.0), next(items.size());
  const auto relation = [&](uint32_t i, uint32_t j) {
    return usual.at(i, j) / std::sqrt(usual.at(i, i) * usual.at(j, j));
  };
  // The power method; a start of all plus, moved a little so that it stands across no component.
  for (size_t i = 0; i < load.size(); ++i) load[i] += 0.01 * static_cast<double>(i % 7);
  for (int step = 0; step < 200; ++step) {
    double length = 0;
    for (size_t i = 0; i < items.size(); ++i) {
      next[i] = 0;
      for (size_t j = 0; j < items.size(); ++j) next[i] += relation(items[i], items[j]) * load[j];
      length += next[i] * next[i];
    }
    for (double& one : next) one /= std::sqrt(std::max(length, least_variance));
    load.swap(next);
  }
  const auto minus = std::ranges::count_if(load, [](double l) { return l < 0; });
  const double turn = static_cast<size_t>(minus) * 2 > load.size() ? -1 : 1;
  for (double& one : load) one = one * turn < 0 ? -1 : 1;
  return load;
}

}  // namespace aizuchi::understand
