// cel: one expression, or a line of typed JSON after another.
#include <iostream>

#include "ground/expr/cel_command.h"
#include "serve/app/commands.h"

namespace aizuchi::serve {

Outcome run_cel(const CommandOptions& options, Terminal& terminal) {
  if (!options.batch) {
    terminal.data(TRY(ground::evaluate_once(options.argument, options.vars)));
    return exit_ok;
  }
  std::string line;
  while (std::getline(std::cin, line))
    if (!line.empty()) terminal.data(ground::evaluate_batch_line(line));
  return exit_ok;
}

}  // namespace aizuchi::serve
