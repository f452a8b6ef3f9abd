// `aizuchi demo`: the sample shop つむぎ珈琲, in memory, on one port: the page that puts ordinary
// targeting and Aizuchi beside each other, and the API with the same brand. `--once` prints the
// scenes in the terminal instead, and ends. Needs no file and keeps none.
// Threads: everything runs on the caller's. Cost: a second to begin.
#pragma once

#include <string>

namespace aizuchi::serve {

struct DemoOptions {
  bool once = false;
  bool json = false;                      // of --once
  std::string later;                      // of --once: the scenes that much later ("7d"), or ""
  std::string locale;                     // "ja" or "en"; "" asks LC_ALL, LC_MESSAGES and LANG
  std::string listen = "127.0.0.1:8080";  // the next free port when this one is taken
};

// Returns when Ctrl-C ends it: an exit code, 0 when every scene answered.
int run_demo(const DemoOptions& options);

}  // namespace aizuchi::serve
