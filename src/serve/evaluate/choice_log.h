// A log of choices as a file: what was chosen, with which probability, and what came of it. CSV,
// TSV or semicolons with a line of names; other columns may stand beside, and any of them may be a
// policy: the probability it gives to what was chosen.
//
// Promises: a row that cannot be read is an error with its file and line, nothing is skipped.
// Threads: none. Cost: one pass; 32 bytes a row and each name once.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "ground/base/result.h"

namespace aizuchi::serve {

struct LoggedChoice {
  uint32_t item = 0;  // by ChoiceLog::items
  uint32_t position = 0;
  double reward = 0;
  double propensity = 1;  // in (0, 1]
};

struct ChoiceLog {
  std::vector<LoggedChoice> rows;
  std::vector<std::string> items, positions;            // names by number
  std::map<std::string, std::vector<double>> policies;  // columns asked for, a value a row
};

// With the columns of `policies` besides. Errors: not_found, invalid.
ground::Result<ChoiceLog> read_choices(const std::filesystem::path& path,
                                       const std::vector<std::string>& policies);

}  // namespace aizuchi::serve
