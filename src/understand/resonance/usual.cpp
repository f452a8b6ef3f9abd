#include "understand/resonance/usual.h"

#include <algorithm>
#include <cmath>

#include "ground/base/bytes.h"
#include "understand/resonance/population.h"

namespace aizuchi::understand {

using ground::ErrorCode;

namespace {

constexpr uint8_t format = 1;
constexpr double settled = 1e-3;  // of the means and covariances, from one round to the next

using Answers = std::vector<std::vector<ValueAnswer>>;
constexpr uint32_t gone = UINT32_MAX;

// What an answer says of the axes that are left, by their new places; false: nothing.
bool narrow(ValueAnswer& answer, std::span<const uint32_t> place) {
  if (place[answer.best] == gone) return false;
  if (answer.worst && place[*answer.worst] == gone) answer.worst.reset();
  std::erase_if(answer.shown, [&](uint32_t axis) { return place[axis] == gone; });
  if (answer.shown.size() < 3) answer.worst.reset();
  for (uint32_t& axis : answer.shown) axis = place[axis];
  answer.best = place[answer.best];
  if (answer.worst) answer.worst = place[*answer.worst];
  return answer.shown.size() > 1;
}

std::vector<uint64_t> asked_about(const Answers& people, size_t axes) {
  std::vector<uint64_t> out(axes);
  std::vector<bool> met(axes);
  for (const auto& answers : people) {
    met.assign(axes, false);
    for (const ValueAnswer& answer : answers)
      for (const uint32_t axis : answer.shown) met[axis] = true;
    for (size_t axis = 0; axis < axes; ++axis) out[axis] += met[axis] ? 1 : 0;
  }
  return out;
}

// Leaves out the axes that few were asked about, which may make others so.
void leave_few_out(Answers& people, std::vector<std::string>& axes, std::vector<uint64_t>& asked) {
  for (asked = asked_about(people, axes.size());
       std::ranges::any_of(asked, [](uint64_t n) { return n < Usual::people_min; });
       asked = asked_about(people, axes.size())) {
    std::vector<uint32_t> place(axes.size(), gone);
    std::vector<std::string> left;
    for (size_t axis = 0; axis < axes.size(); ++axis) {
      if (asked[axis] < Usual::people_min) continue;
      place[axis] = static_cast<uint32_t>(left.size());
      left.push_back(axes[axis]);
    }
    axes = std::move(left);
    for (auto& answers : people)
      std::erase_if(answers, [&](ValueAnswer& answer) { return !narrow(answer, place); });
    std::erase_if(people, [](const auto& answers) { return answers.empty(); });
  }
}

double apart(const Belief& a, const Belief& b) {
  double most = 0;
  for (size_t i = 0; i < a.mean.size(); ++i) most = std::max(most, std::abs(a.mean[i] - b.mean[i]));
  for (size_t i = 0; i < a.covariance.size(); ++i)
    most = std::max(most, std::abs(a.covariance[i] - b.covariance[i]));
  return most;
}

}  // namespace

Usual learn_values(Answers people, const std::vector<std::string>& axes, int rounds_max) {
  Usual out{.axes = axes};
  std::erase_if(people, [](const auto& answers) { return answers.empty(); });
  leave_few_out(people, out.axes, out.asked);
  if (out.axes.size() < 2) return {};
  out.people = people.size();
  for (const auto& answers : people) out.answers += answers.size();
  const PopulationSettings settings{.prior = nothing_known(out.axes.size(), prior_sd)};
  const auto believe = [&](size_t person, const Belief& usual) {
    return after_answers(usual, people[person]);
  };
  out.belief = settings.prior;
  for (int round = 0; round < rounds_max; ++round) {
    const Belief next = population_round(people.size(), believe, out.belief, settings);
    const double moved = apart(next, out.belief);
    out.belief = next;
    if (moved < settled) break;
  }
  return out;
}

std::string encode(const Usual& usual) {
  ground::ByteWriter out;
  out.u8(format);
  out.varint(usual.version);
  out.zigzag(usual.at.ms);
  out.varint(usual.people);
  out.varint(usual.answers);
  out.varint(usual.axes.size());
  for (size_t i = 0; i < usual.axes.size(); ++i) {
    out.text(usual.axes[i]);
    out.varint(usual.asked[i]);
    out.f64(usual.belief.mean[i]);
    for (size_t j = 0; j <= i; ++j) out.f64(usual.belief.at(i, j));
  }
  return out.take();
}

ground::Result<Usual> decode_usual(std::string_view bytes) {
  ground::ByteReader in(bytes);
  if (in.u8() != format)
    return ground::fail(ErrorCode::unsupported, "what is usual of values is in a newer format",
                        "use the version of Aizuchi that wrote it");
  Usual out{.version = in.varint(), .at = {in.zigzag()}};
  out.people = in.varint();
  out.answers = in.varint();
  const size_t n = in.count(18);
  if (n > axes_max) in.spoil();
  out.belief = nothing_known(in.ok() ? n : 0, 0);
  for (size_t i = 0; i < n && in.ok(); ++i) {
    out.axes.emplace_back(in.text());
    out.asked.push_back(in.varint());
    out.belief.mean[i] = in.f64();
    for (size_t j = 0; j <= i; ++j) out.belief.at(i, j) = out.belief.at(j, i) = in.f64();
  }
  std::vector<double> lower;
  const bool sound =
      in.done() &&
      std::ranges::all_of(out.belief.mean, [](double x) { return std::isfinite(x); }) &&
      factor(out.belief.covariance, n, lower);
  if (!sound) return ground::fail(ErrorCode::corrupted, "what is usual of values does not check");
  return out;
}

}  // namespace aizuchi::understand
