// Salvage: what can still be read of a damaged data directory, in a new one. Only when an operator
// asks for it, and after no backup could be restored: what is lost here is lost.
//
// Promises: the damaged directory is not changed; what is kept is exactly what checks (each log
// record by its checksum and its place, everything sealed by its seal); what is lost is counted and
// listed, log records by their numbers, and stays on record in the new directory; history and
// states are made again from what the log has.
// Threads: any. Cost: a copy of the directory, and twice the reading of `verify`.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ground/base/result.h"

namespace aizuchi::serve {

struct SalvageOrder {
  std::string damaged;
  std::string data_directory;  // must be empty or not exist
  std::string keyring_directory;
};

struct Salvaged {
  struct Space {
    std::string name;
    uint64_t kept = 0;
    uint64_t lost = 0;  // those that were read and did not check
    bool dark = false;  // something could not be read at all
  };
  std::vector<Space> spaces;
  std::vector<std::pair<uint64_t, uint64_t>> lost_records;  // of the log, first to last
  uint64_t states_made_again = 0;
  std::vector<std::string> notes;  // a line each: what else was found
  std::string digest;
};

// Errors: conflict (held by a server, or the new directory is not empty), unsupported, not_found
// (the master key), corrupted (the vocabulary or every version of the brand folder is lost, and
// without them nothing can be read).
ground::Result<Salvaged> salvage(const SalvageOrder& order);

}  // namespace aizuchi::serve
