#include "understand/concern/concern.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

#include "ground/base/dice.h"
#include "understand/concern/certainty.h"
#include "understand/concern/vocabulary.h"

namespace aizuchi::understand {

struct ConcernModel::State {
  std::vector<std::string> concerns;
  Weights pieces;
  Linear linear;
  double sharpness = 1;
  Honesty honesty;
  Knowing knowing;
  Making making;
};

namespace {

constexpr size_t folds = 3;
constexpr size_t of_none_enough = 20;
constexpr std::array<float, 3> costs = {0.3F, 0.6F, 1.2F};
constexpr std::array<float, 3> seconds = {0, 0.1F, 0.25F};
constexpr float impossible = -100;  // the score of a class that a fold never saw

struct School {
  std::vector<Text> texts;
  std::vector<uint32_t> classes;  // of each text, or no_class
  std::vector<uint32_t> fold;     // of each text
  std::vector<uint32_t> hidden;   // of each class: the fold that does not see it
  size_t class_count = 0, of_none = 0;
  uint64_t seed = 1;

  bool hides(size_t f, size_t text) const {
    return classes[text] != no_class && hidden[classes[text]] == f;
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
  out.pieces =
      Weights(texts, out.learned_classes, school.class_count, weights_max / school.class_count);
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
  school.hidden.assign(school.class_count, folds + 1);  // none
  if (school.of_none >= of_none_enough || school.class_count < 3) return;
  std::vector<uint32_t> classes(school.class_count);
  std::iota(classes.begin(), classes.end(), 0U);
  for (size_t i = classes.size(); i > 1; --i)
    std::swap(classes[i - 1], classes[dice.next_u64() % i]);
  const size_t each = std::max<size_t>(1, school.class_count / 8);
  for (size_t i = 0; i < each * folds && i < classes.size(); ++i)
    school.hidden[classes[i]] = static_cast<uint32_t>(i % folds);
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

// What every text scores by a learner that saw neither it nor, perhaps, its concern.
struct Apart {
  std::vector<float> margins, blankout;  // texts · classes
  std::vector<double> covered;           // of each text
  std::vector<bool> fair;                // of each text: its concern was seen
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

Apart judge_apart(const School& school) {
  const size_t n = school.texts.size(), classes = school.class_count;
  Apart out{.margins = std::vector<float>(n * classes),
            .blankout = std::vector<float>(n * classes),
            .covered = std::vector<double>(n),
            .fair = std::vector<bool>(n)};
  for (size_t f = 0; f < folds; ++f) {
    const Taught taught = teach(school, f);
    const Linear margins = f == 0 ? best_margins(school, taught, f, out.cost)
                                  : learn_margins(taught.lesson(school), out.cost);
    const Linear blankout = learn_blankout(taught.lesson(school));
    for (size_t i = 0; i < n; ++i) {
      if (school.fold[i] != f) continue;
      const std::span first = std::span(out.margins).subspan(i * classes, classes);
      const std::span second = std::span(out.blankout).subspan(i * classes, classes);
      margins.score(taught.rows[i], first);
      blankout.score(taught.rows[i], second);
      for (size_t k = 0; k < classes; ++k)
        if (!taught.seen[k]) first[k] = impossible, second[k] = 0;
      out.covered[i] = taught.pieces.covered(school.texts[i]);
      out.fair[i] = school.classes[i] != no_class && taught.seen[school.classes[i]];
    }
  }
  return out;
}

// Scores and truths of the texts that could have been told rightly.
struct Fair {
  std::vector<float> scores;
  std::vector<uint32_t> truth;
};
Fair fair_ones(const School& school, const Apart& apart, const std::vector<float>& scores) {
  Fair out;
  for (size_t i = 0; i < apart.fair.size(); ++i) {
    if (!apart.fair[i]) continue;
    const auto row = std::span(scores).subspan(i * school.class_count, school.class_count);
    out.scores.insert(out.scores.end(), row.begin(), row.end());
    out.truth.push_back(school.classes[i]);
  }
  return out;
}

std::vector<float> blended(const Apart& apart, float second) {
  std::vector<float> out = apart.margins;
  for (size_t j = 0; j < out.size(); ++j) out[j] += second * apart.blankout[j];
  return out;
}

// How far the second learner is heard: where the truth surprises least.
float choose_second(const School& school, const Apart& apart, Sharpness& sharpness) {
  float best = 0;
  bool first = true;
  for (const float tried : seconds) {
    const Fair fair = fair_ones(school, apart, blended(apart, tried));
    const Sharpness found = sharpest(fair.scores, fair.truth, school.class_count);
    if (!first && found.surprise >= sharpness.surprise) continue;
    best = tried, sharpness = found, first = false;
  }
  return best;
}

// The line of what is known, and the figures of the making, from texts that were not learned from.
void judge(const School& school, const Apart& apart, const std::vector<float>& scores,
           double sharpness, Honesty& honesty, Knowing& knowing, ConcernModel::Making& making) {
  std::vector<Known> known;
  std::vector<Signals> unknown;
  std::vector<Judged> judged;
  std::vector<float> row(school.class_count);
  for (size_t i = 0; i < school.texts.size(); ++i) {
    const bool hidden = school.hides(school.fold[i], i);
    if (!apart.fair[i] && !hidden && school.classes[i] != no_class) continue;
    std::copy_n(scores.begin() + static_cast<std::ptrdiff_t>(i * school.class_count), row.size(),
                row.begin());
    const Signals signals = signals_of(row, sharpness, apart.covered[i]);
    if (!apart.fair[i]) {
      unknown.push_back(signals);
      continue;
    }
    const size_t best = to_probabilities(row, sharpness);
    const bool right = best == school.classes[i];
    known.push_back({.signals = signals, .right = right});
    judged.push_back({.probability = static_cast<double>(row[best]), .right = right});
  }
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
  Sharpness sharpness;
  const float second = choose_second(school, apart, sharpness);
  state->sharpness = sharpness.value;
  judge(school, apart, blended(apart, second), sharpness.value, state->honesty, state->knowing,
        state->making);

  Taught all = teach(school, folds);
  state->linear = learn_margins(all.lesson(school), apart.cost);
  if (second > 0) state->linear.add(learn_blankout(all.lesson(school)), second);
  state->pieces = std::move(all.pieces);
  Making& making = state->making;
  making.of_none = school.of_none, making.examples = school.texts.size() - school.of_none;
  making.pieces = state->pieces.size();
  making.cost = static_cast<double>(apart.cost), making.second = static_cast<double>(second);
  making.sharpness = sharpness.value;
  return ConcernModel(std::move(state));
}

Heard ConcernModel::hear(std::string_view text) const {
  const Text heard = counted(text);
  const Row row = state_->pieces.row(heard);
  if (row.features.empty()) return {};
  std::vector<float> scores(state_->concerns.size());
  state_->linear.score(row, scores);
  const Signals signals = signals_of(scores, state_->sharpness, state_->pieces.covered(heard));
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
