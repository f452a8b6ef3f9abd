#include "understand/concern/concern.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <numeric>

#include "ground/base/dice.h"
#include "understand/concern/certainty.h"
#include "understand/concern/mixing.h"
#include "understand/concern/vocabulary.h"

namespace aizuchi::understand {

struct ConcernModel::State {
  std::vector<std::string> concerns;
  Weights pieces;
  Linear margins;
  Mixing mixing;  // heard `second` times
  float second = 0;
  double sharpness = 1;
  Honesty honesty;
  Knowing knowing;
  Making making;
};

namespace {

constexpr size_t folds = 3;
constexpr size_t of_none_enough = 20;
constexpr std::array<float, 3> costs = {0.3F, 0.6F, 1.2F};
constexpr std::array<float, 5> seconds = {0, 0.05F, 0.1F, 0.2F, 0.4F};
constexpr float impossible = -100;  // the score of a class that a fold never saw

constexpr size_t hiding_fold = folds - 1;
constexpr size_t few_concerns = 8;  // below them each fold hides one, and tells of the others too
constexpr size_t never = folds + 1;

struct School {
  std::vector<Text> texts;
  std::vector<uint32_t> classes;  // of each text, or no_class
  std::vector<uint32_t> fold;     // of each text
  std::vector<size_t> hidden;     // of each class: the fold whose learner does not see it
  size_t class_count = 0, of_none = 0;
  uint64_t seed = 1;

