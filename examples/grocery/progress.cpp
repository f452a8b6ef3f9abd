#include "progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace grocery {

Progress::Progress(Show show) : show_(show), terminal_(isatty(STDERR_FILENO) == 1) {}

void Progress::begin(std::string title, uint64_t total) {
  title_ = std::move(title);
  total_ = std::max<uint64_t>(total, 1);
  shown_ = 0;
  draw(0);
}

void Progress::at(uint64_t done) {
  const uint64_t percent = std::min<uint64_t>(done * 100 / total_, 100);
  const uint64_t step = terminal_ ? 1 : 10;
  if (percent / step == shown_ / step) return;
  shown_ = percent;
  draw(percent);
}

void Progress::end() {
  at(total_);
  if (show_ == Show::as_stderr_is && terminal_) std::fputc('\n', stderr);
}

void Progress::draw(uint64_t percent) {
  if (show_ == Show::nothing) return;
  if (!terminal_) {
    std::fprintf(stderr, "%-12s %3llu %%\n", title_.c_str(),
                 static_cast<unsigned long long>(percent));
    return;
  }
  constexpr uint64_t width = 40;
  std::string bar(percent * width / 100, '#');
  bar.resize(width, '.');
  std::fprintf(stderr, "\r%-12s [%s] %3llu %%", title_.c_str(), bar.c_str(),
               static_cast<unsigned long long>(percent));
  std::fflush(stderr);
}

}  // namespace grocery
