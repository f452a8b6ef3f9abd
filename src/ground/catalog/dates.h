// Dates of the brand folder. A date without a time is a day in the brand's time zone, from its
// first moment to its last; with a time it is that moment (UTC, or the offset it names).
// Threads: pure functions but for reading the time zone file. Cost: microseconds.
#pragma once

#include "ground/catalog/draft.h"

namespace aizuchi::ground::catalog {

// The moment it begins; an error when it is no date.
Instant read_start(Draft& draft, const At& date);
// The moment it is over: of a day, the first moment of the next.
Instant read_end(Draft& draft, const At& date);

}  // namespace aizuchi::ground::catalog
