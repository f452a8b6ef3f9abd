// Rows of a file of preferences, whatever it is written in: a table with a line of names (CSV, TSV,
// semicolons), or JSON – a line an object, or one document that is a list of them. What an object
// nests becomes rows of its own:
//   {"id": …, "ranking": ["a", "b", …]}              the best first
//   {"id": …, "ratings": {"a": 5, "b": 2, …}}
//   {"id": …, "pairs": [["a", "b"], {"better": "a", "worse": "b"}, …]}   the better first
// A flat object is a row, a list of names a ranking. Orders as PrefLib and others publish them, and
// tables without a line of names, are read as well (preferences_orders.cpp).
//
// Promises: an object that cannot be read is an error with its line. Threads: none. Cost: one pass;
// JSON is held as rows.
#pragma once

#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ground/base/result.h"
#include "serve/tables/table_reader.h"

namespace aizuchi::serve {

class PreferenceRows {
 public:
  // By the ending of its name. Errors: not_found, invalid.
  static ground::Result<PreferenceRows> open(const std::string& file);

  const std::vector<std::string>& head() const { return head_; }
  // For people: what was found besides rows under a line of names; "" for those.
  const std::string& note() const { return note_; }
  // False at the end; as TableReader::next.
  bool next(TableRow& row);

 private:
  explicit PreferenceRows(std::string file) : file_(std::move(file)) {}
  ground::Result<void> read_json(bool lines);
  ground::Result<void> read_table();
  ground::Result<void> read_counted(std::vector<TableRow> rows);
  ground::Result<void> read_preflib();
  void add_order(uint64_t line, std::span<const std::string> names, const std::string& who);

  std::string file_, note_;
  std::unique_ptr<std::ifstream> in_;
  std::unique_ptr<TableReader> reader_;  // null: of JSON
  std::vector<std::string> head_;
  std::vector<TableRow> rows_;  // that are read already; of JSON all
  size_t at_ = 0;
  bool blanks_ = false;  // cells are parted by any number of blanks
};

}  // namespace aizuchi::serve
