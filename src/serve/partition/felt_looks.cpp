// The felt survey's numbers: means, shares, their intervals, and what may be told of them.
#include "serve/partition/felt_looks.h"

#include <algorithm>
#include <cmath>

#include "respect/consent/consent.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

namespace {

constexpr double z95 = 1.959963984540054;
constexpr ground::Duration answers_kept = ground::Duration::days(90);
constexpr int high_from = 5;

}  // namespace

void FeltTally::add(int score) {
  ++n;
  high += score >= high_from ? 1 : 0;
  sum += score;
  squares += static_cast<double>(score) * score;
}

void FeltTally::add(const FeltTally& other) {
  n += other.n;
  high += other.high;
  sum += other.sum;
  squares += other.squares;
}

namespace {

double standard_error(const FeltTally& tally) {
  const auto n = static_cast<double>(tally.n);
  const double mean = tally.sum / n;
  return std::sqrt(std::max(0.0, (tally.squares - n * mean * mean) / (n - 1)) / n);
}

Estimate estimate(double mean, double error) {
  return {.mean = mean,
          .low = std::max(1.0, mean - z95 * error),
          .high = std::min<double>(listen::felt_most, mean + z95 * error)};
}

}  // namespace

Estimate mean_of(const FeltTally& tally) {
  return estimate(tally.sum / static_cast<double>(tally.n), standard_error(tally));
}

Estimate unease_of(const FeltTally& tally) {
  const auto n = static_cast<double>(tally.n);
  const double share = static_cast<double>(tally.high) / n;
  const double z2 = z95 * z95;
  const double middle = (share + z2 / (2 * n)) / (1 + z2 / n);
  const double half = z95 * std::sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n);
  return {.mean = share, .low = std::max(0.0, middle - half), .high = middle + half};
}

std::optional<Estimate> understood(const FeltItems& items) {
  constexpr size_t parts = 3;
  double mean = 0, variance = 0;
  for (size_t i = 0; i < parts; ++i) {
    if (!items[i].told()) return std::nullopt;
    mean += items[i].sum / static_cast<double>(items[i].n) / parts;
    const double error = standard_error(items[i]) / parts;
    variance += error * error;
  }
  return estimate(mean, std::sqrt(variance));
}

FeltItems pooled(const std::vector<const FeltItems*>& groups) {
  FeltItems out;
  for (size_t item = 0; item < listen::felt_items; ++item) {
    FeltTally small;
    for (const FeltItems* group : groups)
      ((*group)[item].told() ? out[item] : small).add((*group)[item]);
    if (small.told()) out[item].add(small);
  }
  return out;
}

std::shared_ptr<FeltResults> no_felt_results() {
  return std::make_shared<FeltResults>();
}

void Partition::State::tally_felt(const remember::PersonState& person) {
  if (!snapshot->felt.purpose.valid()) return;
  ground::PurposeSet asked_for;
  asked_for.add(snapshot->felt.purpose);
  const remember::Said* newest[listen::felt_items] = {};  // two devices may have become one person
  for (const remember::Said& said : person.said) {
    if (said.decision != 0 || said.at < clock.now() - answers_kept) continue;
    const auto answer = listen::felt_answer(said.item);
    if (!answer) continue;
    const remember::Said*& known = newest[answer->item];
    if (known == nullptr || said.at >= known->at) known = &said;
  }
  const bool any = std::ranges::any_of(newest, [](const auto* said) { return said != nullptr; });
  if (!any || !respect::any_basis(&person, asked_for, *snapshot)) return;
  for (const remember::Said* said : newest) {
    if (said == nullptr) continue;
    const auto answer = listen::felt_answer(said->item);
    felt_results->so_far[{answer->layer, said->slot}][answer->item].add(answer->score);
  }
}

void Partition::State::end_felt_look() {
  felt_results->groups = std::exchange(felt_results->so_far, {});
  felt_results->at = clock.now();
}

}  // namespace aizuchi::serve
