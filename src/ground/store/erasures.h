// The erase ledger: who was erased, kept beside the master key and so outside the data directory
// and its backups. A backup from before an erasure still holds the person; whoever opens what was
// restored from it reads this file and erases them again (serve/partition does, at every start).
//
// One line an erasure, appended and synced (docs/formats.md): the person's random id, the HMACs of
// their identifiers, where the log ended and when. No line says who it was. Who wanted single
// values forgotten has a line too, with the HMACs of the values' names.
//
// Promises: what add_erasure returned for is there after a power cut; a torn last line is cut off,
// any other damage is `corrupted`.
// Threads: any; appends wait for each other, in other processes too.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.h"
#include "ground/base/time.h"

namespace aizuchi::ground {

// `absorbed`: the device's person that an erased one had absorbed; what leads to them today is
// somebody else.
enum class Erased : uint8_t { person, values, absorbed };

struct Erasure {
  Erased what = Erased::person;
  // Of values: only of what was shown at this assurance at most (ground::Assurance).
  uint8_t viewer = 0;
  std::array<uint8_t, 16> person{};
  // Vault::lookup of each identifier that led to the person, or of each value's name.
  std::vector<std::array<uint8_t, 16>> lookups;
  uint64_t sequence = 0;  // where the log ended
  Instant at;
};

// Also how it is kept in the store, until the file has it.
std::string encode_erasure(const Erasure& erasure);
Result<Erasure> decode_erasure(std::string_view bytes);

// Every line of the file `erased` of a keyring directory, oldest first; none when there is no file.
Result<std::vector<Erasure>> read_erasures(const std::string& keyring_directory);
// Appends and syncs.
Result<void> add_erasure(const std::string& keyring_directory, const Erasure& erasure);

}  // namespace aizuchi::ground
