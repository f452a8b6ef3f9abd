// Dense numbers for people: 16 bytes of id each, and an open-addressed table of numbers beside
// (5 to 11 bytes a person) instead of a map with a node a person. Ids are random bits, so that
// their first word is hash enough.
// Threads: one. Cost: a probe or two.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ground/domain/domain.h"

namespace aizuchi::understand {

class Numbers {
 public:
  std::optional<uint32_t> find(const ground::PersonId& id) const;
  // The number of this person, a new one when there is none: the lowest that is free, or the next.
  uint32_t give(const ground::PersonId& id);
  // A person where a page says so. False: the number or the person is taken.
  bool put(uint32_t number, const ground::PersonId& id);
  void take_back(uint32_t number);

  // Empty when the number is free.
  const ground::PersonId& id(uint32_t number) const { return ids_[number]; }
  size_t places() const { return ids_.size(); }
  size_t people() const { return people_; }
  // After put(): what lies between is free to be given.
  void find_free();

 private:
  size_t slot_of(const ground::PersonId& id) const;  // where it is, or where it would go
  void insert(uint32_t number);
  void rehash(size_t slots);

  std::vector<ground::PersonId> ids_;
  std::vector<uint32_t> table_;  // number + 1; 0 is empty
  std::vector<uint32_t> free_;
  size_t people_ = 0;
};

}  // namespace aizuchi::understand
