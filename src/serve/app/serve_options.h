// The options of `aizuchi serve`, which has the most of them, for the grammar of the command line.
#pragma once

#include "serve/app/command_line.h"

namespace CLI {
class App;
}

namespace aizuchi::serve {

void add_serve_options(CLI::App& serve, CommandOptions& options);

}  // namespace aizuchi::serve
