// What to say to each household, where, and why: one line of decisions.ndjson per household and
// place, and the shares of it all.
#pragma once

#include <map>
#include <set>
#include <string>

#include "aizuchi/aizuchi.h"
#include "import.h"
#include "progress.h"
#include "stopwatch.h"

namespace grocery {

// What was decided for one place.
struct Shares {
  size_t decisions = 0;
  size_t with_withheld = 0;
  std::map<std::string, size_t> reasons;  // chosen, silence, no_consent, …
  std::map<std::string, size_t> layers;
  std::map<std::string, size_t> items;     // the first of each answer
  std::map<std::string, size_t> withheld;  // "what (why)": in how many decisions
};

struct Decided {
  std::map<std::string, Shares> slots;
  size_t people = 0, decisions = 0;
  Took took;
  std::string problem;
};

// In the order of their numbers. Keeps what it decides in the engine, like any decision.
Decided decide_everyone(aizuchi::Engine& engine, const std::set<std::string, ByNumber>& everyone,
                        const std::string& path, Progress& progress);

}  // namespace grocery
