// Backup and restore. A backup is a consistent copy of everything but people's keys, made beside
// the decisions, and opened and read through before it is called one; what it says is a digest in
// its manifest, and a restore must say the same or is refused.
//
// Promises: a person who was erased cannot be read from any backup (ground/store/key_file.h); a
// backup or a restore that did not end leaves nothing that could be taken for one.
// Threads: a BackupTask runs on any thread while its partition lives, one at a time; restore
// anywhere. Cost: the partition's thread is not needed; table files are hard links where they can
// be; some 10 us a record on the thread that runs it, and one read of every file.
#pragma once

#include <string>

#include "ground/base/time.h"
#include "ground/store/manifest.h"

namespace aizuchi::ground {
class Store;
}

namespace aizuchi::serve {

struct BackupTask {
  ground::Store& live;
  ground::Clock& clock;
  std::string keyring_directory;
  std::string directory;  // must not exist; its parents are made

  // Errors: conflict (the directory exists), corrupted (what is stored does not check),
  // unavailable, unsupported (a store in memory).
  ground::Result<ground::Manifest> run();
};

struct RestoreOrder {
  std::string backup;             // what a BackupTask made
  std::string data_directory;     // must be empty or not exist
  std::string keyring_directory;  // the live one, or its newest copy
};

struct Restored {
  ground::Manifest manifest;
  std::string digest;
  // People of the backup who were erased after it was made, and are erased again. With any of them
  // the digest is another, and the head of the log alone is held against the manifest.
  uint64_t erased_since = 0;
};

// Errors: conflict (the directory is not empty, or the keyring is another's), corrupted (a file,
// or what is said), not_found (the keyring lacks people's keys). Nothing is left then.
ground::Result<Restored> restore_backup(const RestoreOrder& order);

}  // namespace aizuchi::serve
