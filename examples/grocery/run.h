// The whole example in one call: folder in, folder out. `grocery` is its command line, the tests
// call it too.
#pragma once

#include <cstdint>
#include <string>

#include "catalog.h"
#include "decide.h"
#include "import.h"

namespace grocery {

struct Options {
  std::string data;   // the folder with the tables
  std::string brand;  // the brand folder without products.csv
  std::string sensitive_list;
  std::string out = "out/real-input";
  int64_t as_of_ms = 0;
  bool durable = false;  // on disk, each batch synced, ids by chance; else in memory, reproducible
  Progress::Show progress = Progress::Show::as_stderr_is;
};

struct Outcome {
  Catalog catalog;
  Took publish;
  Imported imported;
  Decided decided;
  size_t errors = 0;
  std::string problem;  // why there is no result; "" when there is
};

// Writes brand/, errors.csv and decisions.ndjson into `out`, and with `durable` store/ and
// store-keys/; what an earlier run wrote there is replaced, and a folder with anything else in it
// is refused.
Outcome run(const Options& options);
// For people to read.
std::string summary(const Options& options, const Outcome& outcome);

}  // namespace grocery
