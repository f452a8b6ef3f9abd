// A column of bits over dense numbers, as words. Plain and not compressed: numbers are dense, a
// column of a million people is 122 KiB, and a word at a time is as fast as memory (ADR 0009).
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace aizuchi::understand {

class Bits {
 public:
  void resize(size_t bits) {
    const size_t words = (bits + 63) / 64;
    // A column never doubles at once: with a million people that would be felt.
    if (words > words_.capacity()) words_.reserve(words + words / 8);
    words_.resize(words, 0);
  }
  bool test(size_t bit) const {
    return bit / 64 < words_.size() && (words_[bit / 64] >> bit % 64 & 1) != 0;
  }
  // Grows as needed. Returns whether it changed.
  bool put(size_t bit, bool on) {
    if (bit / 64 >= words_.size()) {
      if (!on) return false;
      resize(bit + 1);
    }
    uint64_t& word = words_[bit / 64];
    const uint64_t before = word;
    const uint64_t mask = uint64_t{1} << bit % 64;
    word = on ? word | mask : word & ~mask;
    return word != before;
  }
  void set(size_t bit) { put(bit, true); }
  uint64_t word(size_t i) const { return i < words_.size() ? words_[i] : 0; }
  void put_word(size_t i, uint64_t word) {
    if (i >= words_.size()) resize((i + 1) * 64);
    words_[i] = word;
  }
  std::span<const uint64_t> words() const { return words_; }
  size_t count() const {
    size_t n = 0;
    for (const uint64_t word : words_) n += static_cast<size_t>(std::popcount(word));
    return n;
  }

 private:
  std::vector<uint64_t> words_;
};

}  // namespace aizuchi::understand
