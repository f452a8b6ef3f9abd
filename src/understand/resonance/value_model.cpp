#include "understand/resonance/value_model.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ground/base/result.h"

namespace aizuchi::understand {

namespace {

constexpr int newton_steps_max = 6;
constexpr int halvings_max = 6;

// One pick of a set: `of` by e^(sign·θ), sign −1 for the worst.
struct Pick {
  std::vector<uint32_t> of;
  std::vector<double> chance;
  double log_chance = 0;  // of what was picked
};

Pick pick(std::vector<uint32_t> of, uint32_t picked, double sign, std::span<const double> theta) {
  Pick out{.of = std::move(of), .chance = {}, .log_chance = 0};
  double most = -HUGE_VAL, sum = 0;
  for (const uint32_t i : out.of) most = std::max(most, sign * theta[i]);
  for (const uint32_t i : out.of) {
    out.chance.push_back(std::exp(sign * theta[i] - most));
    sum += out.chance.back();
  }
  for (double& p : out.chance) p /= sum;
  out.log_chance = sign * theta[picked] - most - std::log(sum);
  return out;
}

struct Picks {
  Pick best;
  std::optional<Pick> worst;
  double log_chance = 0;
};

Picks picks(const ValueAnswer& answer, std::span<const double> theta) {
  Picks out{.best = pick(answer.shown, answer.best, 1, theta), .worst = {}, .log_chance = 0};
  out.log_chance = out.best.log_chance;
  if (answer.worst) {
    std::vector<uint32_t> rest = answer.shown;
    std::erase(rest, answer.best);
    out.worst = pick(std::move(rest), *answer.worst, -1, theta);
    out.log_chance += out.worst->log_chance;
  }
  return out;
}

// log((1 − careless)·P + careless/answers), and the share of it that is an answer meant so.
struct Meant {
  double log_chance = 0;
  double share = 1;
};

Meant meant(const ValueAnswer& answer, double log_chance, double careless) {
  if (careless <= 0) return {.log_chance = log_chance};
  const auto shown = static_cast<double>(answer.shown.size());
  const double any = careless / (answer.worst ? shown * (shown - 1) : shown);
  const double so = (1 - careless) * std::exp(log_chance);
  return {.log_chance = std::log(so + any), .share = so / (so + any)};
}

// Slope and curvature of the log posterior in θ. The curvature is that of the answer meant so,
// times the share: the true one of the mixture need not be positive, this one always is.
struct Shape {
  std::vector<double> slope, curvature;
};

void add(Shape& shape, const Pick& pick, uint32_t picked, double sign, double weight) {
  const size_t n = shape.slope.size();
  shape.slope[picked] += sign * weight;
  for (size_t a = 0; a < pick.of.size(); ++a) {
    const double p = pick.chance[a];
    shape.slope[pick.of[a]] -= sign * weight * p;
    shape.curvature[pick.of[a] * n + pick.of[a]] += weight * p;
    for (size_t b = 0; b < pick.of.size(); ++b)
      shape.curvature[pick.of[a] * n + pick.of[b]] -= weight * p * pick.chance[b];
  }
}

class Posterior {
 public:
  Posterior(const Belief& before, std::span<const ValueAnswer> answers, double careless)
      : before_(before),
        answers_(answers),
        careless_(careless),
        precision_(inverse(before.covariance, before.size())) {}

  double log_density(std::span<const double> theta) const {
    double out = 0;
    for (const ValueAnswer& answer : answers_)
      out += answer.weight * meant(answer, log_likelihood(answer, theta), careless_).log_chance;
    const std::vector<double> pull = pull_of(theta);
    for (size_t i = 0; i < theta.size(); ++i) out -= (theta[i] - before_.mean[i]) * pull[i] / 2;
    return out;
  }

  Shape shape(std::span<const double> theta) const {
    Shape out{.slope = pull_of(theta), .curvature = precision_};
    for (double& slope : out.slope) slope = -slope;
    for (const ValueAnswer& answer : answers_) {
      const Picks both = picks(answer, theta);
      const double weight = answer.weight * meant(answer, both.log_chance, careless_).share;
      add(out, both.best, answer.best, 1, weight);
      if (both.worst) add(out, *both.worst, *answer.worst, -1, weight);
    }
    return out;
  }

 private:
  // Σ⁻¹(θ − μ)
  std::vector<double> pull_of(std::span<const double> theta) const {
    const size_t n = theta.size();
    std::vector<double> out(n);
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < n; ++j) out[i] += precision_[i * n + j] * (theta[j] - before_.mean[j]);
    return out;
  }

  const Belief& before_;
  const std::span<const ValueAnswer> answers_;
  const double careless_;
  const std::vector<double> precision_;
};

}  // namespace

