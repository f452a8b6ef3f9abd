// What felt odd, as it stands with everyone. Internal to serve/partition.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "ground/domain/domain.h"

namespace aizuchi::serve {

// One use of one thing – at an item, or at a place ("@" and the slot) – that somebody said feels
// odd.
struct OddUse {
  struct Tally {
    uint64_t marked = 0;   // people who said so, of those who met it
    uint64_t exposed = 0;  // people who met it
  };
  std::string fact, of;
  ground::ItemKey of_key = 0;  // of the item or the slot
  ground::ItemKey key = 0;     // as decisions know the use (ground::use_key)
  Tally tally;                 // of the last look
  uint64_t fresh = 0;          // words that came since
  ground::Instant stopped_at;  // 0: never
  ground::Instant resumed_at;  // 0: it is stopped, or never was
  std::string resumed_by;
  bool stopped() const { return stopped_at != ground::Instant{} && resumed_at < stopped_at; }
};

struct OddUses {
  std::map<std::string, OddUse> uses;           // by remember::odd_name
  ground::Instant at{INT64_MIN};                // of the last look
  std::map<std::string, OddUse::Tally> so_far;  // of the look that goes on
  bool found_new = false;                       // it met a use that nobody was asked about yet
  std::unordered_multimap<ground::ItemKey, const OddUse*> watched;  // by of_key; during a look

  // As it is from now on looked for; the known one when there is one.
  OddUse& watch(std::string_view fact, std::string_view of);
};

}  // namespace aizuchi::serve
