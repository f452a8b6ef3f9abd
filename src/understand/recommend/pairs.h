// Who had what: people × items, each pair once, from both sides. What the models of a shelf learn
// from. People and items are dense numbers; whose they are is not known here.
// Threads: read by any. Cost: 8 bytes a pair, and 16 a person and item.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace aizuchi::understand {

struct Pair {
  uint32_t person = 0;
  uint32_t item = 0;
  double at = 0;  // seconds; all the same where no time is known
};

class Pairs {
 public:
  // A pair that is there more than once counts once, with its newest time.
  Pairs(std::vector<Pair> pairs, uint32_t people, uint32_t items);

  uint32_t people() const { return static_cast<uint32_t>(person_starts_.size() - 1); }
  uint32_t items() const { return static_cast<uint32_t>(item_starts_.size() - 1); }
  size_t size() const { return items_.size(); }
  // Ascending.
  std::span<const uint32_t> items_of(uint32_t person) const;
  std::span<const uint32_t> people_of(uint32_t item) const;
  // Beside items_of().
  std::span<const double> times_of(uint32_t person) const;
  bool timed() const { return timed_; }
  double newest() const { return newest_; }

 private:
  std::vector<size_t> person_starts_, item_starts_;
  std::vector<uint32_t> items_, people_;
  std::vector<double> times_;
  bool timed_ = false;
  double newest_ = 0;
};

}  // namespace aizuchi::understand
