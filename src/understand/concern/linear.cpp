#include "understand/concern/linear.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ground/base/dice.h"

namespace aizuchi::understand {

namespace {

constexpr size_t rounds_max = 20;

std::vector<uint32_t> counting(size_t n) {
  std::vector<uint32_t> out(n);
  std::iota(out.begin(), out.end(), 0U);
  return out;
}
void shuffle(std::vector<uint32_t>& order, ground::Dice& dice) {
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[dice.next_u64() % i]);
}

Linear untaught(const Lesson& lesson) {
  return {.classes = lesson.class_count,
          .weights = std::vector<float>(lesson.feature_count * lesson.class_count),
          .bias = std::vector<float>(lesson.class_count)};
}

void add_scaled(float* to, const float* from, float scale, size_t n) {
  for (size_t k = 0; k < n; ++k) to[k] += scale * from[k];
}

// A coordinate step of every class's dual variable of this row; `change` is what it does to the
// scores' direction. Returns the largest step.
float step(std::span<float> dual, uint32_t own, std::span<const float> scores, float square,
           float diagonal, std::span<float> change) {
  float largest = 0;
  for (size_t k = 0; k < dual.size(); ++k) {
    const float side = k == own ? 1.0F : -1.0F;
    const float gradient = side * scores[k] - 1 + diagonal * dual[k];
    const float moved = std::max(0.0F, dual[k] - gradient / (square + diagonal));
    change[k] = side * (moved - dual[k]);
    dual[k] = moved;
    largest = std::max(largest, std::abs(change[k]));
  }
  return largest;
}

}  // namespace

void Linear::score(const Row& row, std::span<float> out) const {
  std::ranges::copy(bias, out.begin());
  for (size_t j = 0; j < row.features.size(); ++j)
    add_scaled(out.data(), &weights[row.features[j] * classes], row.values[j], classes);
}

Linear learn_margins(const Lesson& lesson, float cost) {
  const size_t classes = lesson.class_count;
  Linear out = untaught(lesson);
  ground::SeededDice dice(lesson.seed);
  std::vector<float> dual(lesson.rows.size() * classes), scores(classes), change(classes);
  std::vector<uint32_t> order = counting(lesson.rows.size());
  for (size_t round = 0; round < rounds_max; ++round) {
    shuffle(order, dice);
    float largest = 0;
    for (const uint32_t i : order) {
      const Row& row = *lesson.rows[i];
      float square = 1;  // the bias is a feature of every row
      for (const float x : row.values) square += x * x;
      out.score(row, scores);
      largest = std::max(largest, step(std::span(dual).subspan(i * classes, classes),
                                       lesson.classes[i], scores, square, 0.5F / cost, change));
      add_scaled(out.bias.data(), change.data(), 1, classes);
      for (size_t j = 0; j < row.features.size(); ++j)
        add_scaled(&out.weights[row.features[j] * classes], change.data(), row.values[j], classes);
    }
    if (largest < 0.02F) break;
  }
  return out;
}

}  // namespace aizuchi::understand
