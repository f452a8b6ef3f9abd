#include "reflect/offpolicy/offpolicy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ground/base/result.h"

namespace aizuchi::reflect {

namespace {

constexpr double alpha = 0.05;

// Mean and its standard error, in two passes: a reward of a thousandth leaves no digits to lose.
Estimate mean_of(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  double sum = 0;
  for (const double v : values) sum += v;
  const double mean = sum / n;
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  return {.value = mean, .standard_error = n < 2 ? 0 : std::sqrt(squares / (n - 1) / n)};
}

// P(|Z| > z) of a standard normal, turned round by bisection: called once a comparison.
double two_sided_quantile(double probability) {
  double low = 0, high = 40;
  for (int i = 0; i < 100; ++i) {
    const double z = (low + high) / 2;
    (std::erfc(z / std::sqrt(2.0)) > probability ? low : high) = z;
  }
  return high;
}

double kish(double sum, double squares) {
  return squares > 0 ? sum * sum / squares : 0;
}

std::optional<std::string> too_little(const Reflection& policy) {
  if (policy.effective < effective_min)
    return fmt::format("the effective sample of '{}' is {:.0f}; {:.0f} are needed", policy.policy,
                       policy.effective, effective_min);
  if (policy.effective_rewards < effective_rewards_min)
    return fmt::format("'{}' rests on {:.1f} effective rewards; {:.0f} are needed", policy.policy,
                       policy.effective_rewards, effective_rewards_min);
  return std::nullopt;
}

}  // namespace

Reflection reflect_on(std::string policy, std::span<const Round> rounds, double clip) {
  AIZ_ASSERT(!rounds.empty());
  Reflection out{.policy = std::move(policy)};
  double weights = 0, squares = 0, clipped = 0, gains = 0, gain_squares = 0;
  std::vector<double> rewards, weighted, direct;
  for (auto* each : {&out.scores, &out.weights, &rewards, &weighted, &direct})
    each->reserve(rounds.size());
  for (const Round& round : rounds) {
    const double whole = round.target / round.propensity;
    const double w = std::min(whole, clip);
    clipped += whole - w;
    weights += w;
    squares += w * w;
    const double gain = w * round.reward;
    gains += gain;
    gain_squares += gain * gain;
    weighted.push_back(gain);
    rewards.push_back(round.reward);
    out.weights.push_back(w);
    direct.push_back(round.expected_target);
    out.scores.push_back(round.expected_target + w * (round.reward - round.expected));
  }
  const auto n = static_cast<double>(rounds.size());
  const double error = mean_of(rewards).standard_error;
  out.reward_variance = error * error * n;
  out.ips = mean_of(weighted);
  out.direct = mean_of(direct);
  out.doubly_robust = mean_of(out.scores);
  out.effective = kish(weights, squares);
  out.effective_rewards = kish(gains, gain_squares);
  out.clipped_share = weights + clipped > 0 ? clipped / (weights + clipped) : 0;
  if (weights > 0) {
    out.snips.value = gains / weights;
    double residuals = 0;
    for (size_t i = 0; i < rounds.size(); ++i) {
      const double residual = weighted[i] - out.weights[i] * out.snips.value;
      residuals += residual * residual;
    }
    out.snips.standard_error = n < 2 ? 0 : std::sqrt(residuals * n / (n - 1)) / weights;
  }
  return out;
}

Verdict compare(std::span<const Reflection> policies) {
  if (policies.size() < 2)
    return {.winner = std::nullopt, .why = "one policy alone has nothing to be compared with"};
  const auto by_value = [](const Reflection& a, const Reflection& b) {
    return a.doubly_robust.value < b.doubly_robust.value;
  };
  const auto best = std::ranges::max_element(policies, by_value);
  if (const auto why = too_little(*best)) return {.winner = std::nullopt, .why = *why};
  // Whichever pair it had been, it would have been looked at.
  const auto n = static_cast<double>(policies.size());
  const double z = two_sided_quantile(alpha / (n * (n - 1) / 2));
  for (const Reflection& other : policies) {
    if (&other == &*best) continue;
    if (const auto why = too_little(other)) return {.winner = std::nullopt, .why = *why};
    std::vector<double> differences;
    differences.reserve(best->scores.size());
    double apart = 0;
    for (size_t i = 0; i < best->scores.size(); ++i) {
      differences.push_back(best->scores[i] - other.scores[i]);
      const double w = best->weights[i] - other.weights[i];
      apart += w * w;
    }
    const Estimate difference = mean_of(differences);
    const double alike =
        std::sqrt(best->reward_variance * apart) / static_cast<double>(best->scores.size());
    const double margin = z * std::max(difference.standard_error, alike);
    if (difference.value > margin) continue;
    return {.winner = std::nullopt,
            .why = fmt::format("'{}' is ahead of '{}' by {:.6f} ± {:.6f}: that may be chance",
                               best->policy, other.policy, difference.value, margin)};
  }
  return {.winner = static_cast<size_t>(best - policies.begin()),
          .why = fmt::format("'{}' is better than each other policy, at 5 % over all comparisons",
                             best->policy)};
}

}  // namespace aizuchi::reflect