  bool hides(size_t f, size_t text) const {
    return classes[text] != no_class && hidden[classes[text]] == f;
  }
  bool hides_many(size_t f) const {
    return class_count >= few_concerns && std::ranges::find(hidden, f) != hidden.end();
  }
};

// Learned from some of the texts.
struct Taught {
  Weights pieces;
  std::vector<Row> rows;  // of every text
  std::vector<const Row*> learned_rows;
  std::vector<uint32_t> learned_classes;
  std::vector<bool> seen;  // of each class
  Lesson lesson(const School& school) const {
    return {.rows = learned_rows,
            .classes = learned_classes,
            .class_count = school.class_count,
            .feature_count = pieces.size(),
            .seed = school.seed};
  }
};

Taught teach(const School& school, size_t without_fold) {
  Taught out;
  std::vector<const Text*> texts;
  std::vector<size_t> which;
  for (size_t i = 0; i < school.texts.size(); ++i) {
    if (school.fold[i] == without_fold || school.hides(without_fold, i)) continue;
    which.push_back(i);
    texts.push_back(&school.texts[i]);
    out.learned_classes.push_back(school.classes[i]);
  }
  out.pieces = Weights(texts, out.learned_classes, school.class_count,
                       weights_max / std::max(school.class_count, mixtures_count));
  for (const Text& text : school.texts) out.rows.push_back(out.pieces.row(text));
  out.seen.resize(school.class_count);
  for (const size_t i : which) {
    out.learned_rows.push_back(&out.rows[i]);
    if (school.classes[i] != no_class) out.seen[school.classes[i]] = true;
  }
  return out;
}

// The texts in folds that take the concerns in turn, in an order of the dice.
void deal(School& school) {
  ground::SeededDice dice(school.seed);
  std::vector<uint32_t> order(school.texts.size());
  std::iota(order.begin(), order.end(), 0U);
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[dice.next_u64() % i]);
  std::vector<uint32_t> next(school.class_count + 1);
  for (size_t k = 0; k <= school.class_count; ++k) next[k] = static_cast<uint32_t>(k % folds);
  school.fold.resize(order.size());
  for (const uint32_t i : order) {
    const size_t k = school.classes[i] == no_class ? school.class_count : school.classes[i];
    school.fold[i] = next[k]++ % folds;
  }
  school.hidden.assign(school.class_count, never);
  if (school.of_none >= of_none_enough || school.class_count < 3) return;
  std::vector<uint32_t> classes(school.class_count);
  std::iota(classes.begin(), classes.end(), 0U);
  for (size_t i = classes.size(); i > 1; --i)
    std::swap(classes[i - 1], classes[dice.next_u64() % i]);
  const bool few = school.class_count < few_concerns;
  classes.resize(few ? folds : school.class_count / 4);
  for (size_t i = 0; i < classes.size(); ++i) school.hidden[classes[i]] = few ? i : hiding_fold;
}

School enroll(std::span<const Example> examples, const std::vector<std::string>& concerns,
              uint64_t seed) {
  School out{.class_count = concerns.size(), .seed = seed};
  for (const Example& example : examples) {
    Text text = counted(example.text);
    if (text.empty()) continue;
    out.texts.push_back(std::move(text));
    const auto found = std::ranges::lower_bound(concerns, example.concern);
    const bool none = example.concern.empty();
    out.of_none += none ? 1 : 0;
    out.classes.push_back(none ? no_class : static_cast<uint32_t>(found - concerns.begin()));
  }
  deal(out);
  return out;
}

// What texts score by a learner that saw neither them nor, perhaps, their concern.
struct Scored {
  std::vector<size_t> texts;
  std::vector<float> margins, mixing;  // texts · classes
  std::vector<double> covered;         // of each text
};
struct Apart {
  Scored fair;     // by a learner of all concerns
  Scored strange;  // of a concern that was hidden, or of none
  float cost = costs[0];
};

double accuracy_of(const School& school, const Taught& taught, const Linear& linear, size_t f) {
  size_t right = 0, asked = 0;
  std::vector<float> scores(school.class_count);
  for (size_t i = 0; i < school.texts.size(); ++i) {
    const uint32_t truth = school.classes[i];
    if (school.fold[i] != f || truth == no_class || !taught.seen[truth]) continue;
    linear.score(taught.rows[i], scores);
    right += std::ranges::max_element(scores) - scores.begin() == std::ptrdiff_t{truth} ? 1 : 0;
    ++asked;
  }
  return asked > 0 ? static_cast<double>(right) / static_cast<double>(asked) : 0;
}

Linear best_margins(const School& school, const Taught& taught, size_t f, float& cost) {
  Linear best;
  double best_accuracy = -1;
  for (const float tried : costs) {
    Linear linear = learn_margins(taught.lesson(school), tried);
    const double accuracy = accuracy_of(school, taught, linear, f);
    if (accuracy <= best_accuracy) continue;
    best = std::move(linear), best_accuracy = accuracy, cost = tried;
  }
  return best;
}

void score(const School& school, const Taught& taught, size_t text, const Linear& margins,
           const Mixing& mixing, Scored& out) {
  const size_t classes = school.class_count, from = out.margins.size();
  out.texts.push_back(text);
  out.margins.resize(from + classes), out.mixing.resize(from + classes);
  const std::span first = std::span(out.margins).subspan(from);
  const std::span second = std::span(out.mixing).subspan(from);
  margins.score(taught.rows[text], first);
  mixing.score(taught.rows[text], second);
  for (size_t k = 0; k < classes; ++k)
    if (!taught.seen[k]) first[k] = impossible, second[k] = 0;
  out.covered.push_back(taught.pieces.covered(school.texts[text]));
}

// A fold that hides many concerns is asked for these alone: with fewer to mistake each other for it
// would be surer than the one that will speak. Where there are few, a learner of all of them beside
// one of nearly none would be no comparison.
Apart judge_apart(const School& school) {
  Apart out;
  for (size_t f = 0; f < folds; ++f) {
    const Taught taught = teach(school, f);
    const Linear margins = f == 0 ? best_margins(school, taught, f, out.cost)
                                  : learn_margins(taught.lesson(school), out.cost);
    const Mixing mixing = learn_mixing(taught.lesson(school));
    const bool hiding = school.hides_many(f);
    for (size_t i = 0; i < school.texts.size(); ++i) {
      const uint32_t truth = school.classes[i];
      const bool own = school.fold[i] == f;
      if (truth == no_class ? own : school.hides(f, i))
        score(school, taught, i, margins, mixing, out.strange);
      else if (own && !hiding && taught.seen[truth])
        score(school, taught, i, margins, mixing, out.fair);
    }
  }
  return out;
}

std::vector<float> blended(const Scored& scored, float second) {
  std::vector<float> out = scored.margins;
  for (size_t j = 0; j < out.size(); ++j) out[j] += second * scored.mixing[j];
  return out;
}

std::vector<uint32_t> truth_of(const School& school, const Scored& scored) {
  std::vector<uint32_t> out;
  for (const size_t text : scored.texts) out.push_back(school.classes[text]);
  return out;
}

double share_right(std::span<const float> scores, std::span<const uint32_t> truth, size_t classes) {
  size_t right = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    const auto row = scores.subspan(i * classes, classes);
    right += std::ranges::max_element(row) - row.begin() == std::ptrdiff_t{truth[i]} ? 1 : 0;
  }
  return static_cast<double>(right) / static_cast<double>(std::max<size_t>(truth.size(), 1));
}

// How far the second learner is heard: where most is right, and the truth surprises little.
float choose_second(const School& school, const Apart& apart, Sharpness& sharpness) {
  constexpr double on_surprise = 0.1;
  const std::vector<uint32_t> truth = truth_of(school, apart.fair);
  float best = 0;
  double best_worth = -std::numeric_limits<double>::infinity();
  for (const float tried : seconds) {
    const std::vector<float> scores = blended(apart.fair, tried);
    const Sharpness found = sharpest(scores, truth, school.class_count);
    const double worth =
        share_right(scores, truth, school.class_count) - on_surprise * found.surprise;
    if (worth > best_worth) best = tried, sharpness = found, best_worth = worth;
  }
  return best;
}

