// The sample in a terminal: per scene who, what ordinary targeting says, what Aizuchi says in each
// slot with its layer and why, and what was held back. Wide characters count two columns, lines
// break between them. Threads: pure. Cost: string joins.
#pragma once

#include <string>
#include <string_view>

#include "serve/demo/demo_stage.h"

namespace aizuchi::serve {

struct PrintOptions {
  std::string locale = "ja";
  size_t columns = 80;
  bool colour = false;
};

std::string print_told(const DemoTold& told, const PrintOptions& options);
// What a tap changed: the slots that are worth a look then, before and after.
std::string print_tap(const DemoTold& before, const DemoTold& after, const PrintOptions& options);
std::string print_attempt(const DemoAttempt& attempt, const PrintOptions& options);

// How many columns a text takes: East Asian wide and fullwidth characters two, combining none.
size_t columns_of(std::string_view text);
// The text in lines of at most `columns` (a longer word stands alone), those after the first
// indented by `indent` spaces. No line begins with a closing mark such as 「。」.
std::string wrapped(std::string_view text, size_t columns, size_t indent);

}  // namespace aizuchi::serve
