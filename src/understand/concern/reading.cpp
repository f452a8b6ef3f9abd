#include "understand/concern/reading.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace aizuchi::understand {

namespace {

bool between(int32_t c, int32_t first, int32_t last) {
  return c >= first && c <= last;
}

bool kana(int32_t c) {
  return between(c, 0x3040, 0x30ff);
}
bool han(int32_t c) {
  return between(c, 0x3400, 0x9fff) || between(c, 0xf900, 0xfaff) || between(c, 0x20000, 0x3ffff) ||
         c == 0x3005;
}
bool hangul(int32_t c) {
  return between(c, 0xac00, 0xd7a3) || between(c, 0x1100, 0x11ff);
}
// Written without blanks between words.
bool unparted(int32_t c) {
  return kana(c) || han(c);
}
bool letter(int32_t c) {
  if (c == '\'') return true;
  const utf8proc_category_t category = utf8proc_category(c);
  return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
         category == UTF8PROC_CATEGORY_ND || category == UTF8PROC_CATEGORY_MN;
}

std::string_view beginning(std::string_view text) {
  size_t characters = 0;
  for (size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80 && ++characters > characters_max)
      return text.substr(0, i);
  return text;
}

// Folded, everything that is no letter one blank, a blank at both ends.
std::vector<int32_t> folded(std::string_view text) {
  text = beginning(text);
  utf8proc_uint8_t* raw = nullptr;
  const utf8proc_ssize_t size = utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
      static_cast<utf8proc_ssize_t>(text.size()), &raw,
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
                                     UTF8PROC_CASEFOLD | UTF8PROC_IGNORE));
  std::vector<int32_t> out = {' '};
  for (utf8proc_ssize_t at = 0; at < size;) {
    utf8proc_int32_t c = 0;
    const utf8proc_ssize_t bytes = utf8proc_iterate(raw + at, size - at, &c);
    if (bytes <= 0) break;
    at += bytes;
    if (!letter(c) && !unparted(c)) c = ' ';
    if (c != ' ' || out.back() != ' ') out.push_back(c);
  }
  std::free(raw);  // NOLINT(cppcoreguidelines-no-malloc): the library allocates so
  if (out.back() != ' ') out.push_back(' ');
  return out;
}

uint64_t mixed(uint64_t hash, uint64_t value) {
  hash ^= value + 0x9e3779b97f4a7c15ULL + (hash << 6) + (hash >> 2);
  hash *= 0xff51afd7ed558ccdULL;
  return hash ^ (hash >> 32);
}

bool without_blanks(const std::vector<int32_t>& text) {
  const auto characters = std::ranges::count_if(text, unparted);
  const auto blanks = std::ranges::count(text, ' ');
  const auto letters = static_cast<std::ptrdiff_t>(text.size()) - characters - blanks;
  return characters * 2 > letters;
}

// Every run of `shortest` to `longest` characters; inside a word only, when `in_words`.
void add_runs(const std::vector<int32_t>& text, size_t shortest, size_t longest, bool in_words,
              std::vector<Piece>& out) {
  for (size_t length = shortest; length <= longest; ++length)
    for (size_t i = 0; i + length <= text.size(); ++i) {
      uint64_t hash = length;
      bool crosses = false;
      for (size_t k = 0; k < length; ++k) {
        hash = mixed(hash, static_cast<uint64_t>(text[i + k]));
        crosses |= in_words && text[i + k] == ' ' && k > 0 && k + 1 < length;
      }
      if (!crosses && (length > 1 || text[i] != ' ')) out.push_back({.name = hash, .kind = 0});
    }
}

void add_words(const std::vector<int32_t>& text, std::vector<Piece>& out) {
  constexpr uint64_t one = 1001, two = 1002;
  uint64_t before = 0;
  for (size_t i = 1; i < text.size();) {
    uint64_t word = one;
    for (; text[i] != ' '; ++i) word = mixed(word, static_cast<uint64_t>(text[i]));
    ++i;
    out.push_back({.name = word, .kind = 1});
    if (before != 0) out.push_back({.name = mixed(mixed(two, before), word), .kind = 1});
    before = word;
  }
}

// Common words that English does not have, each of a language written in the same letters.
constexpr std::array<std::u32string_view, 36> foreign = {
    U"der", U"die", U"und", U"ich", U"nicht", U"ist",  U"wie",  U"kann", U"meine",
    U"le",  U"la",  U"les", U"est", U"je",    U"une",  U"pas",  U"vous", U"bonjour",
    U"el",  U"los", U"que", U"mi",  U"una",   U"para", U"hola", U"con",  U"por",
    U"il",  U"che", U"non", U"di",  U"sono",  U"het",  U"een",  U"niet", U"ik"};

bool foreign_word(std::u32string_view word) {
  return std::ranges::find(foreign, word) != foreign.end();
}

}  // namespace

std::vector<Piece> pieces_of(std::string_view text) {
  const std::vector<int32_t> characters = folded(text);
  std::vector<Piece> out;
  if (characters.size() < 2) return out;
  if (without_blanks(characters)) {
    add_runs(characters, 1, 3, false, out);
  } else {
    add_runs(characters, 2, 5, true, out);
    add_words(characters, out);
  }
  return out;
}

std::string_view language_of(std::string_view text) {
  const std::vector<int32_t> characters = folded(text);
  size_t japanese = 0, korean = 0, latin = 0, other = 0, words = 0, foreign_words = 0;
  std::u32string word;
  for (const int32_t c : characters) {
    if (c == ' ') {
      if (!word.empty()) ++words;
      if (foreign_word(word)) ++foreign_words;
      word.clear();
      continue;
    }
    word.push_back(static_cast<char32_t>(c));
    if (unparted(c))
      ++japanese;
    else if (hangul(c))
      ++korean;
    else if (between(c, 'a', 'z'))
      ++latin;
    else if (c != '\'' && !between(c, '0', '9'))
      ++other;
  }
  if (japanese * 2 > korean + latin + other) return "ja";
  if (korean > latin + other) return "ko";
  if (latin > 0 && other * 20 <= latin && foreign_words * 6 <= words) return "en";
  return "";
}

}  // namespace aizuchi::understand
