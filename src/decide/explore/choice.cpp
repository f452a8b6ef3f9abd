#include "decide/explore/choice.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ground/base/hash.h"
#include "ground/base/result.h"

namespace aizuchi::decide {

namespace {

constexpr uint64_t uniform_salt = 0x756e69666f726dULL;
constexpr uint64_t pick_salt = 0x7069636bULL;

// In (0, 1), never 0 or 1.
double unit(uint64_t hash) {
  return (static_cast<double>(hash >> 11) + 0.5) * 0x1p-53;
}

double polynomial(std::span<const double> coefficients, double x) {
  double sum = 0;
  for (auto it = coefficients.rbegin(); it != coefficients.rend(); ++it) sum = sum * x + *it;
  return sum;
}

// AS 241: three regions, each a ratio of polynomials of degree 7.
constexpr double a[] = {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                        1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                        3.3430575583588128105e4, 2.5090809287301226727e3};
constexpr double b[] = {1.0,
                        4.2313330701600911252e1,
                        6.8718700749205790830e2,
                        5.3941960214247511077e3,
                        2.1213794301586595867e4,
                        3.9307895800092710610e4,
                        2.8729085735721942674e4,
                        5.2264952788528545610e3};
constexpr double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                        5.76949722146069140550e0,  3.64784832476320460504e0,
                        1.27045825245236838258e0,  2.41780725177450611770e-1,
                        2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr double d[] = {1.0,
                        2.05319162663775882187e0,
                        1.67638483018380384940e0,
                        6.89767334985100004550e-1,
                        1.48103976427480074590e-1,
                        1.51986665636164571966e-2,
                        5.47593808499534494600e-4,
                        1.05075007164441684324e-9};
constexpr double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                        1.78482653991729133580e0,  2.96560571828504891230e-1,
                        2.65321895265761230930e-2, 1.24266094738807843860e-3,
                        2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr double f[] = {1.0,
                        5.99832206555887937690e-1,
                        1.36929880922735805310e-1,
                        1.48753612908506148525e-2,
                        7.86869131145613259100e-4,
                        1.84631831751005468180e-5,
                        1.42151175831644588870e-7,
                        2.04426310338993978564e-15};

double normal_quantile(double p) {
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * polynomial(a, r) / polynomial(b, r);
  }
  double r = std::sqrt(-std::log(q < 0 ? p : 1 - p));
  double value;
  if (r <= 5) {
    r -= 1.6;
    value = polynomial(c, r) / polynomial(d, r);
  } else {
    r -= 5;
    value = polynomial(e, r) / polynomial(f, r);
  }
  return q < 0 ? -value : value;
}

double normal_cdf(double x) {
  return 0.5 * std::erfc(-x * M_SQRT1_2);
}

size_t best_mean(std::span<const Arm> arms) {
  const auto it =
      std::ranges::max_element(arms, {}, [](const Arm& arm) { return arm.mean + arm.shift; });
  return static_cast<size_t>(it - arms.begin());
}

// The largest m + s + shift, at most `keeps`: what is good, or may be. In the order they came.
std::vector<size_t> first_stage(std::span<const Arm> arms, size_t keeps) {
  std::vector<size_t> kept(arms.size());
  for (size_t k = 0; k < arms.size(); ++k) kept[k] = k;
  if (arms.size() <= keeps) return kept;
  const auto promise = [&](size_t k) {
    return std::pair(arms[k].mean + arms[k].spread + arms[k].shift, arms[k].key);
  };
  std::ranges::nth_element(kept, kept.begin() + static_cast<ptrdiff_t>(keeps), std::greater{},
                           promise);
  kept.resize(keeps);
  std::ranges::sort(kept);
  return kept;
}

struct Normal {
  double mean = 0, spread = 1;
  double at(double t) const { return mean + t * spread; }
};

constexpr double tails = 8;      // spreads on each side that are looked at: 1e-15 lies outside
constexpr double step_of = 0.5;  // of an arm's spread

// Where the largest of the draws can lie, cut as finely as the narrowest arm at each place asks.
std::vector<double> grid_of(std::span<const Normal> arms) {
  double low = -INFINITY, high = -INFINITY;
  for (const Normal& arm : arms) {
    low = std::max(low, arm.at(-tails));
    high = std::max(high, arm.at(tails));
  }
  std::vector<std::pair<double, double>> wanted;  // a point, and how far the one before may be
  for (const Normal& arm : arms)
    for (double t = -tails; t <= tails; t += step_of)
      if (arm.at(t) > low && arm.at(t) < high) wanted.emplace_back(arm.at(t), step_of * arm.spread);
  std::ranges::sort(wanted);
  std::vector<double> out{low};
  for (const auto& [z, step] : wanted)
    if (z - out.back() >= 0.5 * step) out.push_back(z);
  out.push_back(high);
  return out;
}

// Gauss-Legendre, five points on [-1, 1].
constexpr std::array<std::pair<double, double>, 5> legendre{
    {{-0.9061798459386640, 0.2369268850561891},
     {-0.5384693101056831, 0.4786286704993665},
     {0.0, 0.5688888888888889},
     {0.5384693101056831, 0.4786286704993665},
     {0.9061798459386640, 0.2369268850561891}}};

// Adds what one point of the grid gives: each arm's density there times that all others are below.
void add_point(double z, double weight, std::span<const Normal> arms, std::vector<double>& below,
               std::vector<double>& shares) {
  below[arms.size()] = 1;  // behind k: the product of those from k on
  for (size_t k = arms.size(); k-- > 0;)
    below[k] = below[k + 1] * normal_cdf((z - arms[k].mean) / arms[k].spread);
  double before = 1;
  for (size_t k = 0; k < arms.size() && before > 0; ++k) {
    const double t = (z - arms[k].mean) / arms[k].spread;
    const double density = std::exp(-0.5 * t * t) / (arms[k].spread * std::sqrt(2 * M_PI));
    shares[k] += weight * density * before * below[k + 1];
    before *= normal_cdf(t);
  }
}

// P(arm k has the largest draw).
std::vector<double> win_shares(std::span<const Normal> arms) {
  std::vector<double> shares(arms.size(), 0), below(arms.size() + 1);
  const std::vector<double> grid = grid_of(arms);
  for (size_t g = 0; g + 1 < grid.size(); ++g) {
    const double middle = (grid[g] + grid[g + 1]) / 2, half = (grid[g + 1] - grid[g]) / 2;
    for (const auto& [at, weight] : legendre)
      add_point(middle + half * at, half * weight, arms, below, shares);
  }
  double total = 0;
  for (const double share : shares) total += share;
  for (double& share : shares) share /= total;
  return shares;
}

}  // namespace

