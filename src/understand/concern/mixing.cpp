#include "understand/concern/mixing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "ground/base/dice.h"

namespace aizuchi::understand {

namespace {

constexpr size_t n = mixtures_count;
constexpr size_t rounds = 20;
// Half is left out: what stays counts twice, times 8, so that a row is of length 8.
constexpr float larger = 16;
constexpr float pace_below = 0.2F, pace_above = 0.1F, on_bias = 0.1F;
constexpr float first_weight = 0.03F;

using Mixtures = std::array<float, n>;

// About normal, mean 0 and deviation 1: of four uniform ones.
float about_normal(ground::Dice& dice) {
  const uint64_t bits = dice.next_u64();
  float sum = 0;
  for (int k = 0; k < 4; ++k) sum += static_cast<float>((bits >> (16 * k)) & 0xffff) / 65'536.0F;
  return (sum - 2) * 1.732F;
}

void add_scaled(float* to, const float* from, float scale, size_t size) {
  for (size_t k = 0; k < size; ++k) to[k] += scale * from[k];
}

class Learning {
 public:
  explicit Learning(const Lesson& lesson)
      : lesson_(lesson), dice_(lesson.seed), scores_(lesson.class_count) {
    const size_t classes = lesson.class_count;
    out_.weights.resize(lesson.feature_count * n), out_.bias.resize(n);
    out_.top = {.classes = classes,
                .weights = std::vector<float>(n * classes),
                .bias = std::vector<float>(classes)};
    for (float& w : out_.weights) w = first_weight * about_normal(dice_);
    for (float& w : out_.top.weights) w = about_normal(dice_) / std::sqrt(static_cast<float>(n));
    below_.assign(lesson.feature_count, 1e-8F);
    above_.fill(1e-8F);
  }

  Mixing run() {
    std::vector<uint32_t> order(lesson_.rows.size());
    std::iota(order.begin(), order.end(), 0U);
    for (size_t round = 0; round < rounds; ++round) {
      for (size_t i = order.size(); i > 1; --i)
        std::swap(order[i - 1], order[dice_.next_u64() % i]);
      slower_ = 1 - static_cast<float>(round) / rounds;
      for (const uint32_t i : order) look(*lesson_.rows[i], lesson_.classes[i]);
    }
    return std::move(out_);
  }

 private:
  void look(const Row& row, uint32_t own) {
    leave_out_half(row);
    std::ranges::copy(out_.bias, mixed_.begin());
    for (size_t j = 0; j < seen_.features.size(); ++j)
      add_scaled(mixed_.data(), &out_.weights[seen_.features[j] * n], seen_.values[j], n);
    for (float& m : mixed_) m = std::max(m, 0.0F);
    const float square = miss(own);
    if (square < 1e-6F) return;
    learn_above(square);
    learn_below();
  }

  void leave_out_half(const Row& row) {
    seen_.features.clear(), seen_.values.clear();
    uint64_t coins = 0;
    for (size_t j = 0; j < row.features.size(); ++j, coins >>= 1) {
      if (j % 64 == 0) coins = dice_.next_u64();
      if ((coins & 1) == 0) continue;
      seen_.features.push_back(row.features[j]);
      seen_.values.push_back(row.values[j] * larger);
    }
  }

  // The classes' shares minus what they should be into scores_; the square of that.
  float miss(uint32_t own) {
    const size_t classes = lesson_.class_count;
    std::ranges::copy(out_.top.bias, scores_.begin());
    for (size_t m = 0; m < n; ++m)
      if (mixed_[m] > 0)
        add_scaled(scores_.data(), &out_.top.weights[m * classes], mixed_[m], classes);
    const float top = *std::ranges::max_element(scores_);
    float sum = 0, square = 0;
    for (float& s : scores_) sum += s = std::exp(s - top);
    const float none = 1.0F / static_cast<float>(classes);
    for (size_t k = 0; k < classes; ++k) {
      scores_[k] = scores_[k] / sum - (own == no_class ? none : k == own ? 1.0F : 0.0F);
      square += scores_[k] * scores_[k];
    }
    return square;
  }

  // Also what of the miss each mixture that spoke has to answer for, into blame_.
  void learn_above(float square) {
    const size_t classes = lesson_.class_count;
    blame_.fill(0);
    for (size_t m = 0; m < n; ++m) {
      if (mixed_[m] <= 0) continue;
      float* weights = &out_.top.weights[m * classes];
      for (size_t k = 0; k < classes; ++k) blame_[m] += weights[k] * scores_[k];
      above_[m] += square * mixed_[m] * mixed_[m];
      add_scaled(weights, scores_.data(), -pace_above * slower_ * mixed_[m] / std::sqrt(above_[m]),
                 classes);
    }
    above_bias_ += square;
    add_scaled(out_.top.bias.data(), scores_.data(),
               -pace_above * on_bias * slower_ / std::sqrt(above_bias_), classes);
  }

  void learn_below() {
    float square = 0;
    for (const float b : blame_) square += b * b;
    if (square < 1e-10F) return;
    below_bias_ += square;
    add_scaled(out_.bias.data(), blame_.data(),
               -pace_below * on_bias * slower_ / std::sqrt(below_bias_), n);
    for (size_t j = 0; j < seen_.features.size(); ++j) {
      const float value = seen_.values[j];
      float& squared = below_[seen_.features[j]];
      squared += square * value * value;
      add_scaled(&out_.weights[seen_.features[j] * n], blame_.data(),
                 -pace_below * slower_ * value / std::sqrt(squared), n);
    }
  }

  const Lesson& lesson_;
  ground::SeededDice dice_;
  Mixing out_;
  std::vector<float> below_;  // squares of what changed a feature's weights
  Mixtures above_{};          // … and a mixture's
  float below_bias_ = 1e-8F, above_bias_ = 1e-8F, slower_ = 1;
  Row seen_;
  Mixtures mixed_{}, blame_{};
  std::vector<float> scores_;
};

}  // namespace

void Mixing::score(const Row& row, std::span<float> out) const {
  Mixtures mixed{};
  std::ranges::copy(bias, mixed.begin());
  for (size_t j = 0; j < row.features.size(); ++j)
    add_scaled(mixed.data(), &weights[row.features[j] * n], row.values[j] * larger / 2, n);
  std::ranges::copy(top.bias, out.begin());
  for (size_t m = 0; m < n; ++m)
    if (mixed[m] > 0) add_scaled(out.data(), &top.weights[m * top.classes], mixed[m], top.classes);
  const float most = *std::ranges::max_element(out);
  float sum = 0;
  for (const float s : out) sum += std::exp(s - most);
  const float all = most + std::log(sum);
  for (float& s : out) s -= all;
}

Mixing learn_mixing(const Lesson& lesson) {
  return Learning(lesson).run();
}

}  // namespace aizuchi::understand
