// The options of `aizuchi evaluate …`, `train …` and `recommend`, for the grammar of the command
// line.
#pragma once

#include "serve/app/command_line.h"

namespace CLI {
class App;
}

namespace aizuchi::serve {

void add_evaluate_options(CLI::App& command, CommandOptions& options);  // by its name
void add_recommend_options(CLI::App& recommend, CommandOptions& options);

}  // namespace aizuchi::serve
