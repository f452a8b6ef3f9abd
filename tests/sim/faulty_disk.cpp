#include "sim/faulty_disk.h"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <filesystem>
#include <map>
#include <mutex>

namespace aizuchi::sim {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

class FaultyFiles final : public rocksdb::FileSystemWrapper {
 public:
  FaultyFiles(int fails_at, Wrong wrong)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), fails_at_(fails_at), wrong_(wrong) {}
  const char* Name() const override { return "FaultyFiles"; }

  bool met() const;           // the fault has happened
  std::string where() const;  // to what
  // A failed sync may have thrown away what it should have written: so it is, when nobody has the
  // files open any more.
  void lose_what_was_not_synced() const;

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

  // Inside: the outcome of an operation before it is tried; ok: go on.
  struct Verdict {
    rocksdb::IOStatus status;
    bool half = false;  // write half of the bytes first
  };
  Verdict next(const std::string& what, const std::string& path);
  void synced(const std::string& path, uint64_t bytes);
  void sync_failed(const std::string& path);

 private:
  rocksdb::IOStatus error() const;

  const int fails_at_;
  const Wrong wrong_;
  mutable std::mutex mutex_;
  int done_ = 0;
  bool met_ = false;
  std::string where_;
  std::map<std::string, uint64_t> synced_bytes_;
  std::map<std::string, bool> lost_;  // files whose sync failed
};

namespace {

class FaultyFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultyFile(FaultyFiles& disk, std::string path, std::unique_ptr<rocksdb::FSWritableFile>&& file)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk), path_(std::move(path)) {}

  using FSWritableFileOwnerWrapper::Append;
  IOStatus Append(const Slice& bytes, const IOOptions& options, IODebugContext* debug) override {
    const FaultyFiles::Verdict verdict = disk_.next("append", path_);
    if (verdict.status.ok()) {
      bytes_ += bytes.size();
      return FSWritableFileOwnerWrapper::Append(bytes, options, debug);
    }
    if (verdict.half)
      FSWritableFileOwnerWrapper::Append({bytes.data(), bytes.size() / 2}, options, debug)
          .PermitUncheckedError();
    return verdict.status;
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return sync([&] { return FSWritableFileOwnerWrapper::Sync(options, debug); });
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return sync([&] { return FSWritableFileOwnerWrapper::Fsync(options, debug); });
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    const FaultyFiles::Verdict verdict = disk_.next("close", path_);
    const IOStatus closed = FSWritableFileOwnerWrapper::Close(options, debug);
    return verdict.status.ok() ? closed : verdict.status;
  }

 private:
  template <typename Do>
  IOStatus sync(Do really) {
    const FaultyFiles::Verdict verdict = disk_.next("sync", path_);
    if (!verdict.status.ok()) {
      disk_.sync_failed(path_);
      return verdict.status;
    }
    const IOStatus done = really();
    if (done.ok()) disk_.synced(path_, bytes_);
    return done;
  }

  FaultyFiles& disk_;
  const std::string path_;
  uint64_t bytes_ = 0;
};

class FaultyDirectory final : public rocksdb::FSDirectoryWrapper {
 public:
  FaultyDirectory(FaultyFiles& disk, std::string path,
                  std::unique_ptr<rocksdb::FSDirectory>&& directory)
      : FSDirectoryWrapper(std::move(directory)), disk_(disk), path_(std::move(path)) {}
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    const FaultyFiles::Verdict verdict = disk_.next("sync directory", path_);
    return verdict.status.ok() ? FSDirectoryWrapper::Fsync(options, debug) : verdict.status;
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions& how) override {
    const FaultyFiles::Verdict verdict = disk_.next("sync directory", path_);
    return verdict.status.ok() ? FSDirectoryWrapper::FsyncWithDirOptions(options, debug, how)
                               : verdict.status;
  }

 private:
  FaultyFiles& disk_;
  const std::string path_;
};

}  // namespace

