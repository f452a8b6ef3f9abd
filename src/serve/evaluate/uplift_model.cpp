#include "serve/evaluate/uplift_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include "ground/base/dice.h"
#include "serve/evaluate/positive_definite.h"

namespace aizuchi::serve {

namespace {

constexpr size_t features_max = 240;  // with pairs; where there were more, there are none
constexpr size_t no_fold = uplift_folds;
constexpr double ridges[] = {30, 100, 300, 1000, 3000, 10'000, 30'000, 100'000};
constexpr double on_pairs[] = {1, 5, 1e9};  // how much more pairs are held back; the last: none

// Where each value lies among all, -1 … 1, equals alike; words (0 or 1) keep their two places.
void rank(std::vector<double>& values) {
  std::vector<uint32_t> order(values.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, {}, [&](uint32_t i) { return values[i]; });
  std::vector<double> out(values.size());
  for (size_t from = 0; from < order.size();) {
    size_t to = from;
    while (to < order.size() && values[order[to]] == values[order[from]]) ++to;
    const double middle = static_cast<double>(from + to) / static_cast<double>(order.size()) - 1;
    for (; from < to; ++from) out[order[from]] = middle;
  }
  values = std::move(out);
}

// What a ridge regression needs to know of rows.
struct Moments {
  std::vector<double> squares, products;  // Σ z zᵀ (its lower triangle), Σ z y
  double outcome_squares = 0, rows = 0;

  explicit Moments(size_t n) : squares(n * n), products(n) {}
  void add_row(std::span<const double> z) {
    const size_t n = z.size();
    for (size_t i = 0; i < n; ++i) {
      if (z[i] == 0) continue;
      double* to = &squares[i * n];
      for (size_t j = 0; j <= i; ++j) to[j] += z[i] * z[j];
    }
    rows += 1;
  }
  void add_outcome(std::span<const double> z, double y) {
    for (size_t i = 0; i < z.size(); ++i) products[i] += y * z[i];
    outcome_squares += y * y;
  }
  void add(const Moments& other) {
    for (size_t i = 0; i < squares.size(); ++i) squares[i] += other.squares[i];
    for (size_t i = 0; i < products.size(); ++i) products[i] += other.products[i];
    outcome_squares += other.outcome_squares, rows += other.rows;
  }
  // Of these rows, the sum of squared errors of weights.
  double error(std::span<const double> w) const {
    const size_t n = w.size();
    double out = outcome_squares;
    for (size_t i = 0; i < n; ++i) {
      double row = squares[i * n + i] * w[i] / 2;
      for (size_t j = 0; j < i; ++j) row += squares[i * n + j] * w[j];
      out += 2 * w[i] * (row - products[i]);
    }
    return out;
  }
};

struct Strength {
  double ridge = 0, pairs = 0;  // ridge 0: nothing but the mean
};

// Cholesky; the last weight is the mean's and is not held back.
std::vector<double> regress(const Moments& of, const Strength& strength, size_t singles) {
  const size_t n = of.products.size();
  std::vector<double> b(of.products);
  if (strength.ridge == 0) {
    std::vector<double> mean(n);
    mean.back() = b.back() / std::max(of.rows, 1.0);
    return mean;
  }
  std::vector<double> a(of.squares);
  for (size_t i = 0; i + 1 < n; ++i)
    a[i * n + i] += strength.ridge * (i < singles ? 1 : strength.pairs);
  return solve(a, std::move(b));
}

using Folds = std::vector<Moments>;

Moments without(const Folds& folds, size_t first, size_t second = no_fold) {
  Moments out(folds.front().products.size());
  for (size_t f = 0; f < folds.size(); ++f)
    if (f != first && f != second) out.add(folds[f]);
  return out;
}

// What foresees the other folds best, fold `left_out` unseen.
Strength choose(const Folds& folds, size_t left_out, size_t singles) {
  Strength best;
  double least = std::numeric_limits<double>::infinity();
  std::vector<Moments> seen;
  seen.reserve(folds.size());
  for (size_t f = 0; f < folds.size(); ++f) seen.push_back(without(folds, left_out, f));
  const auto try_it = [&](const Strength& tried) {
    double error = 0;
    for (size_t f = 0; f < folds.size(); ++f)
      if (f != left_out) error += folds[f].error(regress(seen[f], tried, singles));
    if (error < least) least = error, best = tried;
  };
  try_it({});
  const bool pairs = folds.front().products.size() > singles + 1;
  for (const double more : on_pairs) {
    if (!pairs && more != on_pairs[0]) break;
    for (const double ridge : ridges) try_it({.ridge = ridge, .pairs = more});
  }
  return best;
}

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

class Fitting {
 public:
  Fitting(const TrialRows& trial, uint64_t seed)
      : trial_(trial), features_(trial), arms_(trial.arms.size()) {
    out_.arms = arms_;
    ground::SeededDice dice(seed);
    for (size_t i = 0; i < rows(); ++i)
      out_.fold.push_back(static_cast<uint8_t>(dice.next_u64() % uplift_folds));
    out_.score.resize(rows() * arms_), out_.uplift.resize(rows() * arms_);
    out_.score_within.resize(uplift_folds * rows() * arms_);
    out_.uplift_within.resize(uplift_folds * rows() * arms_);
    outcomes_.assign(arms_, Folds(uplift_folds, Moments(features_.size())));
    alike_.assign(arms_, 0);
  }

  CrossFitted run() {
    count_outcomes();
    learn_outcomes();
    for (size_t left_out = 0; left_out < uplift_folds; ++left_out) learn_uplift(left_out);
    for (size_t a = 0; a < arms_; ++a) out_.alike.push_back(alike_[a] * 2 > uplift_folds);
    return std::move(out_);
  }

 private:
  using Models = std::vector<std::vector<double>>;  // by arm

  size_t rows() const { return trial_.of.rows.size(); }

  void count_outcomes() {
    std::vector<double> z;
    for (size_t i = 0; i < rows(); ++i) {
      features_.read(i, z);
      Moments& moments = outcomes_[trial_.arm[i]][out_.fold[i]];
      moments.add_row(z), moments.add_outcome(z, trial_.of.rows[i].outcome);
    }
    for (size_t f = 0; f < uplift_folds; ++f) {
      squares_.emplace_back(features_.size());
      for (size_t a = 0; a < arms_; ++a) squares_[f].add(outcomes_[a][f]);
      std::ranges::fill(squares_[f].products, 0);
      squares_[f].outcome_squares = 0;
    }
  }

  // outcome_[f][g]: by arm, of what lies outside both folds.
  void learn_outcomes() {
    outcome_.assign(uplift_folds, std::vector<Models>(uplift_folds));
    for (size_t a = 0; a < arms_; ++a)
      for (size_t f = 0; f < uplift_folds; ++f) {
        const Strength strength = choose(outcomes_[a], f, features_.singles());
        for (size_t g = 0; g < uplift_folds; ++g)
          outcome_[f][g].push_back(
              regress(without(outcomes_[a], f, g), strength, features_.singles()));
      }
  }

  void score(size_t row, std::span<const double> z, const Models& models, double* out) const {
    for (size_t a = 0; a < arms_; ++a) {
      out[a] = dot(z, models[a]);
      if (trial_.arm[row] == a) out[a] += (trial_.of.rows[row].outcome - out[a]) / trial_.shares[a];
    }
  }

  // Of the folds but this one, scores by outcomes that saw neither; what they teach of uplift is
  // said of this fold, and (without one more) of each of the others.
  void learn_uplift(size_t left_out) {
    std::vector<Folds> taught(arms_, squares_);
    std::vector<double> z;
    const auto place = [&](size_t row) { return (left_out * rows() + row) * arms_; };
    for (size_t i = 0; i < rows(); ++i) {
      features_.read(i, z);
      double* scores = out_.fold[i] == left_out ? &out_.score[i * arms_] : nullptr;
      if (scores == nullptr) scores = &out_.score_within[place(i)];
      score(i, z, outcome_[left_out][out_.fold[i]], scores);
      if (out_.fold[i] == left_out) continue;
      for (size_t a = 1; a < arms_; ++a)
        taught[a][out_.fold[i]].add_outcome(z, scores[a] - scores[0]);
    }
    std::vector<Models> models(uplift_folds, Models(arms_));
    for (size_t a = 1; a < arms_; ++a) {
      const Strength strength = choose(taught[a], left_out, features_.singles());
      alike_[a] += strength.ridge == 0 ? 1 : 0;
      for (size_t g = 0; g < uplift_folds; ++g)
        models[g][a] = regress(without(taught[a], left_out, g), strength, features_.singles());
    }
    for (size_t i = 0; i < rows(); ++i) {
      features_.read(i, z);
      const bool own = out_.fold[i] == left_out;
      double* uplift = own ? &out_.uplift[i * arms_] : &out_.uplift_within[place(i)];
      for (size_t a = 1; a < arms_; ++a) uplift[a] = dot(z, models[out_.fold[i]][a]);
    }
  }

  const TrialRows& trial_;
  const UpliftFeatures features_;
  const size_t arms_;
  std::vector<Folds> outcomes_;  // by arm
  Folds squares_;                // of all arms, without outcomes
  std::vector<std::vector<Models>> outcome_;
  std::vector<size_t> alike_;
  CrossFitted out_;
};

}  // namespace

UpliftFeatures::UpliftFeatures(const TrialRows& trial) : singles_(trial.of.features.size()) {
  const size_t rows = trial.of.rows.size();
  values_.resize(rows * singles_);
  std::vector<double> column(rows);
  for (size_t k = 0; k < singles_; ++k) {
    for (size_t i = 0; i < rows; ++i) column[i] = trial.of.rows[i].features[k];
    rank(column);
    const double mean =
        std::accumulate(column.begin(), column.end(), 0.0) / static_cast<double>(rows);
    double square = 0;
    for (const double x : column) square += (x - mean) * (x - mean) / static_cast<double>(rows);
    const double scale = square > 1e-12 ? 1 / std::sqrt(square) : 0;
    for (size_t i = 0; i < rows; ++i)
      values_[i * singles_ + k] = static_cast<float>((column[i] - mean) * scale);
  }
  if (singles_ * (singles_ + 1) / 2 + singles_ <= features_max)
    for (uint32_t i = 0; i < singles_; ++i)
      for (uint32_t j = 0; j <= i; ++j) pairs_.emplace_back(i, j);
  mean_.assign(singles_ + pairs_.size(), 0), scale_.assign(mean_.size(), 1);
  std::vector<double> squares(mean_.size()), z;
  for (size_t i = 0; i < rows; ++i) {
    read(i, z);
    for (size_t k = singles_; k < mean_.size(); ++k) squares[k] += z[k] * z[k];
  }
  std::vector<double> sums(mean_.size());
  for (size_t i = 0; i < rows; ++i) {
    read(i, z);
    for (size_t k = singles_; k < mean_.size(); ++k) sums[k] += z[k];
  }
  const auto n = static_cast<double>(std::max<size_t>(rows, 1));
  for (size_t k = singles_; k < mean_.size(); ++k) {
    const double mean = sums[k] / n, square = squares[k] / n - mean * mean;
    mean_[k] = mean, scale_[k] = square > 1e-9 ? 1 / std::sqrt(square) : 0;
  }
}

void UpliftFeatures::read(size_t row, std::vector<double>& out) const {
  out.resize(size());
  const float* single = &values_[row * singles_];
  for (size_t k = 0; k < singles_; ++k) out[k] = static_cast<double>(single[k]);
  for (size_t p = 0; p < pairs_.size(); ++p) {
    const size_t k = singles_ + p;
    out[k] = (out[pairs_[p].first] * out[pairs_[p].second] - mean_[k]) * scale_[k];
  }
  out.back() = 1;
}

CrossFitted cross_fit(const TrialRows& trial, uint64_t seed) {
  return Fitting(trial, seed).run();
}

}  // namespace aizuchi::serve
