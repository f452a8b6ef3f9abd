#include "understand/resonance/value_question.h"

#include <algorithm>
#include <cmath>

#include "ground/base/result.h"

namespace aizuchi::understand {

namespace {

using Square = std::array<std::array<double, asked_axes>, asked_axes>;

// Of one set: e^(θ − max) and e^(min − θ) of its axes at μ.
struct Weights {
  std::array<double, asked_axes> up{}, down{};
};

void add_choice(Square& information, const std::array<double, asked_axes>& chance, size_t n,
                double weight) {
  for (size_t i = 0; i < n; ++i) {
    information[i][i] += weight * chance[i];
    for (size_t j = 0; j < n; ++j) information[i][j] -= weight * chance[i] * chance[j];
  }
}

// E[H]: the curvature does not depend on which is best; that of the worst on what is left.
Square expected_information(const Weights& weights, size_t n, bool with_worst) {
  Square out{};
  std::array<double, asked_axes> best{}, worst{};
  double up = 0, down = 0;
  for (size_t i = 0; i < n; ++i) up += weights.up[i], down += weights.down[i];
  for (size_t i = 0; i < n; ++i) best[i] = weights.up[i] / up;
  add_choice(out, best, n, 1);
  if (!with_worst || n < 3) return out;
  for (size_t b = 0; b < n; ++b) {
    for (size_t i = 0; i < n; ++i)
      worst[i] = i == b ? 0 : weights.down[i] / (down - weights.down[b]);
    add_choice(out, worst, n, best[b]);
  }
  return out;
}

double log_determinant(Square& m, size_t n) {
  double out = 0;
  for (size_t k = 0; k < n; ++k) {
    size_t pivot = k;
    for (size_t i = k + 1; i < n; ++i)
      if (std::abs(m[i][k]) > std::abs(m[pivot][k])) pivot = i;
    std::swap(m[k], m[pivot]);
    out += std::log(std::abs(m[k][k]));
    for (size_t i = k + 1; i < n; ++i) {
      const double factor = m[i][k] / m[k][k];
      for (size_t j = k; j < n; ++j) m[i][j] -= factor * m[k][j];
    }
  }
  return out;
}

// e^±(μ − middle), once for all sets.
struct Raised {
  std::array<double, axes_max> up{}, down{};
};

Raised raised(const Belief& belief) {
  Raised out;
  const auto [least, most] = std::ranges::minmax(belief.mean);
  for (size_t i = 0; i < belief.size(); ++i) {
    out.up[i] = std::exp(belief.mean[i] - most);
    out.down[i] = std::exp(least - belief.mean[i]);
  }
  return out;
}

double gain_of(const Belief& belief, const Raised& raised, std::span<const uint32_t> shown,
               bool with_worst) {
  const size_t n = shown.size();
  Weights weights;
  for (size_t i = 0; i < n; ++i)
    weights.up[i] = raised.up[shown[i]], weights.down[i] = raised.down[shown[i]];
  const Square information = expected_information(weights, n, with_worst);
  Square m{};
  for (size_t i = 0; i < n; ++i) {
    m[i][i] = 1;
    for (size_t k = 0; k < n; ++k) {
      const double covariance = belief.at(shown[i], shown[k]);
      for (size_t j = 0; j < n; ++j) m[i][j] += covariance * information[k][j];
    }
  }
  return log_determinant(m, n);
}

}  // namespace

double expected_gain(const Belief& belief, std::span<const uint32_t> shown, bool with_worst) {
  AIZ_ASSERT(shown.size() >= 2 && shown.size() <= asked_axes && belief.size() <= axes_max);
  return gain_of(belief, raised(belief), shown, with_worst);
}

ValueQuestion best_question(const Belief& belief, bool with_worst) {
  const size_t n = belief.size();
  AIZ_ASSERT(n >= 2 && n <= axes_max);
  ValueQuestion out{.shown = {}, .size = std::min(asked_axes, n), .gain = -HUGE_VAL};
  const auto favourite =
      static_cast<uint32_t>(std::ranges::max_element(belief.mean) - belief.mean.begin());
  std::vector<uint32_t> rivals;
  for (uint32_t i = 0; i < n; ++i)
    if (i != favourite) rivals.push_back(i);
  const Raised all = raised(belief);
  // Every choice of size − 1 rivals, in the order of their places.
  std::array<size_t, asked_axes> place{0, 1, 2, 3};
  const size_t chosen = out.size - 1;
  std::array<uint32_t, asked_axes> shown{favourite};
  for (bool more = true; more;) {
    for (size_t i = 0; i < chosen; ++i) shown[i + 1] = rivals[place[i]];
    const double gain = gain_of(belief, all, std::span(shown).first(out.size), with_worst);
    if (gain > out.gain) out.shown = shown, out.gain = gain;
    size_t i = chosen;
    while (i > 0 && place[i - 1] == rivals.size() - chosen + i - 1) --i;
    more = i > 0;
    if (!more) break;
    ++place[i - 1];
    for (; i < chosen; ++i) place[i] = place[i - 1] + 1;
  }
  return out;
}

std::optional<ValueQuestion> next_question(const Belief& belief, size_t asked,
                                           const QuestionRules& rules) {
  if (asked >= rules.asked_max || belief.size() < 2) return std::nullopt;
  if (std::ranges::max(top_chances(belief)) >= rules.known_from) return std::nullopt;
  return best_question(belief, rules.with_worst);
}

}  // namespace aizuchi::understand
