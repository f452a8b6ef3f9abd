// How far a long step is, on stderr: a bar on a terminal, else a line every ten percent.
#pragma once

#include <cstdint>
#include <string>

namespace grocery {

class Progress {
 public:
  enum class Show : uint8_t { as_stderr_is, nothing };
  explicit Progress(Show show);
  void begin(std::string title, uint64_t total);
  void at(uint64_t done);
  void end();

 private:
  void draw(uint64_t percent);

  Show show_;
  bool terminal_ = false;
  std::string title_;
  uint64_t total_ = 1;
  uint64_t shown_ = 0;  // percent
};

}  // namespace grocery
