// Where something stands in the brand folder. Threads: a value.
#pragma once

#include <cstdint>
#include <string>

namespace aizuchi::ground {

struct Place {
  std::string file;
  uint32_t line = 0;    // from 1; 0: the whole file
  uint32_t column = 0;  // from 1
};

}  // namespace aizuchi::ground
