// How long something took: by the clock on the wall, and in processor time of all our threads,
// which says the same on a busy machine.
#pragma once

#include <chrono>
#include <ctime>

namespace grocery {

struct Took {
  double seconds = 0;
  double cpu_seconds = 0;
};

class Stopwatch {
 public:
  Took took() const {
    const auto wall = std::chrono::steady_clock::now() - wall_;
    return {std::chrono::duration<double>(wall).count(),
            static_cast<double>(std::clock() - cpu_) / CLOCKS_PER_SEC};
  }

 private:
  std::chrono::steady_clock::time_point wall_ = std::chrono::steady_clock::now();
  std::clock_t cpu_ = std::clock();
};

}  // namespace grocery
