// One life of a partition, driven from a seed: events, decisions, consents, exposures, publishes
// and erasures from a few people, under crashes, power cuts, failed writes, a full disk, flipped
// bits, a slow disk and a clock that jumps. What must hold is looked at after every step, with a
// slow twin that remembers what was told to whom (docs/reliability.md, "The simulator").
//
// The same seed gives the same digest, whatever the machine and the optimisation: it is of what was
// answered and of the log's bytes, and no scores of models are in it.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace aizuchi::sim {

// Something that must hold did not; says seed, step and what.
struct Broken : std::runtime_error {
  using runtime_error::runtime_error;
};

struct Life {
  std::string digest;  // hex
  uint64_t steps = 0, events = 0, decisions = 0, restarts = 0, faults = 0, erasures = 0;
};

// `brand` is tests/brands/sim; `scratch` a directory for its keyring, used by one life at a time.
Life live(uint64_t seed, int steps, const std::string& brand, const std::string& scratch);

}  // namespace aizuchi::sim
