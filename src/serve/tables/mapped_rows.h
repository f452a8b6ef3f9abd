// A row of somebody's table as the events that it means, by a mapping: an identify for its facts
// (one a source), a Consent Updated for its consents, and the event that the row is. A row with a
// mistake is told, cell by cell, and brings nothing in: corrected, it can be imported again.
//
// Promises: a message names the column and what was expected, never what a cell held. The same row
// gives the same messageIds, so a file that is imported twice counts once. Facts and consents are
// known by their content; an event by the key columns, or by its content and line where there are
// none. Threads: owned by its import. Cost: a few µs a row.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "ground/base/value.h"
#include "ground/catalog/mapping.h"
#include "serve/tables/table_reader.h"

namespace aizuchi::serve {

struct RowMistake {
  uint64_t line = 0;
  std::string column;  // "" when it is the row
  std::string expected;
};

struct MappedFact {
  std::string fact, text, source;
};

struct MappedRow {
  struct Event {
    std::string source;
    ground::Value json;
  };
  std::vector<Event> events;
  std::vector<RowMistake> mistakes;
  std::vector<MappedFact> facts;  // the same as facts, for showing
};

class RowMapper {
 public:
  RowMapper(const ground::Mapping& mapping, const ground::Snapshot& brand);

  // The first line of a CSV. Errors: invalid, with every column that is missing.
  ground::Result<void> header(const std::vector<std::string>& names);
  // Columns that the mapping says nothing of.
  const std::vector<std::string>& not_taken() const { return not_taken_; }

  MappedRow row(uint64_t line, const std::vector<std::string>& cells) const;
  // A line of NDJSON: its members are the columns, dots walk into objects.
  MappedRow row(uint64_t line, const ground::Value& object) const;

 private:
  struct Cells;
  MappedRow map(uint64_t line, const Cells& cells) const;
  void add_facts(const Cells& cells, MappedRow& out, const ground::ValueMap& person) const;
  void add_consents(const Cells& cells, MappedRow& out, const ground::ValueMap& person) const;
  void add_event(const Cells& cells, MappedRow& out, const ground::ValueMap& person) const;
  std::string message_id(std::string_view kind, const Cells& cells, std::string_view content) const;

  const ground::Mapping& mapping_;
  const ground::Snapshot& brand_;
  std::unordered_map<std::string, size_t> position_;  // of a column
  size_t width_ = 0;
  std::vector<std::string> not_taken_;
};

}  // namespace aizuchi::serve
