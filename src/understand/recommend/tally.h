// Sums by number, emptied at once: an open-addressed table whose places carry the round they were
// filled in. What a question adds up without allocating, in the order in which numbers came.
// Threads: one. Cost: a probe or two a sum; clear() is one addition.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace aizuchi::understand {

template <typename T>
class Tally {
 public:
  explicit Tally(size_t places = 1024) { resize(places); }

  void clear() {
    ++round_;
    order_.clear();
  }
  // The sum of this number, T{} when it is new.
  T& operator[](uint64_t number) {
    if ((order_.size() + 1) * 2 > places_.size()) grow();
    Place& place = places_[find(number)];
    if (place.round != round_) {
      place.number = number, place.round = round_, place.sum = T{};
      order_.push_back(number);
    }
    return place.sum;
  }
  const T& at(uint64_t number) const { return places_[find(number)].sum; }
  const std::vector<uint64_t>& numbers() const { return order_; }

 private:
  struct Place {
    uint64_t number = 0;
    uint32_t round = 0;
    T sum{};
  };
  void resize(size_t places) {
    places_.assign(places, {});
    round_ = 1;
  }
  size_t find(uint64_t number) const {
    size_t at = (number * 0x9e3779b97f4a7c15ULL >> 20) & (places_.size() - 1);
    while (places_[at].round == round_ && places_[at].number != number)
      at = (at + 1) & (places_.size() - 1);
    return at;
  }
  void grow() {
    std::vector<Place> old = std::move(places_);
    const uint32_t round = round_;
    resize(old.size() * 2);
    for (Place& place : old)
      if (place.round == round) {
        place.round = round_;
        places_[find(place.number)] = std::move(place);
      }
  }

  std::vector<Place> places_;  // a power of two
  std::vector<uint64_t> order_;
  uint32_t round_ = 0;
};

}  // namespace aizuchi::understand