// The line of what is known, and the figures of the making, from texts that were not learned from.
void judge(const School& school, const Apart& apart, ConcernModel::Making& making, Honesty& honesty,
           Knowing& knowing) {
  const size_t classes = school.class_count;
  const auto second = static_cast<float>(making.second);
  std::vector<float> fair = blended(apart.fair, second);
  const std::vector<float> strange = blended(apart.strange, second);
  const auto signals = [&](const Scored& of, std::span<const float> scores, size_t i) {
    const auto row = [&](std::span<const float> all) { return all.subspan(i * classes, classes); };
    return signals_of({.scores = row(scores),
                       .first = row(of.margins),
                       .second = row(of.mixing),
                       .sharpness = making.sharpness,
                       .covered = of.covered[i]});
  };
  std::vector<Known> known;
  std::vector<Signals> unknown;
  std::vector<Judged> judged;
  for (size_t i = 0; i < apart.fair.texts.size(); ++i) {
    const Signals said = signals(apart.fair, fair, i);
    const auto row = std::span(fair).subspan(i * classes, classes);
    const size_t best = to_probabilities(row, making.sharpness);
    const bool right = best == school.classes[apart.fair.texts[i]];
    known.push_back({.signals = said, .right = right});
    judged.push_back({.probability = static_cast<double>(row[best]), .right = right});
  }
  for (size_t i = 0; i < apart.strange.texts.size(); ++i)
    unknown.push_back(signals(apart.strange, strange, i));
  knowing = learn_knowing(known, unknown, school.of_none >= of_none_enough);
  honesty = learn_honesty(judged);
  for (Judged& one : judged) one.probability = honesty(one.probability);
  making.error = calibration_error(judged);
  if (!judged.empty())
    making.accuracy = static_cast<double>(std::ranges::count_if(judged, &Judged::right)) /
                      static_cast<double>(judged.size());
}

std::vector<std::string> names_of(std::span<const Example> examples) {
  std::map<std::string_view, size_t> names;
  for (const Example& example : examples)
    if (!example.concern.empty() && !pieces_of(example.text).empty()) ++names[example.concern];
  std::vector<std::string> out;
  for (const auto& [name, times] : names) out.emplace_back(name);
  return out;
}

}  // namespace

ConcernModel::ConcernModel(std::unique_ptr<State> state) : state_(std::move(state)) {}
ConcernModel::~ConcernModel() = default;
ConcernModel::ConcernModel(ConcernModel&&) noexcept = default;
ConcernModel& ConcernModel::operator=(ConcernModel&&) noexcept = default;

ConcernModel ConcernModel::learn(std::span<const Example> examples, uint64_t seed) {
  auto state = std::make_unique<State>();
  state->concerns = names_of(examples);
  if (state->concerns.size() < 2 || state->concerns.size() > concerns_max)
    return ConcernModel(std::move(state));
  const School school = enroll(examples, state->concerns, seed);
  const Apart apart = judge_apart(school);
  Making& making = state->making;
  Sharpness sharpness;
  state->second = choose_second(school, apart, sharpness);
  state->sharpness = making.sharpness = sharpness.value;
  making.cost = static_cast<double>(apart.cost);
  making.second = static_cast<double>(state->second);
  judge(school, apart, making, state->honesty, state->knowing);

  Taught all = teach(school, folds);
  state->margins = learn_margins(all.lesson(school), apart.cost);
  state->mixing = learn_mixing(all.lesson(school));
  state->pieces = std::move(all.pieces);
  making.of_none = school.of_none, making.examples = school.texts.size() - school.of_none;
  making.pieces = state->pieces.size();
  return ConcernModel(std::move(state));
}

Heard ConcernModel::hear(std::string_view text) const {
  const Text heard = counted(text);
  const Row row = state_->pieces.row(heard);
  if (row.features.empty()) return {};
  const size_t classes = state_->concerns.size();
  std::vector<float> first(classes), second(classes), scores(classes);
  state_->margins.score(row, first);
  state_->mixing.score(row, second);
  for (size_t k = 0; k < classes; ++k) scores[k] = first[k] + state_->second * second[k];
  const Signals signals = signals_of({.scores = scores,
                                      .first = first,
                                      .second = second,
                                      .sharpness = state_->sharpness,
                                      .covered = state_->pieces.covered(heard)});
  const size_t best = to_probabilities(scores, state_->sharpness);
  return {.concern = state_->concerns[best],
          .probability = state_->honesty(static_cast<double>(scores[best])),
          .known = state_->knowing.knows(signals)};
}

const std::vector<std::string>& ConcernModel::concerns() const {
  return state_->concerns;
}
const ConcernModel::Making& ConcernModel::making() const {
  return state_->making;
}

}  // namespace aizuchi::understand
