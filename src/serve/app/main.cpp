// aizuchi: the command line. Parsing in command_line.cpp, the commands in commands.h.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "serve/app/command_line.h"

namespace {

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::optional<std::string> file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace

int main(int count, char** values) {
  using namespace aizuchi::serve;
  const std::vector<std::string> arguments(values + 1, values + count);
  const Parsed parsed = parse_command_line(arguments, {environment, file_text});
  std::fputs(parsed.out.c_str(), stdout);
  std::fputs(parsed.err.c_str(), stderr);
  if (parsed.exit) return *parsed.exit;
  Terminal terminal;
  return run_command(parsed.options, terminal);
}