bool possible(const ValueAnswer& answer, size_t axes) {
  const auto is_shown = [&](uint32_t axis) {
    return std::ranges::find(answer.shown, axis) != answer.shown.end();
  };
  if (answer.shown.size() < 2 || !is_shown(answer.best)) return false;
  if (answer.worst && (!is_shown(*answer.worst) || *answer.worst == answer.best)) return false;
  for (const uint32_t axis : answer.shown)
    if (axis >= axes || std::ranges::count(answer.shown, axis) != 1) return false;
  return answer.weight > 0 && std::isfinite(answer.weight);
}

double log_likelihood(const ValueAnswer& answer, std::span<const double> theta) {
  return picks(answer, theta).log_chance;
}

Belief after_answers(const Belief& before, std::span<const ValueAnswer> answers, double careless) {
  for (const ValueAnswer& answer : answers) AIZ_ASSERT(possible(answer, before.size()));
  if (answers.empty()) return before;
  const size_t n = before.size();
  const Posterior posterior(before, answers, careless);
  std::vector<double> theta = before.mean, lower, tried(n);
  double density = posterior.log_density(theta);
  for (int step = 0; step < newton_steps_max; ++step) {
    Shape shape = posterior.shape(theta);
    AIZ_ASSERT(factor(shape.curvature, n, lower));
    solve(lower, n, shape.slope);
    double length = 1, better = -HUGE_VAL;
    for (int halving = 0; halving < halvings_max; ++halving, length /= 2) {
      for (size_t i = 0; i < n; ++i) tried[i] = theta[i] + length * shape.slope[i];
      better = posterior.log_density(tried);
      if (better >= density) break;
    }
    if (!(better > density)) break;
    const double gained = better - density;
    theta.swap(tried);
    density = better;
    if (gained < 1e-13) break;
  }
  return {.mean = theta, .covariance = inverse(posterior.shape(theta).curvature, n)};
}

Belief drifted(const Belief& then, const Belief& usual, ground::Duration passed,
               ground::Duration half_life) {
  AIZ_ASSERT(then.size() == usual.size() && half_life.ms > 0);
  const double half_lives = std::max(0.0, double(passed.ms) / double(half_life.ms));
  const double left = std::exp2(-half_lives);
  Belief out = usual;
  for (size_t i = 0; i < out.mean.size(); ++i) out.mean[i] += left * (then.mean[i] - usual.mean[i]);
  for (size_t i = 0; i < out.covariance.size(); ++i)
    out.covariance[i] += left * left * (then.covariance[i] - usual.covariance[i]);
  return out;
}

namespace {

// visit(θ, the dearest) for each of the points that stand for the belief.
template <typename Visit>
void for_each_point(const Belief& belief, Visit&& visit) {
  const size_t n = belief.size();
  AIZ_ASSERT(n > 0 && n <= axes_max);
  std::vector<double> lower;
  AIZ_ASSERT(factor(belief.covariance, n, lower));
  const auto points = standard_normal_points();
  std::array<double, axes_max> theta{};
  for (size_t point = 0; point < normal_points; ++point) {
    const double* z = &points[point * normal_size_max];
    size_t top = 0;
    for (size_t i = 0; i < n; ++i) {
      theta[i] = belief.mean[i];
      for (size_t k = 0; k <= i; ++k) theta[i] += lower[i * n + k] * z[k];
      if (theta[i] > theta[top]) top = i;
    }
    visit(std::span(theta).first(n), top);
  }
}

constexpr double each_point = 1.0 / normal_points;

}  // namespace

std::vector<double> top_chances(const Belief& belief) {
  std::vector<double> out(belief.size());
  for_each_point(belief, [&](auto, size_t top) { out[top] += each_point; });
  return out;
}

std::vector<double> expected_shares(const Belief& belief) {
  std::vector<double> out(belief.size());
  for_each_point(belief, [&](std::span<double> theta, size_t top) {
    const double most = theta[top];
    double sum = 0;
    for (double& one : theta) sum += one = std::exp(one - most);
    for (size_t i = 0; i < theta.size(); ++i) out[i] += each_point * theta[i] / sum;
  });
  return out;
}

Sympathy sympathy(const Belief& belief, std::span<const double> shares,
                  std::span<const std::pair<uint32_t, double>> axes) {
  const size_t n = belief.size();
  std::vector<double> weight(n);
  for (const auto& [axis, given] : axes) {
    AIZ_ASSERT(axis < n);
    weight[axis] += given;
  }
  Sympathy out;
  double usual = 0, variance = 0;
  for (size_t i = 0; i < n; ++i) {
    out.value += shares[i] * weight[i];
    usual += weight[i] / static_cast<double>(n);
  }
  for (size_t i = 0; i < n; ++i) {
    out.lean += (weight[i] - usual) * belief.mean[i];
    for (size_t j = 0; j < n; ++j)
      variance += (weight[i] - usual) * (weight[j] - usual) * belief.at(i, j);
  }
  if (variance > 0) out.sure = std::abs(out.lean) / std::sqrt(variance);
  return out;
}

}  // namespace aizuchi::understand
