// Reads the database engine's own logs (write-ahead logs and the live MANIFEST) before the engine
// does, and refuses what it would drop in silence.
//
// Why: RocksDB 7.8 takes several kinds of damage for "the writer died here" and goes on without
// what follows: a flipped bit in the length of a record in a log's last block, one that turns a
// record's type into a recycled one, a stretch of zeros. A log that was really torn has nothing
// readable after the tear, and its last record is shorter than its length says; that alone passes.
//
// Format (RocksDB wiki, "Write Ahead Log File Format"): blocks of 32 KiB, in them records
// [masked crc32c of type and payload 4][length 2][type 1][payload], little-endian; types 1 full,
// 2 first, 3 middle, 4 last; fewer than 7 bytes at a block's end are padding.
// Cost: one read of at most wal_bytes_max, 0.6 GB/s.
#pragma once

#include <string>
#include <string_view>

#include "ground/base/result.h"

namespace aizuchi::ground {

// The logs of a database directory; a new or empty one passes. `corrupted` names the file and the
// offset. Nobody may be writing there.
Result<void> check_engine_logs(const std::string& directory);

// What is wrong with the bytes of one log; empty when it is whole or torn at its end.
std::string log_damage(std::string_view log);

}  // namespace aizuchi::ground
