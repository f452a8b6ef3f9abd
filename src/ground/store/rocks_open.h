// The door for tests: the same store on another file system, which may fail on purpose.
#pragma once

#include <memory>

#include "ground/store/store.h"

namespace rocksdb {
class FileSystem;
}

namespace aizuchi::ground {

// null: the operating system's. Our own lock file and log check use the operating system's always.
Result<std::unique_ptr<Store>> open_rocks_store_on(StoreOptions options,
                                                   std::shared_ptr<rocksdb::FileSystem> files);

}  // namespace aizuchi::ground
