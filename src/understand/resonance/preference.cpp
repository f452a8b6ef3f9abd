#include "understand/resonance/preference.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ground/base/result.h"
#include "understand/resonance/population.h"

namespace aizuchi::understand {

namespace {

// Slope g and curvature h of log P(answer) in the mean of the lead, whose mean and variance these
// are: the new mean is m + v·g, the new variance v − v²·h.
struct Tilt {
  double chance = 0, g = 0, h = 0;
};

Tilt tilt(double mean, double variance, AnswerNoise noise) {
  const double sd = std::sqrt(variance + noise.variance);
  const double z = std::max(mean / sd, -30.0);
  Tilt out;
  out.chance = noise.careless / 2 + (1 - noise.careless) * normal_below(z);
  out.g = (1 - noise.careless) * normal_density(z) / (sd * out.chance);
  out.h = out.g * (out.g + z / sd);
  return out;
}

// Adds a normal observation of the lead, with these natural parameters. `row` is scratch.
void fold(Belief& belief, Preference pair, double precision, double shift,
          std::vector<double>& row) {
  const size_t n = belief.size();
  row.resize(n);
  for (size_t i = 0; i < n; ++i) row[i] = belief.at(pair.better, i) - belief.at(pair.worse, i);
  const double variance = row[pair.better] - row[pair.worse];
  const double left = 1 / (1 + precision * variance);
  const double step = (shift - precision * belief.lead(pair.better, pair.worse)) * left;
  for (size_t i = 0; i < n; ++i) belief.mean[i] += row[i] * step;
  for (size_t i = 0; i < n; ++i) {
    const double factor = row[i] * precision * left;
    double* to = &belief.covariance[i * n];
    for (size_t j = 0; j < n; ++j) to[j] -= factor * row[j];
  }
}

// One site without itself, tilted by the answer, and put back as the normal one that it becomes.
void refit(Belief& belief, Site& site, AnswerNoise noise, std::vector<double>& row) {
  constexpr double least = 1e-9;
  const auto& [better, worse] = site.preference;
  const double variance = belief.lead_variance(better, worse), mean = belief.lead(better, worse);
  const double rest = 1 - site.precision * variance;
  if (variance < least || rest < least) return;
  const double cavity = variance / rest, centre = (mean - variance * site.shift) / rest;
  const Tilt tilted = tilt(centre, cavity, noise);
  const double left = 1 - tilted.h * cavity;
  if (left < least) return;
  const double precision = tilted.h / left, shift = (tilted.g + tilted.h * centre) / left;
  if (1 + (precision - site.precision) * variance < least) return;
  fold(belief, site.preference, precision - site.precision, shift - site.shift, row);
  site.precision = precision, site.shift = shift;
}

}  // namespace

Belief after_preferences(const Belief& usual, std::span<Site> sites, AnswerNoise noise,
                         int sweeps) {
  Belief out = usual;
  std::vector<double> row;
  for (const Site& site : sites)
    if (site.precision != 0 || site.shift != 0)
      fold(out, site.preference, site.precision, site.shift, row);
  for (int sweep = 0; sweep < sweeps; ++sweep)
    for (Site& site : sites) refit(out, site, noise, row);
  return out;
}

double chance(const Belief& belief, Preference preference, AnswerNoise noise) {
  const auto& [better, worse] = preference;
  return tilt(belief.lead(better, worse), belief.lead_variance(better, worse), noise).chance;
}

// ---- which pair to ask

namespace {

struct Lead {
  Preference pair;
  double mean = 0, variance = 0;
};

std::vector<Lead> all_leads(const Belief& belief, std::span<const Preference> among) {
  std::vector<Lead> out;
  const auto add = [&](uint32_t a, uint32_t b) {
    out.push_back({.pair = {a, b},
                   .mean = belief.lead(a, b),
                   .variance = std::max(belief.lead_variance(a, b), 1e-9)});
  };
  for (const auto& [a, b] : among) add(a, b);
  for (uint32_t a = 0; among.empty() && a < belief.size(); ++a)
    for (uint32_t b = a + 1; b < belief.size(); ++b) add(a, b);
  return out;
}

// Covariance of every option with the lead.
void covariances(const Belief& belief, Preference pair, std::vector<double>& out) {
  out.resize(belief.size());
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = belief.at(pair.better, i) - belief.at(pair.worse, i);
}

bool more_telling(const PairValue& a, const PairValue& b) {
  return a.value != b.value ? a.value > b.value : a.pair < b.pair;
}

double settled(const Lead& asked, std::span<const Lead> leads, const std::vector<double>& with,
               AnswerNoise noise) {
  const Tilt yes = tilt(asked.mean, asked.variance, noise);
  const Tilt no = tilt(-asked.mean, asked.variance, noise);
  const double sum = yes.chance + no.chance;
  double out = 0;
  for (const Lead& lead : leads) {
    const double c = with[lead.pair.better] - with[lead.pair.worse];
    const auto after = [&](double g, double h) {
      return normal_below((lead.mean + c * g) /
                          std::sqrt(std::max(lead.variance - c * c * h, 1e-9)));
    };
    const double p = after(yes.g, yes.h), q = after(-no.g, no.h);
    const double apart = p - q;
    out += yes.chance * no.chance / (sum * sum) * apart * apart;
  }
  return out;
}

}  // namespace

std::vector<PairValue> telling_pairs(const Belief& belief, AnswerNoise noise, size_t wanted,
                                     std::span<const Preference> among) {
  constexpr size_t looked_at = 24;
  const std::vector<Lead> leads = all_leads(belief, among);
  // To the first order: a change of the lead's mean by c·g moves P by its density there.
  std::vector<double> steep;
  for (const Lead& lead : leads) {
    const double density = normal_density(lead.mean / std::sqrt(lead.variance));
    steep.push_back(density * density / lead.variance);
  }
  std::vector<PairValue> out;
  std::vector<double> with;
  for (const Lead& asked : leads) {
    covariances(belief, asked.pair, with);
    double sum = 0;
    for (size_t i = 0; i < leads.size(); ++i) {
      const double c = with[leads[i].pair.better] - with[leads[i].pair.worse];
      sum += c * c * steep[i];
    }
    const Tilt yes = tilt(asked.mean, asked.variance, noise);
    const Tilt no = tilt(-asked.mean, asked.variance, noise);
    out.push_back({.pair = asked.pair,
                   .value = sum * (yes.chance * yes.g * yes.g + no.chance * no.g * no.g)});
  }
  std::ranges::sort(out, more_telling);
  if (out.size() > wanted) out.resize(wanted);
  const size_t exact = std::min(looked_at, out.size());
  for (PairValue& one : std::span(out).first(exact)) {
    const Lead asked{
        .pair = one.pair,
        .mean = belief.lead(one.pair.better, one.pair.worse),
        .variance = std::max(belief.lead_variance(one.pair.better, one.pair.worse), 1e-9)};
    covariances(belief, asked.pair, with);
    one.value = settled(asked, leads, with, noise);
  }
  std::ranges::sort(std::span(out).first(exact), more_telling);
  return out;
}

// ---- what is usual

namespace {

// Options by liking, each level of equals together; unknown ones left out.
std::vector<std::vector<uint32_t>> levels(const Liking& liking) {
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < liking.size(); ++i)
    if (!std::isnan(liking[i])) order.push_back(i);
  std::ranges::sort(order, {}, [&](uint32_t i) { return std::pair(liking[i], i); });
  std::vector<std::vector<uint32_t>> out;
  for (const uint32_t i : order) {
    if (out.empty() || liking[out.back().front()] != liking[i]) out.emplace_back();
    out.back().push_back(i);
  }
  return out;
}

// The normal scores of an order, standardised; NaN where it is not known.
Liking normal_scores(const Liking& liking) {
  Liking out(liking.size(), std::nan(""));
  const auto of = levels(liking);
  double known = 0, below = 0, square = 0, sum = 0;
  for (const auto& level : of) known += static_cast<double>(level.size());
  for (const auto& level : of) {
    const auto size = static_cast<double>(level.size());
    const double score = normal_below_inverse((below + size / 2) / known);
    for (const uint32_t i : level) out[i] = score;
    below += size, sum += size * score, square += size * score * score;
  }
  const double mean = sum / known, sd = std::sqrt(square / known - mean * mean);
  for (double& score : out) score = sd > 1e-9 ? (score - mean) / sd : std::nan("");
  return out;
}

// Only differences count: without what is common to all, in the scale of mean lead variance 2.
Belief levelled(const Belief& usual) {
  const size_t n = usual.size();
  Belief out = usual;
  std::vector<double> row(n);
  double all = 0;
  const double average =
      std::accumulate(usual.mean.begin(), usual.mean.end(), 0.0) / static_cast<double>(n);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) row[i] += usual.at(i, j) / static_cast<double>(n);
    all += row[i] / static_cast<double>(n);
  }
  double trace = 0;
  for (size_t i = 0; i < n; ++i) {
    out.mean[i] -= average;
    for (size_t j = 0; j < n; ++j) out.at(i, j) += all - row[i] - row[j];
    trace += out.at(i, i);
  }
  const double scale = static_cast<double>(n - 1) / trace;
  for (double& one : out.covariance) one *= scale;
  for (double& one : out.mean) one *= std::sqrt(scale);
  return out;
}

}  // namespace

