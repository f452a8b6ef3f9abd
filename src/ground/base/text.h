// Text: UTF-8 checks, ASCII case, nearest names for "did you mean", JSON-safe shortening.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aizuchi::ground {

bool valid_utf8(std::string_view text);
// At most `bytes_max` bytes, cut at a character boundary, "…" when cut.
std::string shorten(std::string_view text, size_t bytes_max);
// What a damaged file says of itself may be any bytes: those outside printable ASCII become '?'.
std::string printable(std::string text);
std::string ascii_lower(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
// The candidate nearest by edit distance, "" when none is near enough to be meant.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace aizuchi::ground
