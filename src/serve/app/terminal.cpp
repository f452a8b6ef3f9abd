#include "serve/app/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace aizuchi::serve {

namespace {

bool colour_wanted() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  if (no_color != nullptr && *no_color != '\0') return false;
  return term != nullptr && std::string_view(term) != "dumb";
}

void write(FILE* to, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), to);
}

}  // namespace

int exit_code(const ground::Error& error) {
  switch (error.code) {
    case ground::ErrorCode::unavailable:
    case ground::ErrorCode::conflict:
      return exit_unreachable;
    default:
      return exit_failed;
  }
}

Terminal::Terminal()
    : colour_(colour_wanted() && isatty(STDOUT_FILENO) == 1),
      message_colour_(colour_wanted() && isatty(STDERR_FILENO) == 1),
      live_(isatty(STDERR_FILENO) == 1) {}

void Terminal::data(std::string_view text) {
  end_progress();
  write(stdout, text);
  write(stdout, "\n");
}

void Terminal::message(std::string_view text) {
  end_progress();
  std::fflush(stdout);
  write(stderr, text);
  write(stderr, "\n");
}

void Terminal::error(const ground::Error& error) {
  const std::string word = message_colour_ ? "\x1b[1;31maizuchi:\x1b[0m" : "aizuchi:";
  message(fmt::format("{} {}", word, error.message));
  if (!error.hint.empty()) message(fmt::format("  {}", error.hint));
}

void Terminal::next(std::string_view command) {
  message(fmt::format("Next: {}", command));
}

void Terminal::progress(std::string_view what, size_t done, size_t whole) {
  if (!live_) return;
  constexpr size_t width = 30;
  const size_t full = whole == 0 ? width : std::min(width, done * width / whole);
  const size_t percent = whole == 0 ? 100 : std::min<size_t>(100, done * 100 / whole);
  write(stderr, fmt::format("\r{} [{}{}] {} %", what, std::string(full, '#'),
                            std::string(width - full, '.'), percent));
  std::fflush(stderr);
  in_progress_ = true;
}

void Terminal::end_progress() {
  if (!in_progress_) return;
  write(stderr, "\r\x1b[K");
  in_progress_ = false;
}

std::string Terminal::bold(std::string_view text) const {
  return colour_ ? fmt::format("\x1b[1m{}\x1b[0m", text) : std::string(text);
}
std::string Terminal::red(std::string_view text) const {
  return colour_ ? fmt::format("\x1b[31m{}\x1b[0m", text) : std::string(text);
}
std::string Terminal::yellow(std::string_view text) const {
  return colour_ ? fmt::format("\x1b[33m{}\x1b[0m", text) : std::string(text);
}

}  // namespace aizuchi::serve
