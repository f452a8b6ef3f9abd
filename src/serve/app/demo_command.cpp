// demo: the sample shop.
#include "serve/app/commands.h"
#include "serve/demo/demo.h"

namespace aizuchi::serve {

Outcome run_demo(const CommandOptions& options, Terminal& terminal) {
  if (options.json && !options.once) {
    terminal.message("aizuchi: demo --json goes with --once.");
    return exit_usage;
  }
  if (!options.later.empty() && !options.once) {
    terminal.message("aizuchi: demo --later goes with --once; the page has a clock of its own.");
    return exit_usage;
  }
  return run_demo({.once = options.once,
                   .json = options.json,
                   .later = options.later,
                   .locale = options.locale,
                   .listen = options.listen});
}

}  // namespace aizuchi::serve
