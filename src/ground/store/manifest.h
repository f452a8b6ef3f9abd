// What a backup is made of: its files with their hashes, and what they said when it was made. In
// the backup's directory it is `manifest.json`, with `manifest.json.sha256` beside it as
// `sha256sum -c` reads it; the files themselves are in `data/` (docs/formats.md).
//
// Promises: a file that is missing, longer, shorter or changed is refused by its name before
// anything is opened.
// Threads: values; any. Cost: one read of every file, the largest one in memory (tables of 64 MiB,
// a log of 128 MiB).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ground/base/result.h"
#include "ground/base/time.h"

namespace aizuchi::ground {

struct FileSum {
  std::string name;  // inside the directory; no folders
  uint64_t bytes = 0;
  std::string sha256;  // hex
};

struct Manifest {
  Instant made_at;
  uint64_t last_sequence = 0;  // of the log
  std::string link;            // hex: of its last record, so of the whole log
  std::string digest;          // hex: of what is said (docs/formats.md, "Digest")
  uint64_t people = 0;
  uint64_t untold = 0;  // messages to webhooks that were on their way, and are not in it
  std::vector<FileSum> files;
  uint64_t bytes() const;
};

// The files of a directory as they are, each synced to the disk.
Result<std::vector<FileSum>> sum_files(const std::string& directory);

// Writes both files and syncs them.
Result<void> write_manifest(const std::string& directory, const Manifest& manifest);
// Errors: not_found (no backup there), unsupported (a newer one), corrupted.
Result<Manifest> read_manifest(const std::string& directory);

// Copies the files into `to`, which must be there and empty; what was copied has the sums.
// Errors: corrupted and not_found, with the file's name; unavailable.
Result<void> copy_files(const std::vector<FileSum>& files, const std::string& from,
                        const std::string& to);

// A file that keeps the data of a backup from being opened by mistake, and so from being changed.
Result<void> mark_backup(const std::string& directory);
Result<void> unmark_backup(const std::string& directory);
// Errors: conflict when the mark is there.
Result<void> refuse_backup(const std::string& directory);

// Syncs a directory's own entries. Errors: unavailable.
Result<void> sync_folder(const std::string& directory);

}  // namespace aizuchi::ground
