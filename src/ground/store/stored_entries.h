// Every entry that the tables and memory of a database still hold, blocks decoded: the newest, what
// it took the place of, and what was erased and is not rewritten yet. What reads the database as it
// stands sees none of the latter, and bytes searched for in a file are hidden there by compression
// and by keys that share a beginning.
//
// Threads: any, beside writers. Cost: a read of everything, through the block cache; entries are
// copied, a page at a time.
#pragma once

#include <string>
#include <vector>

#include "ground/store/store.h"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
}  // namespace rocksdb

namespace aizuchi::ground {

// Errors: corrupted, where a table cannot be read to its end.
Result<void> visit_stored(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& family,
                          const Store::Take& take);
// Table files that lie there and are no part of the database any more, by name.
std::vector<std::string> left_tables(rocksdb::DB& db, const std::string& directory);

}  // namespace aizuchi::ground
