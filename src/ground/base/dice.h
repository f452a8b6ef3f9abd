// Randomness as an argument, so that a seed replays everything. Only serve/ owns a SystemDice.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace aizuchi::ground {

class Dice {
 public:
  virtual ~Dice() = default;
  virtual void fill(std::span<uint8_t> bytes) = 0;

  uint64_t next_u64();
  std::array<uint8_t, 16> next_128();
};

// The operating system's generator (getrandom).
class SystemDice final : public Dice {
 public:
  void fill(std::span<uint8_t> bytes) override;
};

// splitmix64 (Steele, Lea, Flood 2014): for tests and simulation, never for keys.
class SeededDice final : public Dice {
 public:
  explicit SeededDice(uint64_t seed) : state_(seed) {}
  void fill(std::span<uint8_t> bytes) override;

 private:
  uint64_t state_;
};

}  // namespace aizuchi::ground
