// Numbers as text, the way CEL implementations write and read them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aizuchi::ground {

// Shortest text that reads back the same; exponents below 1e-4 and from 1e+21, "Infinity", "NaN".
std::string format_double(double v);
// The same without exponent: 1e21 is "1000000000000000000000".
std::string format_double_plain(double v);
std::optional<double> parse_double(std::string_view text);

}  // namespace aizuchi::ground
