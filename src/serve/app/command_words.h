// The words of the command line: what each command is for, examples of it, and what it cannot do
// without. Plain data, so that help, suggestions and docs/cli.md say the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aizuchi::serve {

struct CommandWords {
  std::string_view name;  // "serve", "keys create"
  std::string_view summary;
  std::string_view examples;
  // Each inner list: at least one of these options must be given.
  std::vector<std::vector<std::string_view>> needs;
};

const std::vector<CommandWords>& command_words();

// The values that an option can have, where they can be listed: for the tab key and for hints.
// {} for any other.
std::vector<std::string> option_choices(std::string_view command, std::string_view option);

}  // namespace aizuchi::serve