const char* to_string(Wrong wrong) {
  static constexpr const char* words[] = {"EIO", "ENOSPC", "half", "torn"};
  return words[static_cast<size_t>(wrong)];
}

bool FaultyFiles::met() const {
  const std::lock_guard lock(mutex_);
  return met_;
}
std::string FaultyFiles::where() const {
  const std::lock_guard lock(mutex_);
  return where_;
}

IOStatus FaultyFiles::error() const {
  if (wrong_ == Wrong::enospc) return IOStatus::NoSpace("injected ENOSPC");
  return IOStatus::IOError("injected EIO");
}

FaultyFiles::Verdict FaultyFiles::next(const std::string& what, const std::string& path) {
  const std::lock_guard lock(mutex_);
  const bool now = done_++ == fails_at_;
  if (now) {
    met_ = true;
    where_ = what + " " + std::filesystem::path(path).filename().string();
  }
  const bool gone = met_ && wrong_ == Wrong::torn;
  if (!now && !gone) return {.status = IOStatus::OK()};
  return {.status = error(), .half = now && (wrong_ == Wrong::half || wrong_ == Wrong::torn)};
}

void FaultyFiles::synced(const std::string& path, uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  synced_bytes_[path] = bytes;
}
void FaultyFiles::sync_failed(const std::string& path) {
  const std::lock_guard lock(mutex_);
  lost_[path] = true;
}

void FaultyFiles::lose_what_was_not_synced() const {
  const std::lock_guard lock(mutex_);
  for (const auto& [path, failed] : lost_) {
    const auto synced = synced_bytes_.find(path);
    const uint64_t kept = synced == synced_bytes_.end() ? 0 : synced->second;
    std::error_code error;
    if (std::filesystem::file_size(path, error) > kept && !error)
      std::filesystem::resize_file(path, kept, error);
  }
}

IOStatus FaultyFiles::NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      IODebugContext* debug) {
  if (const Verdict verdict = next("make", path); !verdict.status.ok()) return verdict.status;
  const IOStatus made = FileSystemWrapper::NewWritableFile(path, options, file, debug);
  if (made.ok()) *file = std::make_unique<FaultyFile>(*this, path, std::move(*file));
  return made;
}

IOStatus FaultyFiles::NewDirectory(const std::string& path, const IOOptions& options,
                                   std::unique_ptr<rocksdb::FSDirectory>* directory,
                                   IODebugContext* debug) {
  const IOStatus made = FileSystemWrapper::NewDirectory(path, options, directory, debug);
  if (made.ok()) *directory = std::make_unique<FaultyDirectory>(*this, path, std::move(*directory));
  return made;
}

IOStatus FaultyFiles::RenameFile(const std::string& from, const std::string& to,
                                 const IOOptions& options, IODebugContext* debug) {
  if (const Verdict verdict = next("rename", from); !verdict.status.ok()) return verdict.status;
  return FileSystemWrapper::RenameFile(from, to, options, debug);
}

IOStatus FaultyFiles::DeleteFile(const std::string& path, const IOOptions& options,
                                 IODebugContext* debug) {
  if (const Verdict verdict = next("delete", path); !verdict.status.ok()) return verdict.status;
  return FileSystemWrapper::DeleteFile(path, options, debug);
}

void prepare_for(int engines) {
  for (const auto priority : {rocksdb::Env::LOW, rocksdb::Env::HIGH})
    rocksdb::Env::Default()->SetBackgroundThreads(2 * engines, priority);
}

FaultyDisk::FaultyDisk(int fails_at, Wrong wrong)
    : files_(std::make_shared<FaultyFiles>(fails_at, wrong)) {}
std::shared_ptr<rocksdb::FileSystem> FaultyDisk::files() const {
  return files_;
}
bool FaultyDisk::met() const {
  return files_->met();
}
std::string FaultyDisk::where() const {
  return files_->where();
}
void FaultyDisk::lose_what_was_not_synced() const {
  files_->lose_what_was_not_synced();
}

}  // namespace aizuchi::sim