double normal_of(uint64_t hash) {
  return normal_quantile(unit(hash));
}

double draw(uint64_t seed, const Arm& arm) {
  return arm.mean + arm.spread * normal_of(ground::mix64(seed ^ ground::mix64(arm.key))) +
         arm.shift;
}

Chosen choose(std::span<const Arm> arms, uint64_t seed, uint32_t position, Explore explore,
              size_t keeps) {
  AIZ_ASSERT(!arms.empty());
  if (explore == Explore::off) return {best_mean(arms), false};
  const uint64_t here = ground::mix64(seed + position);
  if (unit(ground::mix64(here ^ uniform_salt)) < uniform_share) {
    const double at = unit(ground::mix64(here ^ pick_salt)) * static_cast<double>(arms.size());
    return {std::min(static_cast<size_t>(at), arms.size() - 1), true};
  }
  size_t best = 0;
  double best_z = -INFINITY;
  const auto look = [&](size_t k) {
    const double z = draw(here, arms[k]);
    if (z > best_z) best = k, best_z = z;
  };
  if (arms.size() <= keeps)
    for (size_t k = 0; k < arms.size(); ++k) look(k);
  else
    for (const size_t k : first_stage(arms, keeps)) look(k);
  return {best, false};
}

std::vector<double> propensities(std::span<const Arm> arms, Explore explore, size_t keeps) {
  if (arms.empty()) return {};
  std::vector<double> p(arms.size(), 0);
  if (explore == Explore::off) {
    p[best_mean(arms)] = 1;
    return p;
  }
  const std::vector<size_t> kept = first_stage(arms, keeps);
  std::vector<Normal> normals;
  normals.reserve(kept.size());
  for (const size_t k : kept) normals.push_back({arms[k].mean + arms[k].shift, arms[k].spread});
  const std::vector<double> w = win_shares(normals);
  for (size_t i = 0; i < kept.size(); ++i) p[kept[i]] = (1 - uniform_share) * w[i];
  const double floor = uniform_share / static_cast<double>(arms.size());
  for (double& share : p) share += floor;
  return p;
}

}  // namespace aizuchi::decide
