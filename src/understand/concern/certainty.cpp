#include "understand/concern/certainty.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace aizuchi::understand {

size_t to_probabilities(std::span<float> scores, double sharpness) {
  const auto best = std::ranges::max_element(scores);
  const float top = *best;
  double sum = 0;
  for (float& s : scores) {
    s = static_cast<float>(std::exp(sharpness * static_cast<double>(s - top)));
    sum += static_cast<double>(s);
  }
  for (float& s : scores) s = static_cast<float>(static_cast<double>(s) / sum);
  return static_cast<size_t>(best - scores.begin());
}

namespace {

double surprise_of(std::span<const float> scores, std::span<const uint32_t> truth, size_t classes,
                   double sharpness) {
  double total = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    const auto row = scores.subspan(i * classes, classes);
    const double top = static_cast<double>(*std::ranges::max_element(row));
    double sum = 0;
    for (const float s : row) sum += std::exp(sharpness * (static_cast<double>(s) - top));
    total += std::log(sum) - sharpness * (static_cast<double>(row[truth[i]]) - top);
  }
  return total;
}

}  // namespace

Sharpness sharpest(std::span<const float> scores, std::span<const uint32_t> truth, size_t classes) {
  if (truth.empty()) return {};
  // A log-normal prior on the sharpness that counts like a message or two.
  const auto cost = [&](double log_sharpness) {
    return surprise_of(scores, truth, classes, std::exp(log_sharpness)) +
           log_sharpness * log_sharpness / 2;
  };
  const double golden = (std::sqrt(5.0) - 1) / 2;
  double low = std::log(0.05), high = std::log(50.0);
  double left = high - golden * (high - low), right = low + golden * (high - low);
  double at_left = cost(left), at_right = cost(right);
  for (int step = 0; step < 24; ++step) {
    if (at_left < at_right) {
      high = right, right = left, at_right = at_left;
      left = high - golden * (high - low), at_left = cost(left);
    } else {
      low = left, left = right, at_left = at_right;
      right = low + golden * (high - low), at_right = cost(right);
    }
  }
  const double found = std::exp((low + high) / 2);
  return {
      .value = found,
      .surprise = surprise_of(scores, truth, classes, found) / static_cast<double>(truth.size())};
}

double Honesty::operator()(double probability) const {
  const double p = std::clamp(probability, 1e-6, 1 - 1e-6);
  return 1 / (1 + std::exp(-(slope * std::log(p / (1 - p)) + shift)));
}

// Newton's method on the log-likelihood, the slope held near 1 and the shift near 0 as if by a few
// messages.
Honesty learn_honesty(std::span<const Judged> judged) {
  constexpr double held = 2;
  Honesty out;
  for (int step = 0; step < 25; ++step) {
    double up_slope = held * (1 - out.slope), up_shift = -held * out.shift;
    double slope_slope = held, slope_shift = 0, shift_shift = held;
    for (const Judged& one : judged) {
      const double p = std::clamp(one.probability, 1e-6, 1 - 1e-6), x = std::log(p / (1 - p));
      const double said = out(p), left = (one.right ? 1 : 0) - said, curve = said * (1 - said);
      up_slope += left * x, up_shift += left;
      slope_slope += curve * x * x, slope_shift += curve * x, shift_shift += curve;
    }
    const double determinant = slope_slope * shift_shift - slope_shift * slope_shift;
    const double slope = (shift_shift * up_slope - slope_shift * up_shift) / determinant;
    const double shift = (slope_slope * up_shift - slope_shift * up_slope) / determinant;
    out.slope = std::max(0.05, out.slope + std::clamp(slope, -1.0, 1.0));
    out.shift += std::clamp(shift, -1.0, 1.0);
  }
  return out;
}

double calibration_error(std::span<const Judged> judged) {
  struct Bin {
    double probability = 0, right = 0;
  };
  std::array<Bin, 15> bins;
  for (const Judged& one : judged) {
    const double scaled = one.probability * static_cast<double>(bins.size());
    Bin& bin = bins[std::min(static_cast<size_t>(scaled), bins.size() - 1)];
    bin.probability += one.probability, bin.right += one.right ? 1 : 0;
  }
  double out = 0;
  for (const Bin& bin : bins) out += std::abs(bin.probability - bin.right);
  return judged.empty() ? 0 : out / static_cast<double>(judged.size());
}

