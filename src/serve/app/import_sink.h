// Where an import's events go: into a data directory, or to a running server. And where its
// mistakes go: a CSV beside the file, row by row, so that an import of any size needs the memory of
// one batch.
//
// Threads: one import, one thread.
#pragma once

#include <fstream>
#include <memory>

#include "serve/app/commands.h"

namespace aizuchi::serve {

class ImportSink {
 public:
  virtual ~ImportSink() = default;
  // Takes events as of this source. Errors: unavailable (storage, or the server is gone), and
  // whatever its door refuses as a whole.
  virtual ground::Result<Ingested> send(listen::EventBatch batch, const std::string& source) = 0;
  // Everything is durable.
  virtual ground::Result<void> finish() = 0;
  // The source that everything comes from, whatever was asked for; "": any.
  virtual std::string only_source() const { return ""; }
  // What the sink's brand folder says; null when it cannot be known from here.
  virtual std::shared_ptr<const ground::Snapshot> brand() const { return nullptr; }
};

ground::Result<std::unique_ptr<ImportSink>> data_sink(const CommandOptions& options);
// Sends to /v1/import with the key of --key-file, whose source is the events' source. Waits and
// sends again when the server is busy; what it has already is a duplicate.
ground::Result<std::unique_ptr<ImportSink>> server_sink(const CommandOptions& options);

class MistakeFile {
 public:
  explicit MistakeFile(const std::string& imported);
  void add(uint64_t line, const std::string& column, const std::string& expected);
  uint64_t rows() const { return rows_; }  // with a mistake
  // Errors: unavailable.
  ground::Result<std::string> close();

 private:
  std::string path_;
  std::ofstream out_;
  uint64_t rows_ = 0;
  uint64_t last_line_ = 0;
  bool begun_ = false;
};

}  // namespace aizuchi::serve
