// What is suggested for a shelf, and on which path it was found: what the record keeps of a model's
// answer, so that a replay needs no model.
#pragma once

#include <cstdint>
#include <string_view>

#include "ground/domain/domain.h"

namespace aizuchi::understand {

// Kept in records by number.
enum class Path : uint8_t {
  views,     // others who looked at one looked at the other
  visit,     // others went on to it from what is on screen
  likeness,  // it is like what they looked at, and too new for anything else to be known
  popular,   // many look at it lately; about nobody
};

std::string_view to_string(Path path);

struct Suggested {
  ground::ItemKey product = 0;
  ground::ItemKey because = 0;  // of the views, the one that gave most; 0: of none
  double strength = 0;          // 0…1: of the best of its path
  Path path = Path::views;
  bool operator==(const Suggested&) const = default;
};

}  // namespace aizuchi::understand
