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

}  // namespace aizuchi::serve
