// Linear classifiers of sparse rows, all classes at once: a weight a feature and class, kept
// feature by feature, so that a row touches few lines of memory.
//
// They are learned one class against the rest, with squared hinge and L2, by dual coordinate
// descent (Hsieh, Chang, Lin, Keerthi, Sundararajan, ICML 2008).
//
// Promises: the seed is the only chance. Threads: pure functions.
// Cost: rows · features a row · classes · 4 a round, 20 rounds at most.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace aizuchi::understand {

struct Row {
  std::vector<uint32_t> features;
  std::vector<float> values;
};
constexpr uint32_t no_class = UINT32_MAX;  // of a row that is none of the classes

struct Linear {
  size_t classes = 0;
  std::vector<float> weights;  // feature · classes + class
  std::vector<float> bias;     // by class

  // Scores by class into `out`, whose size is classes.
  void score(const Row& row, std::span<float> out) const;
};

struct Lesson {
  std::span<const Row* const> rows;
  std::span<const uint32_t> classes;  // of each row, or no_class
  size_t class_count = 0, feature_count = 0;
  uint64_t seed = 1;
};

Linear learn_margins(const Lesson& lesson, float cost);

}  // namespace aizuchi::understand
