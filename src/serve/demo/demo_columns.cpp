#include "serve/demo/demo_columns.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace aizuchi::serve {

namespace {

struct Character {
  char32_t code = 0;
  size_t bytes = 1;
};
Character next_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  size_t bytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  bytes = std::min(bytes, text.size());
  char32_t code = bytes == 1 ? lead : lead & (0x7fu >> bytes);
  for (size_t i = 1; i < bytes; ++i)
    code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
  return {code, bytes};
}

// Unicode 15, East_Asian_Width W and F, in ranges; ambiguous ones count one.
bool is_wide(char32_t c) {
  constexpr std::pair<char32_t, char32_t> ranges[] = {
      {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x33ff}, {0x3400, 0x4dbf},
      {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xac00, 0xd7a3}, {0xf900, 0xfaff},
      {0xfe30, 0xfe4f},   {0xff00, 0xff60},   {0xffe0, 0xffe6}, {0x1f300, 0x1f64f},
      {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
  };
  return std::ranges::any_of(ranges, [&](const auto& r) { return c >= r.first && c <= r.second; });
}

size_t width_of(char32_t c) {
  return (c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200d) ? 0 : is_wide(c) ? 2 : 1;
}

bool stays_with_the_line(char32_t c) {
  return std::u32string_view(U"、。,.!?」』)】・ー〜:;!?)").contains(c);
}

bool is_katakana(char32_t c) {
  return (c >= 0x30a1 && c <= 0x30fa) || c == U'ー';
}

// Pieces that are not broken: a wide character with the marks that follow it, a word in katakana,
// or a word between spaces.
std::vector<std::string_view> pieces_of(std::string_view text) {
  std::vector<std::string_view> out;
  size_t begin = 0, at = 0;
  bool after_space = false, after_wide = false, after_open = false, after_katakana = false;
  while (at < text.size()) {
    const Character c = next_character(text.substr(at));
    const bool wide = is_wide(c.code);
    const bool may_break = (after_space || wide || after_wide) && !stays_with_the_line(c.code) &&
                           !after_open && c.code != U' ' &&
                           !(after_katakana && is_katakana(c.code));
    if (may_break && at > begin) {
      out.push_back(text.substr(begin, at - begin));
      begin = at;
    }
    after_space = c.code == U' ';
    after_wide = wide;
    after_katakana = is_katakana(c.code);
    after_open = std::u32string_view(U"「『(【(“").contains(c.code);
    at += c.bytes;
  }
  if (begin < text.size()) out.push_back(text.substr(begin));
  return out;
}

}  // namespace

size_t columns_of(std::string_view text) {
  size_t out = 0;
  while (!text.empty()) {
    const Character c = next_character(text);
    out += width_of(c.code);
    text.remove_prefix(c.bytes);
  }
  return out;
}

std::string wrapped(std::string_view text, size_t columns, size_t indent) {
  std::string out, line;
  size_t used = 0;
  const auto end_line = [&] {
    while (line.ends_with(' ')) line.pop_back();
    out += line;
    line.clear();
    used = 0;
  };
  for (std::string_view piece : pieces_of(text)) {
    const std::string_view bare = piece.substr(0, piece.find_last_not_of(' ') + 1);
    if (used > 0 && used + columns_of(bare) > columns) {
      end_line();
      out += "\n" + std::string(indent, ' ');
    }
    line += piece;
    used += columns_of(piece);
  }
  end_line();
  return out;
}

}  // namespace aizuchi::serve
