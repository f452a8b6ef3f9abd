// What a shell proposes at the tab key. The scripts for bash, zsh and fish are a few lines that ask
// `aizuchi completion words` with what has been typed; the answer is made here from the commands
// themselves, so a command, an option or a value that exists is proposed.
//
// Threads: pure functions. Cost: a start of the program at each tab, some milliseconds.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aizuchi::serve {

enum class Takes : uint8_t { nothing, text, choice, file, folder };

struct OptionShape {
  std::string name;  // "--data"; "DIR" of a positional
  std::string note;
  Takes takes = Takes::nothing;
  std::vector<std::string> choices = {};
};
struct CommandShape {
  std::string name;  // "keys create"
  std::string summary;
  std::vector<OptionShape> options;
};

struct Proposal {
  std::string word;  // ":files" and ":folders" ask the shell for its own
  std::string note;
};
// `words` are those after the program's name; the last is the one being typed, and may be "".
std::vector<Proposal> proposals(const std::vector<CommandShape>& commands,
                                std::vector<std::string> words);
// A line each: the word, a tab, the note.
std::string proposal_lines(const std::vector<Proposal>& all);

// The script for "bash", "zsh" or "fish"; nullopt for another shell.
std::optional<std::string> completion_script(std::string_view shell);

}  // namespace aizuchi::serve
