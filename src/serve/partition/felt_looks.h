// What everyone answered of being understood, as it was counted last. Internal to serve/partition.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <vector>

#include "listen/events/felt.h"

namespace aizuchi::serve {

constexpr uint64_t felt_people_min = 20;  // of fewer nothing is told
constexpr double unease_share_max = 0.05;

struct FeltTally {
  uint64_t n = 0, high = 0;  // answers; those of 5 and more
  double sum = 0, squares = 0;
  void add(int score);
  void add(const FeltTally& other);
  bool told() const { return n >= felt_people_min; }
};
using FeltItems = std::array<FeltTally, listen::felt_items>;

struct Estimate {
  double mean = 0, low = 0, high = 0;  // 95 %
};
// Preconditions: told().
Estimate mean_of(const FeltTally& tally);
Estimate unease_of(const FeltTally& tally);  // Wilson's interval of a share
// The mean of the three means; nullopt when one of them is not told.
std::optional<Estimate> understood(const FeltItems& items);
// Together; groups too small to be told are in it only where they are enough together, so that no
// difference tells of them.
FeltItems pooled(const std::vector<const FeltItems*>& groups);

struct FeltResults {
  using Group = std::pair<ground::Layer, ground::ItemKey>;  // and the slot
  std::map<Group, FeltItems> groups, so_far;
  ground::Instant at{INT64_MIN};
};

}  // namespace aizuchi::serve
