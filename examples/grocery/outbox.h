// Events on their way into the engine, in batches; what the engine refuses finds its way back to
// the row it came from.
#pragma once

#include <string>
#include <vector>

#include "aizuchi/aizuchi.h"
#include "table.h"

namespace grocery {

class Outbox {
 public:
  Outbox(aizuchi::Engine& engine, ErrorFile& errors) : engine_(engine), errors_(errors) {}

  // Which table, through which source of sources.yaml; sends what was pending.
  bool begin(std::string file, std::string source);
  // One event, from the row that begins on this line. false: the engine takes nothing any more.
  bool add(const std::string& event, size_t line);
  bool flush();

  // Since begin(): what the engine acknowledged, and what of it is in errors.csv all the same, for
  // a value that is none of its fact's.
  size_t accepted() const { return accepted_; }
  size_t accepted_in_part() const { return accepted_in_part_; }
  size_t no_basis() const { return no_basis_; }  // since begin(): nothing allows to keep it
  uint64_t sent() const { return sent_; }        // in all
  const std::string& problem() const { return problem_; }

 private:
  static constexpr size_t batch_events = 500;

  aizuchi::Engine& engine_;
  ErrorFile& errors_;
  std::string file_, source_;
  std::string events_;         // JSON, with commas
  std::vector<size_t> lines_;  // of events_
  size_t accepted_ = 0, accepted_in_part_ = 0, no_basis_ = 0;
  uint64_t sent_ = 0;
  std::string problem_;
};

}  // namespace grocery
