// Counts of several audiences together: all of, any of, not, minus. `not` means: of the people who
// are counted at all.
//
// A count is exact. What may be shown of it is said beside it (k-anonymity): a set of fewer than
// `shown_min` people is not a number but "fewer than 20", and neither is a compound that cuts off
// a smaller part: with A and "A and B" shown, 3 people of A outside B would be known to be 3. So
// every cell of the Venn diagram of the named audiences must be empty or have shown_min people.
// Cost: 64 words per node and page; the cells at most as much per audience again (1 M people and
// six audiences: below a millisecond).
#pragma once

#include <cstdint>
#include <vector>

#include "understand/audience/members.h"

namespace aizuchi::understand {

constexpr uint64_t shown_min = 20;

struct Compound {
  enum class Op : uint8_t { audience, all, any, none_of, minus };
  static constexpr size_t audiences_max = 6;  // different ones
  static constexpr size_t nodes_max = 64;

  Op op = Op::audience;
  size_t column = 0;            // of audience
  std::vector<Compound> parts;  // all, any: one or more; none_of: one; minus: first less the others
};

struct Count {
  uint64_t people = 0;
  bool small_part = false;  // a cell of 1 to shown_min - 1 people
  bool may_be_shown() const { return people >= shown_min && !small_part; }
};

Count count(const Members& members, const Compound& compound);
// Its word `i`: for walking the members in order of their numbers.
uint64_t word_of(const Members& members, const Compound& compound, size_t i);

}  // namespace aizuchi::understand
