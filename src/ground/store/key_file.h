// The keys of people as backups need them: the file `people.keys` beside the master key.
//
// A backup holds no person's key (docs/adr): what it holds can be read only together with the
// keyring. So whoever is erased from the keyring is erased from every backup there is, without one
// of them being touched. Keys are added by each backup and taken out by an erasure, and by nothing
// else: after an older backup was restored, the newer ones can still be read.
//
// Format (docs/formats.md): version 1, then entries of 77 bytes in the order of persons: person 16,
// wrapped key 61. An entry that was taken out keeps its person and has zeros for a key.
// Threads: one at a time, but for forget_person_key, which may come beside keep_person_keys as long
// as the key has gone from the live store before. Cost: 77 bytes a person; forget: log2(n) reads
// and one synced write.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/store/store.h"

namespace aizuchi::ground {

// Adds every key that `copy` holds to the file. `lives` is asked after the file is written: a
// person who was erased while the copy was made is taken out again. Returns how many were added.
// Errors: corrupted (the file), unavailable.
using PersonLives = std::function<Result<bool>(std::string_view person)>;
Result<uint64_t> keep_person_keys(const std::string& keyring_directory, Store& copy,
                                  const PersonLives& lives);

// Takes the keys out of a copy that nobody else uses: their bytes are gone from its files once it
// is closed. Their persons stay, so that a restore knows whose keys it needs.
Result<void> take_keys_out(Store& copy);

// Puts the keys back that take_keys_out took; the persons (16 bytes each) whose keys the keyring
// does not have.
Result<std::vector<std::string>> put_keys_back(const std::string& keyring_directory, Store& copy);

// After this is true no backup of this person can be read any more. False: there was no key.
Result<bool> forget_person_key(const std::string& keyring_directory, std::string_view person);

}  // namespace aizuchi::ground
