// A file system that fails once on purpose: the nth operation that changes something (a file made,
// bytes appended, a sync, a close, a rename, a deletion, a directory synced) meets a fault. The
// engine runs on it through ground/store/rocks_open.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace rocksdb {
class FileSystem;
}

namespace aizuchi::sim {

enum class Wrong : uint8_t {
  eio,
  enospc,
  half,  // half of the bytes, and an error
  torn,  // half of the bytes, and then nothing works any more
};
constexpr int wrongs = 4;
const char* to_string(Wrong wrong);

// So many engines fail side by side: each waits in its background, on threads they share.
void prepare_for(int engines);

class FaultyFiles;

class FaultyDisk {
 public:
  FaultyDisk(int fails_at, Wrong wrong);

  std::shared_ptr<rocksdb::FileSystem> files() const;
  bool met() const;           // the fault has happened
  std::string where() const;  // to what
  // A failed sync may have thrown away what it should have written: so it is, when nobody has the
  // files open any more.
  void lose_what_was_not_synced() const;

 private:
  std::shared_ptr<FaultyFiles> files_;
};

}  // namespace aizuchi::sim
