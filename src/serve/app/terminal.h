// Where the command line speaks: data to stdout, messages to stderr, so that a pipe carries data
// only. Colour on a terminal only, never with NO_COLOR; a progress line on a terminal only.
#pragma once

#include <string>
#include <string_view>

#include "ground/base/result.h"

namespace aizuchi::serve {

// The exit codes of every command (docs/cli.md).
enum Exit : int {
  exit_ok = 0,
  exit_failed = 1,       // it was tried and failed, or findings were found
  exit_usage = 2,        // the command line is wrong
  exit_unreachable = 3,  // the server, or a data directory that another process holds
};
int exit_code(const ground::Error& error);

class Terminal {
 public:
  Terminal();  // looks at NO_COLOR, TERM and what stdout and stderr are

  void data(std::string_view text);     // stdout, with a line break
  void message(std::string_view text);  // stderr, with a line break
  void error(const ground::Error& error);
  // What to do next, after something worked.
  void next(std::string_view command);
  // `done` of `whole` as a bar that replaces itself; nothing where stderr is no terminal.
  void progress(std::string_view what, size_t done, size_t whole);
  void end_progress();

  // Wrapped in colour where stdout shows it.
  std::string bold(std::string_view text) const;
  std::string red(std::string_view text) const;
  std::string yellow(std::string_view text) const;

 private:
  bool colour_ = false;          // of stdout
  bool message_colour_ = false;  // of stderr
  bool live_ = false;            // stderr is a terminal
  bool in_progress_ = false;
};

}  // namespace aizuchi::serve
