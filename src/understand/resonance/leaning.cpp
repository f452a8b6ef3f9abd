#include "understand/resonance/leaning.h"

#include <algorithm>
#include <array>
#include <bit>

#include "ground/base/bytes.h"
#include "ground/catalog/snapshot.h"
#include "ground/domain/value_choice.h"
#include "understand/resonance/leaning_record.h"
#include "understand/resonance/leanings.h"
#include "understand/resonance/usual.h"
#include "understand/resonance/value_question.h"

namespace aizuchi::understand {

using ground::Instant;
using ground::Value;

namespace {

constexpr size_t known_max = 4096;
constexpr double unreachable = 2;  // of a chance
constexpr ground::Duration asked_again_after = ground::Duration::days(365);

double rounded(double x) {
  return static_cast<double>(static_cast<float>(x));
}

void put_float(ground::ByteWriter& out, double x) {
  const auto bits = std::bit_cast<uint32_t>(static_cast<float>(x));
  for (int shift = 24; shift >= 0; shift -= 8) out.u8(static_cast<uint8_t>(bits >> shift));
}

double get_float(ground::ByteReader& in) {
  uint32_t bits = 0;
  for (int i = 0; i < 4; ++i) bits = bits << 8 | in.u8();
  return static_cast<double>(std::bit_cast<float>(bits));
}

// The position of an axis; nullopt when the folder has it no more.
std::optional<uint32_t> place_of(const ground::Snapshot& snapshot, const std::string& name) {
  const ground::Axis* axis = snapshot.axis(name);
  return axis == nullptr ? std::nullopt : std::optional<uint32_t>(axis->id.index);
}

int64_t day_of(Instant at) {
  return at.ms / ground::Duration::days(1).ms;
}

}  // namespace

Belief usual_of(const Usual* usual, const std::vector<ground::Axis>& axes) {
  Belief out = nothing_known(axes.size(), prior_sd);
  if (usual == nullptr) return out;
  std::vector<size_t> at;  // of each axis among those that were learned
  for (const ground::Axis& axis : axes)
    at.push_back(
        static_cast<size_t>(std::ranges::find(usual->axes, axis.name) - usual->axes.begin()));
  for (size_t i = 0; i < axes.size(); ++i) {
    if (at[i] == usual->axes.size()) continue;
    out.mean[i] = usual->belief.mean[at[i]];
    for (size_t j = 0; j < axes.size(); ++j)
      if (at[j] != usual->axes.size()) out.at(i, j) = usual->belief.at(at[i], at[j]);
  }
  return out;
}

std::vector<std::pair<Instant, ValueAnswer>> answers_of(const Value& chosen,
                                                        const ground::Snapshot& snapshot) {
  std::vector<std::pair<Instant, ValueAnswer>> out;
  for (const ground::ValueChoice& choice : ground::value_choices(chosen)) {
    const auto best = place_of(snapshot, choice.best);
    if (!best) continue;
    ValueAnswer answer{.shown = {*best}, .best = *best};
    for (const std::string& name : choice.others)
      if (const auto other = place_of(snapshot, name)) answer.shown.push_back(*other);
    if (const auto worst = place_of(snapshot, choice.worst)) {
      answer.shown.push_back(*worst);
      if (answer.shown.size() > 2) answer.worst = *worst;
    }
    if (possible(answer, snapshot.axes.size())) out.emplace_back(choice.at, std::move(answer));
  }
  return out;
}

namespace {

// One after the other, each time drifted to the moment of the next, and to `now`.
Belief posterior(const std::vector<std::pair<Instant, ValueAnswer>>& answers, const Belief& usual,
                 Instant now) {
  Belief out = usual;
  Instant last = answers.empty() ? now : answers.front().first;
  for (const auto& [at, answer] : answers) {
    out = drifted(out, usual, at - last, values_half_life);
    out = after_answer(out, answer);
    last = at;
  }
  return drifted(out, usual, now - last, values_half_life);
}

// Picks among what was shown stand between the answers, each a quarter of one.
std::vector<std::pair<Instant, ValueAnswer>> with_leant(
    std::vector<std::pair<Instant, ValueAnswer>> answers, const Value& leant,
    const ground::Snapshot& snapshot) {
  for (auto& [at, pick] : answers_of(leant, snapshot)) {
    pick.weight = behaviour_weight;
    const auto place =
        std::ranges::upper_bound(answers, at, {}, &std::pair<Instant, ValueAnswer>::first);
    answers.insert(place, {at, std::move(pick)});
  }
  return answers;
}

// The favourite and the rival from whose meeting most is learned.
std::vector<uint32_t> best_pair(const Belief& belief) {
  const auto favourite =
      static_cast<uint32_t>(std::ranges::max_element(belief.mean) - belief.mean.begin());
  std::array<uint32_t, 2> best{favourite, favourite};
  double most = -1;
  for (uint32_t rival = 0; rival < belief.size(); ++rival) {
    if (rival == favourite) continue;
    const double gain = expected_gain(belief, std::array{favourite, rival}, false);
    if (gain > most) most = gain, best[1] = rival;
  }
  return {best[0], best[1]};
}

}  // namespace

Belief Leanings::believed(const Value& chosen, const ground::Snapshot& snapshot,
                          Instant now) const {
  return posterior(answers_of(chosen, snapshot), usual_of(usual_.get(), snapshot.axes), now);
}

Leanings::Next Leanings::ask_next(const std::vector<Value>& chosen,
                                  const ground::Snapshot& snapshot, Instant now, Among among,
                                  size_t most) const {
  std::vector<ground::ValueChoice> choices;
  for (const Value& each : chosen)
    for (ground::ValueChoice& one : ground::value_choices(each))
      choices.insert(std::ranges::upper_bound(choices, one.at, {}, &ground::ValueChoice::at),
                     std::move(one));
  const auto lately = [&](const auto& each) { return each.at > now - asked_again_after; };
  Next out{.axes = {}, .answered = static_cast<size_t>(std::ranges::count_if(choices, lately))};
  const Belief belief = believed(ground::value_of(choices), snapshot, now);
  // What others hold dear is no answer of theirs: whoever said nothing yet is asked.
  const double known_from = choices.empty() ? unreachable : QuestionRules{}.known_from;
  const auto question = next_question(
      belief, out.answered,
      {.asked_max = most, .known_from = known_from, .with_worst = among == Among::four_with_worst});
  if (!question) return out;
  if (among == Among::two) return out.axes = best_pair(belief), out;
  out.axes.assign(question->shown.begin(),
                  question->shown.begin() + static_cast<ptrdiff_t>(question->size));
  return out;
}

std::shared_ptr<const Leaning> Leanings::of(const Value& chosen, const ground::Snapshot& snapshot,
                                            Instant now, const Value& leant) {
  if (day_ != day_of(now)) known_.clear();
  day_ = day_of(now);
  ground::ByteWriter key;
  key.varint(snapshot.version);
  ground::encode(key, chosen);
  ground::encode(key, leant);
  if (const auto known = known_.find(key.view()); known != known_.end()) return known->second;
  const auto answers = answers_of(chosen, snapshot);
  const auto all = with_leant(answers, leant, snapshot);
  std::shared_ptr<Leaning> made;
  if (!all.empty()) {
    const Belief usual = usual_of(usual_.get(), snapshot.axes);
    made = std::make_shared<Leaning>();
    // As of the day's beginning, or what was answered in it: the same the whole day.
    const Instant today{day_of(now) * ground::Duration::days(1).ms};
    const Instant then = std::max(all.back().first, today);
    const Belief informed = posterior(all, usual, then);
    made->more = expected_shares(informed);
    made->belief = usual_ == nullptr && all.size() == answers.size()
                       ? informed
                       : posterior(answers, usual_of(nullptr, snapshot.axes), then);
    const std::vector<double> others = expected_shares(usual);
    for (size_t i = 0; i < others.size(); ++i) made->more[i] = rounded(made->more[i] - others[i]);
    for (double& mean : made->belief.mean) mean = rounded(mean);
    for (double& one : made->belief.covariance) one = rounded(one);
  }
  if (known_.size() >= known_max) known_.clear();
  known_.emplace(key.take(), made);
  return made;
}

std::vector<int> Leanings::standings(const Value& chosen, const ground::Snapshot& snapshot,
                                     Instant now) {
  const auto leaning = of(chosen, snapshot, now);
  std::vector<int> out;
  if (leaning == nullptr) return out;
  for (uint32_t axis = 0; axis < leaning->more.size(); ++axis) {
    const Sympathy one = sympathy(leaning->belief, leaning->more, std::array{std::pair(axis, 1.0)});
    out.push_back(one.sure < speaks_from ? 0 : one.lean > 0 ? 1 : -1);
  }
  return out;
}

void Leanings::set_usual(std::shared_ptr<const Usual> usual) {
  usual_ = std::move(usual);
  known_.clear();
}

void encode(ground::ByteWriter& out, const Leaning* leaning) {
  out.u8(leaning == nullptr ? 0 : static_cast<uint8_t>(leaning->belief.size()));
  if (leaning == nullptr) return;
  for (const double more : leaning->more) put_float(out, more);
  for (const double mean : leaning->belief.mean) put_float(out, mean);
  for (size_t i = 0; i < leaning->belief.size(); ++i)
    for (size_t j = 0; j <= i; ++j) put_float(out, leaning->belief.at(i, j));
}

std::shared_ptr<const Leaning> decode_leaning(ground::ByteReader& in) {
  const size_t n = in.u8();
  if (n > axes_max) in.spoil();
  if (n == 0 || !in.ok()) return nullptr;
  auto out = std::make_shared<Leaning>();
  for (size_t i = 0; i < n; ++i) out->more.push_back(get_float(in));
  for (size_t i = 0; i < n; ++i) out->belief.mean.push_back(get_float(in));
  out->belief.covariance.resize(n * n);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j <= i; ++j) out->belief.at(i, j) = out->belief.at(j, i) = get_float(in);
  return out;
}

}  // namespace aizuchi::understand
