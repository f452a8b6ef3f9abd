// Text in the columns of a terminal: wide characters take two, lines break between them.
// Threads: pure. Cost: one pass.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aizuchi::serve {

// How many columns a text takes: East Asian wide and fullwidth characters two, combining none.
size_t columns_of(std::string_view text);
// The text in lines of at most `columns` (a longer word stands alone), those after the first
// indented by `indent` spaces. No line begins with a closing mark such as 「。」.
std::string wrapped(std::string_view text, size_t columns, size_t indent);

}  // namespace aizuchi::serve
