#include "ground/expr/utf8.h"

namespace aizuchi::ground {

namespace {
bool starts_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}
}  // namespace

size_t utf8_length(std::string_view text) {
  size_t n = 0;
  for (const char c : text) n += starts_character(c) ? 1 : 0;
  return n;
}

size_t utf8_offset(std::string_view text, size_t character) {
  size_t seen = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!starts_character(text[i])) continue;
    if (seen == character) return i;
    ++seen;
  }
  return seen == character ? text.size() : std::string_view::npos;
}

size_t utf8_width(char lead) {
  const auto c = static_cast<unsigned char>(lead);
  if (c < 0xc0) return 1;
  if (c < 0xe0) return 2;
  return c < 0xf0 ? 3 : 4;
}

}  // namespace aizuchi::ground