Signals signals_of(const Spoken& spoken) {
  double top = -1e9, next = -1e9;
  size_t best = 0;
  for (size_t k = 0; k < spoken.scores.size(); ++k) {
    const double score = static_cast<double>(spoken.scores[k]);
    if (score > top)
      next = top, top = score, best = k;
    else
      next = std::max(next, score);
  }
  double sum = 0;
  for (const float s : spoken.scores)
    sum += std::exp(spoken.sharpness * (static_cast<double>(s) - top));
  return {top,
          spoken.scores.size() > 1 ? top - next : 0,
          -std::log(sum),
          spoken.covered,
          static_cast<double>(spoken.first[best]),
          static_cast<double>(spoken.second[best])};
}

double Knowing::operator()(const Signals& signals) const {
  double out = bias;
  for (size_t k = 0; k < signals.size(); ++k)
    out += weights[k] * (signals[k] - mean[k]) / spread[k];
  return out;
}

namespace {

void standardize(std::span<const Known> known, std::span<const Signals> unknown, Knowing& out) {
  const double n = static_cast<double>(known.size() + unknown.size());
  const auto each = [&](auto&& of) {
    for (const Known& one : known) of(one.signals);
    for (const Signals& one : unknown) of(one);
  };
  each([&](const Signals& s) {
    for (size_t k = 0; k < s.size(); ++k) out.mean[k] += s[k] / n;
  });
  each([&](const Signals& s) {
    for (size_t k = 0; k < s.size(); ++k) {
      const double away = s[k] - out.mean[k];
      out.spread[k] += away * away / n;
    }
  });
  for (double& s : out.spread) s = std::max(std::sqrt(s), 1e-6);
}

// A step of gradient ascent is enough of a method for five numbers; weights held by a ridge.
void fit(std::span<const Known> known, std::span<const Signals> unknown, Knowing& out) {
  constexpr int steps = 300;
  constexpr double pace = 0.8, ridge = 0.002;
  const auto add = [&](const Signals& s, double truth, double worth, Signals& up, double& up_bias) {
    const double left = worth * (truth - 1 / (1 + std::exp(-out(s))));
    up_bias += left;
    for (size_t k = 0; k < s.size(); ++k) up[k] += left * (s[k] - out.mean[k]) / out.spread[k];
  };
  for (int step = 0; step < steps; ++step) {
    Signals up{};
    double up_bias = 0;
    for (const Known& one : known)
      add(one.signals, 1, 0.5 / static_cast<double>(known.size()), up, up_bias);
    for (const Signals& one : unknown)
      add(one, 0, 0.5 / static_cast<double>(unknown.size()), up, up_bias);
    for (size_t k = 0; k < up.size(); ++k)
      out.weights[k] += pace * (up[k] - ridge * out.weights[k]);
    out.bias += pace * up_bias;
  }
}

// Where the share of known ones answered rightly and the share of unknown ones left alone are
// alike: neither side pays for the other. Not beyond where `answered_min` of the right ones are.
double line_between(std::span<const Known> known, std::span<const Signals> unknown,
                    const Knowing& knowing, double answered_min) {
  struct Mark {
    double at = 0;
    double answered = 0, left_alone = 0;  // what raising the line past it costs and brings
  };
  std::vector<Mark> marks;
  double answered = 0, left_alone = 0;
  for (const Known& one : known) {
    const double share = one.right ? 1 / static_cast<double>(known.size()) : 0;
    marks.push_back({.at = knowing(one.signals), .answered = share, .left_alone = 0});
    answered += share;
  }
  for (const Signals& one : unknown)
    marks.push_back(
        {.at = knowing(one), .answered = 0, .left_alone = 1 / static_cast<double>(unknown.size())});
  std::ranges::sort(marks, {}, &Mark::at);
  const double enough = answered * answered_min;
  for (const Mark& mark : marks) {
    if (left_alone >= answered || answered - mark.answered < enough) return mark.at;
    answered -= mark.answered, left_alone += mark.left_alone;
  }
  return marks.empty() ? 0 : marks.back().at;
}

}  // namespace

Knowing learn_knowing(std::span<const Known> known, std::span<const Signals> unknown,
                      bool really_unknown) {
  Knowing out;
  out.spread.fill(1);
  // Nothing to compare with: half of what is said has to be words that were heard before.
  if (known.empty() || unknown.empty()) {
    out.weights[3] = 1, out.line = 0.5;
    return out;
  }
  out.spread.fill(0);
  standardize(known, unknown, out);
  fit(known, unknown, out);
  out.line = line_between(known, unknown, out, really_unknown ? 0 : 0.9);
  return out;
}

}  // namespace aizuchi::understand
