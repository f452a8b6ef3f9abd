// Which worry does this text speak of? Learned from a brand's own examples, in any language it has
// them in; how sure that is, and whether it is any of them at all.
//
//   learn   pieces of the text (reading.h), weighed by how much they tell of the concerns (square
//           root of the Kullback–Leibler divergence), to linear scores (linear.h) and a second
//           learner's that mixes them (mixing.h). What is free – how far to trust the examples, how
//           much the second learner counts – is chosen on examples that were not learned from,
//           three folds of them
//   hear    the likeliest concern, with a probability made honest on those same examples
//           (certainty.h); `known` says whether the text speaks of any concern. What nothing
//           was said of is stood in for by examples of concerns that one fold hides, and
//           by examples of none where the brand has some (20 of them are enough alone)
//
// Promises [P7]: the probability is calibrated, not a score; "I don't know" is an answer. The seed
// is the only chance; no setting is a set's own. Threads: a model never changes.
// Cost: learn 8 s for 8,000 examples of 77 concerns, 0.3 s for a brand's few hundred; hear 50 us;
// memory 4 bytes a piece and concern or mixture, 2 · weights_max at most.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aizuchi::understand {

struct Example {
  std::string text, concern;  // concern "": none of them
};

struct Heard {
  std::string_view concern;  // the likeliest; "" when nothing was ever learned
  double probability = 0;    // among the concerns, given that it is one
  bool known = false;        // it is one
};

constexpr size_t concerns_max = 1000;
constexpr size_t weights_max = 16'000'000;

class ConcernModel {
 public:
  // An example without letters is passed over. Without two concerns nothing is ever known.
  static ConcernModel learn(std::span<const Example> examples, uint64_t seed);
  ~ConcernModel();
  ConcernModel(ConcernModel&&) noexcept;
  ConcernModel& operator=(ConcernModel&&) noexcept;

  Heard hear(std::string_view text) const;
  const std::vector<std::string>& concerns() const;

  struct Making {
    size_t examples = 0, of_none = 0, pieces = 0;
    double cost = 0, second = 0, sharpness = 0;  // as chosen
    double accuracy = 0, error = 0;  // on examples not learned from; expected calibration error
  };
  const Making& making() const;

 private:
  struct State;
  explicit ConcernModel(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace aizuchi::understand
