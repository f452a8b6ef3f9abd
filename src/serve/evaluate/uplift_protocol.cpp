#include "serve/evaluate/uplift_protocol.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "ground/base/dice.h"
#include "ground/base/json.h"
#include "serve/evaluate/uplift_model.h"

namespace aizuchi::serve {

using ground::Result;

namespace {

constexpr std::string_view protocol =
    "five folds dealt by the seed; what is said of a row was learned from the other folds: "
    "outcomes of each arm by ridge regression, doubly robust scores, uplift by ridge regression of "
    "their differences; Qini, each ranked in its own fold = area between the curve of incremental "
    "outcomes a treated person and "
    "its diagonal; value = mean of doubly robust scores; the policy is chosen where its gain over "
    "the best single arm is more than one standard error, and for each fold by the other folds";

constexpr size_t samples = 100;

Measured mean_of(size_t n, const std::function<double(size_t)>& of) {
  Measured out;
  double square = 0;
  for (size_t i = 0; i < n; ++i) out.value += of(i) / static_cast<double>(n);
  for (size_t i = 0; i < n; ++i) square += (of(i) - out.value) * (of(i) - out.value);
  out.error = std::sqrt(square) / static_cast<double>(std::max<size_t>(n, 1));
  return out;
}

size_t arm_for(const double* uplift, size_t arms) {
  return static_cast<size_t>(std::max_element(uplift, uplift + arms) - uplift);
}

// Which rule some rows speak for.
struct Choice {
  size_t best = 0;  // the single arm
  Measured best_value, policy, gain;
  bool by_person() const { return gain.value > gain.error; }
};
// `rows`: where the scores and uplifts of each of them begin.
struct Place {
  const double* score;
  const double* uplift;
};
Choice choose(const std::vector<Place>& rows, size_t arms) {
  Choice out;
  for (size_t a = 0; a < arms; ++a) {
    const Measured value = mean_of(rows.size(), [&](size_t i) { return rows[i].score[a]; });
    if (a == 0 || value.value > out.best_value.value) out.best = a, out.best_value = value;
  }
  const auto chosen = [&](size_t i) { return rows[i].score[arm_for(rows[i].uplift, arms)]; };
  out.policy = mean_of(rows.size(), chosen);
  out.gain = mean_of(rows.size(), [&](size_t i) { return chosen(i) - rows[i].score[out.best]; });
  return out;
}

// How often a row is in a sample of as many: Poisson of mean 1.
double times_drawn(ground::Dice& dice) {
  const double at = static_cast<double>(dice.next_u64() >> 11) * 0x1p-53;
  double share = std::exp(-1.0), below = share;
  int times = 0;
  while (at >= below && times < 12) share /= ++times, below += share;
  return times;
}

// Uplift as a place among those of one fold, 0 … 1, equals alike: each fold has a model of its own,
// and one whose fold was left with less to give says more of it, so their levels do not compare.
void place_in_folds(std::vector<std::vector<Ranked>>& folds, std::vector<Ranked>& out) {
  for (std::vector<Ranked>& fold : folds) {
    std::ranges::sort(fold, std::greater{}, &Ranked::uplift);
    for (size_t from = 0; from < fold.size();) {
      size_t to = from;
      while (to < fold.size() && fold[to].uplift == fold[from].uplift) ++to;
      const double below =
          1 - static_cast<double>(from + to) / (2 * static_cast<double>(fold.size()));
      for (; from < to; ++from) {
        out.push_back(fold[from]);
        out.back().uplift = below;
      }
    }
  }
}

Measured qini(const TrialRows& trial, const CrossFitted& fitted, size_t arm, uint64_t seed) {
  std::vector<std::vector<Ranked>> folds(uplift_folds);
  for (size_t i = 0; i < trial.arm.size(); ++i)
    if (trial.arm[i] == arm || trial.arm[i] == 0)
      folds[fitted.fold[i]].push_back({.uplift = fitted.uplift[i * fitted.arms + arm],
                                       .outcome = trial.of.rows[i].outcome,
                                       .treated = trial.arm[i] == arm});
  std::vector<Ranked> people;
  place_in_folds(folds, people);
  std::ranges::sort(people, std::greater{}, &Ranked::uplift);  // once for all samples
  ground::SeededDice dice(seed);
  std::vector<double> drawn;
  for (size_t round = 0; round < samples; ++round) {
    std::vector<Ranked> sample = people;
    for (Ranked& one : sample) one.times = times_drawn(dice);
    drawn.push_back(qini_of(std::move(sample)));
  }
  const Measured spread = mean_of(samples, [&](size_t k) { return drawn[k]; });
  return {.value = qini_of(std::move(people)),
          .error = spread.error * std::sqrt(static_cast<double>(samples))};
}

// For each fold the rule that the others speak for, by models that saw neither.
void go_through(const CrossFitted& fitted, size_t best, UpliftReport& out) {
  const size_t n = fitted.fold.size(), arms = fitted.arms;
  std::vector<double> got(n), over(n);
  for (size_t f = 0; f < uplift_folds; ++f) {
    std::vector<Place> others;
    for (size_t i = 0; i < n; ++i)
      if (fitted.fold[i] != f)
        others.push_back({.score = &fitted.score_within[(f * n + i) * arms],
                          .uplift = &fitted.uplift_within[(f * n + i) * arms]});
    const Choice choice = choose(others, arms);
    for (size_t i = 0; i < n; ++i) {
      if (fitted.fold[i] != f) continue;
      const double* score = &fitted.score[i * arms];
      got[i] = score[choice.by_person() ? arm_for(&fitted.uplift[i * arms], arms) : choice.best];
      over[i] = got[i] - score[best];
    }
  }
  out.chosen = mean_of(n, [&](size_t i) { return got[i]; });
  out.chosen_gain = mean_of(n, [&](size_t i) { return over[i]; });
}

UpliftReport::Arm arm_report(const TrialRows& trial, const CrossFitted& fitted, size_t arm,
                             uint64_t seed) {
  const size_t n = trial.arm.size(), arms = fitted.arms;
  UpliftReport::Arm out{.name = trial.arms[arm]};
  for (size_t i = 0; i < n; ++i) {
    if (trial.arm[i] == arm) ++out.rows, out.mean += trial.of.rows[i].outcome;
    if (arm_for(&fitted.uplift[i * arms], arms) == arm) out.of_policy += 1;
  }
  out.mean /= static_cast<double>(out.rows), out.of_policy /= static_cast<double>(n);
  const auto score = [&](size_t i, size_t a) { return fitted.score[i * arms + a]; };
  out.value = mean_of(n, [&](size_t i) { return score(i, arm); });
  if (arm == 0) return out;
  out.uplift = mean_of(n, [&](size_t i) { return score(i, arm) - score(i, 0); });
  out.qini = qini(trial, fitted, arm, seed);
  out.alike = fitted.alike[arm];
  return out;
}

}  // namespace

double qini_of(std::vector<Ranked> people) {
  if (!std::ranges::is_sorted(people, std::greater{}, &Ranked::uplift))
    std::ranges::sort(people, std::greater{}, &Ranked::uplift);
  double all = 0, of_arm = 0;
  for (const Ranked& one : people) all += one.times, of_arm += one.treated ? one.times : 0;
  if (of_arm == 0 || of_arm == all) return 0;
  double treated = 0, control = 0, came_treated = 0, came_control = 0;
  double area = 0, depth = 0, height = 0;
  for (size_t i = 0; i < people.size();) {
    const double alike = people[i].uplift;
    for (; i < people.size() && people[i].uplift == alike; ++i) {
      (people[i].treated ? treated : control) += people[i].times;
      (people[i].treated ? came_treated : came_control) += people[i].times * people[i].outcome;
    }
    const double expected = control > 0 ? came_control * treated / control : 0;
    const double next_depth = (treated + control) / all, next = (came_treated - expected) / of_arm;
    area += (next + height) / 2 * (next_depth - depth);
    depth = next_depth, height = next;
  }
  return area - height / 2;
}

Result<UpliftReport> evaluate_uplift(const UpliftQuestion& question) {
  const TrialRows trial = TRY(read_trial(question.data, question.columns));
  const CrossFitted fitted = cross_fit(trial, question.seed);
  UpliftReport out{.protocol = std::string(protocol), .form = trial.of.form, .best = {}};
  out.seed = question.seed, out.rows = trial.arm.size(), out.features = trial.of.features.size();
  for (size_t a = 0; a < trial.arms.size(); ++a)
    out.arms.push_back(arm_report(trial, fitted, a, question.seed));
  std::vector<Place> rows;
  for (size_t i = 0; i < out.rows; ++i)
    rows.push_back(
        {.score = &fitted.score[i * fitted.arms], .uplift = &fitted.uplift[i * fitted.arms]});
  const Choice choice = choose(rows, fitted.arms);
  out.best = trial.arms[choice.best], out.best_value = choice.best_value;
  out.policy = choice.policy, out.gain = choice.gain, out.policy_chosen = choice.by_person();
  go_through(fitted, choice.best, out);
  return out;
}

namespace {

void write(ground::JsonWriter& json, std::string_view name, const Measured& one) {
  json.member(name, one.value).member(std::string(name) + "Error", one.error);
}

}  // namespace

std::string to_json(const UpliftReport& report) {
  ground::JsonWriter json;
  json.object().member("task", "uplift").member("protocol", report.protocol);
  json.member("seed", report.seed).member("form", report.form);
  json.member("rows", uint64_t{report.rows}).member("features", uint64_t{report.features});
  json.key("arms").array();
  for (const UpliftReport::Arm& arm : report.arms) {
    json.object().member("name", arm.name).member("control", &arm == &report.arms.front());
    json.member("rows", uint64_t{arm.rows}).member("mean", arm.mean);
    write(json, "value", arm.value);
    if (&arm != &report.arms.front()) {
      write(json, "uplift", arm.uplift);
      write(json, "qini", arm.qini);
      json.member("alike", arm.alike);
    }
    json.member("policyShare", arm.of_policy).end_object();
  }
  json.end_array().key("metrics").object();
  write(json, "bestArmValue", report.best_value);
  write(json, "policyValue", report.policy);
  write(json, "policyGain", report.gain);
  write(json, "chosenValue", report.chosen);
  write(json, "chosenGain", report.chosen_gain);
  json.end_object().member("bestArm", report.best);
  json.member("chosen", report.policy_chosen ? "policy" : "bestArm").end_object();
  return json.take();
}

}  // namespace aizuchi::serve