Belief usual_standing(std::span<const Liking> people, double worth) {
  AIZ_ASSERT(!people.empty());
  const size_t n = people.front().size();
  std::vector<Liking> scores;
  for (const Liking& liking : people) scores.push_back(normal_scores(liking));
  Belief out = nothing_known(n, 1);
  for (size_t i = 0; i < n; ++i) {
    double count = 0, sum = 0;
    for (const Liking& one : scores)
      if (!std::isnan(one[i])) sum += one[i], count += 1;
    out.mean[i] = sum / (worth + count);
  }
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j <= i; ++j) {
      double count = 0, sum = 0;
      for (const Liking& one : scores)
        if (!std::isnan(one[i]) && !std::isnan(one[j]))
          sum += (one[i] - out.mean[i]) * (one[j] - out.mean[j]), count += 1;
      out.at(i, j) = (sum + (i == j ? worth : 0)) / (worth + count);
      out.at(j, i) = out.at(i, j);
    }
  // Pairs known by different people need not make one covariance: then less of them.
  std::vector<double> lower;
  for (double share = 0.05; !factor(out.covariance, n, lower) && share < 1; share += 0.1)
    out = shrunk(out, share);
  return levelled(out);
}

std::vector<Site> sites_of_order(const Liking& liking) {
  constexpr size_t all_up_to = 9;  // links between two levels
  std::vector<Site> out;
  const auto of = levels(liking);
  for (size_t level = 1; level < of.size(); ++level) {
    const auto& worse = of[level - 1];
    const auto& better = of[level];
    if (worse.size() * better.size() <= all_up_to || std::min(worse.size(), better.size()) == 1) {
      for (const uint32_t a : better)
        for (const uint32_t b : worse) out.push_back({.preference = {a, b}});
      continue;
    }
    for (size_t i = 0; i < std::max(worse.size(), better.size()); ++i)
      for (const size_t turn : {0U, 1U})
        out.push_back(
            {.preference = {better[i % better.size()], worse[(i + turn) % worse.size()]}});
  }
  return out;
}

Belief learn_usual(std::span<std::vector<Site>> people, Belief start, AnswerNoise noise, int rounds,
                   double worth) {
  PopulationSettings settings{.prior = nothing_known(start.size(), 1), .worth = worth};
  const auto believe = [&](size_t person, const Belief& usual) {
    return after_preferences(usual, people[person], noise, 1);
  };
  for (int round = 0; round < rounds; ++round)
    start = levelled(population_round(people.size(), believe, start, settings));
  return start;
}

Belief shrunk(const Belief& usual, double share) {
  Belief out = usual;
  double trace = 0;
  const size_t n = usual.size();
  for (size_t i = 0; i < n; ++i) trace += usual.at(i, i);
  for (double& one : out.covariance) one *= 1 - share;
  for (size_t i = 0; i < n; ++i) out.at(i, i) += share * trace / static_cast<double>(n);
  return out;
}

}  // namespace aizuchi::understand
