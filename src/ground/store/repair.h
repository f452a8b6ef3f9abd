// Reading what is left of a damaged directory; for a salvage, on a copy only.
//
// Threads: any, one at a time. Cost: one read of everything, and of a damaged stretch some hundred
// seeks.
#pragma once

#include <string>
#include <vector>

#include "ground/store/store.h"

namespace aizuchi::ground {

// Opens a copy that the engine may refuse: then it is put together again from the tables and the
// stretches of the logs that can be read, and `notes` says why. Errors: unsupported (a newer
// format is not damage), corrupted (nothing is left), unavailable.
Result<std::unique_ptr<Store>> open_damaged_copy(const std::string& directory,
                                                 std::vector<std::string>& notes);

// Visits every entry that can be read, each once, in no order, and goes around what cannot. False:
// there was something that could not be read.
using TakeEntry = std::function<void(std::string_view key, std::string_view value)>;
bool read_around_damage(Store& store, Space space, const TakeEntry& take);

// Errors: conflict while a server holds the directory.
Result<void> refuse_held(const std::string& directory);

}  // namespace aizuchi::ground
