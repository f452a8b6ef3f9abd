// What a message is made of, for a learner: pieces of its letters and words, whatever the script.
// Text is folded first (Unicode NFKC, case folded), so that １０ is 10 and Ａ is a.
//
// Where words are not parted by blanks (Japanese, Chinese): runs of 1 to 3 characters. Where they
// are: words, pairs of neighbouring words, and 2 to 5 letters inside a word and its edges, so that
// a slip of the keyboard costs little. Which of the two, each message says by its letters.
//
// Promises: the same text gives the same pieces everywhere. Threads: pure functions.
// Cost: about 10 us a sentence; nothing is read beyond characters_max.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aizuchi::understand {

constexpr size_t characters_max = 2000;  // of a message that are read

struct Piece {
  uint64_t name = 0;  // a hash of what it is
  uint8_t kind = 0;   // 0 letters, 1 words
  auto operator<=>(const Piece&) const = default;
};
constexpr size_t piece_kinds = 2;

// In order of appearance, repeated as often as they stand there. Bytes that are no UTF-8 end it.
std::vector<Piece> pieces_of(std::string_view text);

// "ja", "en", "ko", or "" where it cannot be told: kana and Han letters are Japanese here, Latin
// letters English unless words or letters of another language stand among them.
std::string_view language_of(std::string_view text);

}  // namespace aizuchi::understand
