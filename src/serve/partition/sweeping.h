// What is left to do after an erasure: the decisions that were made for the person become a mark,
// every file that may still hold bytes of theirs is written anew, and the files are then searched.
// Nothing of this makes the person more unreadable than they are (erasing.cpp); it makes the bytes
// go.
//
// Promises: a pass that found nothing has rewritten every table and log file that there was when it
// began, and read each of their blocks decoded, with what is erased and still in them; what it
// searched for is named in the result. One that found something is made again. At most one runs.
// Threads: run() on any thread while the partition lives. Cost: reads and writes what is stored,
// once; about 3 s a GB on a quiet machine.
#pragma once

#include <stop_token>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ground/domain/domain.h"
#include "ground/store/store.h"

namespace aizuchi::serve {

struct Swept {
  uint64_t records = 0;  // decisions that became a mark
  uint64_t searched_bytes = 0, searched_files = 0;
  uint64_t searched_for = 0;       // byte strings that were theirs
  std::vector<std::string> found;  // "file 000123.sst", "space history"; empty: nothing was found
};

struct SweepTask {
  ground::Store& store;
  std::string directory;  // "" in memory
  std::unordered_set<ground::PersonId> people;
  // Who had values forgotten: what was decided with them until then becomes a mark too.
  std::unordered_map<ground::PersonId, ground::Instant> decided_until;
  // Pieces of what was stored of them: sealed events, state and key, and identifiers as they were
  // sent. Known until the first pass after the erasure, or the next start.
  std::vector<std::string> traces;
  std::string_view mark;  // what stands in place of their decisions

  // Ends early, with an error, when it is told to stop: the next start does it.
  ground::Result<Swept> run(const std::stop_token& stop = {});
};

}  // namespace aizuchi::serve
