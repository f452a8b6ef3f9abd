#include "serve/app/completion.h"

#include <algorithm>

namespace aizuchi::serve {

namespace {

// "--encoding=cp" and what bash makes of it ("--encoding", "=", "cp") as two words.
std::vector<std::string> split_equals(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    if (word == "=" && &word != &words.back()) continue;
    if (word == "=") {
      out.emplace_back();
    } else if (word.starts_with("--") && equals != std::string::npos) {
      out.push_back(word.substr(0, equals));
      out.push_back(word.substr(equals + 1));
    } else {
      out.push_back(word);
    }
  }
  return out;
}

const OptionShape* option_of(const CommandShape& command, std::string_view name) {
  const auto at = std::ranges::find(command.options, name, &OptionShape::name);
  return at == command.options.end() ? nullptr : &*at;
}

void add(std::vector<Proposal>& out, std::string_view typed, const std::string& word,
         const std::string& note) {
  const bool there = std::ranges::any_of(out, [&](const Proposal& p) { return p.word == word; });
  if (word.starts_with(typed) && !there) out.push_back({word, note});
}

void add_values(std::vector<Proposal>& out, std::string_view typed, const OptionShape& option) {
  if (option.takes == Takes::file) out.push_back({":files", ""});
  if (option.takes == Takes::folder) out.push_back({":folders", ""});
  // Of a list, the last is being typed.
  const size_t comma = typed.rfind(',');
  const std::string before(comma == std::string_view::npos ? "" : typed.substr(0, comma + 1));
  for (const std::string& choice : option.choices) add(out, typed, before + choice, option.note);
}

}  // namespace

std::vector<Proposal> proposals(const std::vector<CommandShape>& commands,
                                std::vector<std::string> words) {
  words = split_equals(words);
  if (words.empty()) words.emplace_back();
  const std::string typed = words.back();
  words.pop_back();
  std::vector<Proposal> out;
  // The command so far, and how many words it took.
  std::string name;
  const CommandShape* command = nullptr;
  size_t at = 0;
  for (; at < words.size() && command == nullptr; ++at) {
    name += (name.empty() ? "" : " ") + words[at];
    const auto found = std::ranges::find(commands, name, &CommandShape::name);
    if (found != commands.end()) command = &*found;
  }
  if (command == nullptr) {  // "keys" is no command yet: its second words
    const std::string prefix = name.empty() ? "" : name + " ";
    for (const CommandShape& one : commands)
      if (one.name.starts_with(prefix)) {
        const std::string rest = one.name.substr(prefix.size());
        const bool whole = rest.find(' ') == std::string::npos;
        add(out, typed, rest.substr(0, rest.find(' ')), whole ? one.summary : "");
      }
    return out;
  }
  const OptionShape* last = words.size() > at ? option_of(*command, words.back()) : nullptr;
  if (last != nullptr && last->takes != Takes::nothing && words.back().starts_with("--")) {
    add_values(out, typed, *last);
    return out;
  }
  if (!typed.starts_with("-")) {
    size_t given = 0;  // positionals that are there already
    for (size_t i = at; i < words.size(); ++i) {
      const OptionShape* option = option_of(*command, words[i]);
      if (words[i].starts_with("-"))
        i += option != nullptr && option->takes != Takes::nothing ? 1 : 0;
      else
        ++given;
    }
    for (const OptionShape& option : command->options)
      if (!option.name.starts_with("-") && given-- == 0) add_values(out, typed, option);
    if (!typed.empty()) return out;
  }
  for (const OptionShape& option : command->options)
    if (option.name.starts_with("--") && std::ranges::find(words, option.name) == words.end())
      add(out, typed, option.name, option.note);
  return out;
}

std::string proposal_lines(const std::vector<Proposal>& all) {
  std::string out;
  for (const Proposal& one : all) out += one.word + "\t" + one.note + "\n";
  return out;
}

}  // namespace aizuchi::serve
