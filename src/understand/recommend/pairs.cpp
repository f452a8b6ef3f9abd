#include "understand/recommend/pairs.h"

#include <algorithm>
#include <tuple>

#include "ground/base/result.h"

namespace aizuchi::understand {

Pairs::Pairs(std::vector<Pair> pairs, uint32_t people, uint32_t items)
    : person_starts_(people + 1), item_starts_(items + 1) {
  std::ranges::sort(pairs, {}, [](const Pair& p) { return std::tuple(p.person, p.item, -p.at); });
  const auto again = std::ranges::unique(
      pairs, [](const Pair& a, const Pair& b) { return a.person == b.person && a.item == b.item; });
  pairs.erase(again.begin(), again.end());
  items_.reserve(pairs.size());
  times_.reserve(pairs.size());
  if (!pairs.empty()) newest_ = pairs.front().at;
  for (const Pair& pair : pairs) {
    AIZ_ASSERT(pair.person < people && pair.item < items);
    ++person_starts_[pair.person + 1];
    ++item_starts_[pair.item + 1];
    items_.push_back(pair.item);
    times_.push_back(pair.at);
    timed_ = timed_ || pair.at != pairs.front().at;
    newest_ = std::max(newest_, pair.at);
  }
  for (size_t i = 0; i < people; ++i) person_starts_[i + 1] += person_starts_[i];
  for (size_t i = 0; i < items; ++i) item_starts_[i + 1] += item_starts_[i];
  people_.resize(pairs.size());
  std::vector<size_t> at(item_starts_.begin(), item_starts_.end() - 1);
  for (const Pair& pair : pairs) people_[at[pair.item]++] = pair.person;
}

std::span<const uint32_t> Pairs::items_of(uint32_t person) const {
  return {items_.data() + person_starts_[person],
          person_starts_[person + 1] - person_starts_[person]};
}

std::span<const double> Pairs::times_of(uint32_t person) const {
  return {times_.data() + person_starts_[person],
          person_starts_[person + 1] - person_starts_[person]};
}

std::span<const uint32_t> Pairs::people_of(uint32_t item) const {
  return {people_.data() + item_starts_[item], item_starts_[item + 1] - item_starts_[item]};
}

}  // namespace aizuchi::understand
