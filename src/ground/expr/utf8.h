// Positions in UTF-8 text count characters (code points), as CEL's do. Input is valid UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aizuchi::ground {

// ✓ of "✓ a" is one character.
size_t utf8_length(std::string_view text);
// The byte offset of a character; text.size() for the end. npos when the text is shorter.
size_t utf8_offset(std::string_view text, size_t character);
// Bytes of the character that starts here.
size_t utf8_width(char lead);

}  // namespace aizuchi::ground
