// A classifier that first mixes features: mixtures_count rectified sums of them, and of these a
// softmax over the classes. What two features say together can so be more than the sum of what
// each says, and classes share what was learned of a feature.
//
// It is learned row by row with AdaGrad (Duchi, Hazan, Singer, 2011), half of a row's features
// being left out at each look (Srivastava and others, JMLR 2014): of few examples it learns more
// than linear scores where there are many classes, and is unsure in other places, so their sum is
// better than either.
//
// Promises: the seed is the only chance. Threads: learning is pure; a Mixing never changes.
// Cost: rows · (features a row / 2 + 3 · classes) · mixtures_count · 40; memory 4 bytes a feature
// and mixture; a score takes features a row · mixtures_count.
#pragma once

#include "understand/concern/linear.h"

namespace aizuchi::understand {

constexpr size_t mixtures_count = 128;

struct Mixing {
  std::vector<float> weights;  // feature · mixtures_count + mixture
  std::vector<float> bias;     // by mixture
  Linear top;                  // its features are the mixtures

  // ln of the classes' shares into `out`, whose size is classes.
  void score(const Row& row, std::span<float> out) const;
};

Mixing learn_mixing(const Lesson& lesson);

}  // namespace aizuchi::understand
