// The pieces of text that tell concerns apart, and how much each tells: the row of a text.
//
// Promises: no chance. Threads: immutable once made. Cost: 16 bytes a piece.
#pragma once

#include <span>
#include <unordered_map>

#include "understand/concern/linear.h"
#include "understand/concern/reading.h"

namespace aizuchi::understand {

// The pieces of a text, each once, with how often.
struct Counted {
  Piece piece;
  float times = 0;
};
using Text = std::vector<Counted>;  // by piece
Text counted(std::string_view text);

class Weights {
 public:
  Weights() = default;
  // Of the texts given, each of a class or none; at most `size_max` pieces, those in most texts.
  Weights(std::span<const Text* const> texts, std::span<const uint32_t> classes, size_t class_count,
          size_t size_max);

  // (1 + ln times) · what the piece tells; letters and words each of length 1, together too.
  Row row(const Text& text) const;
  // The share of the text's pieces that were ever seen.
  double covered(const Text& text) const;
  size_t size() const { return weights_.size(); }

 private:
  std::unordered_map<uint64_t, uint32_t> numbers_;
  std::vector<float> weights_;
};

}  // namespace aizuchi::understand
