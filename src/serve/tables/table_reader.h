// Rows of a table as people have them: CSV (RFC 4180) from any spreadsheet, with lines that end in
// CRLF, LF, CR or all of them, a byte order mark, UTF-8 or CP932, commas, semicolons or tabs; or
// NDJSON. Row by row from a stream, so that a file of any size needs the memory of one row.
//
// Promises: a row that cannot be read is told with its line and the next one is read; nothing is
// guessed but the separator (from the first line). A row is at most row_bytes_max.
// Threads: owned by its reader. Cost: one pass; one string a cell.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "serve/tables/encoding.h"

namespace aizuchi::serve {

struct TableForm {
  Charset charset = Charset::utf8;
  char separator = 0;  // 0: the one of , ; tab that the first line has most of
};

struct TableRow {
  uint64_t line = 0;  // of the file, from 1
  std::vector<std::string> cells;
  std::string wrong;  // not empty: why it could not be read; no cells
  size_t wrong_cell = 0;
};

class TableReader {
 public:
  static constexpr size_t row_bytes_max = 4 << 20;

  TableReader(std::istream& in, TableForm form);
  // False at the end. Rows without any text are skipped.
  bool next(TableRow& row);
  uint64_t bytes_read() const { return bytes_; }
  char separator() const { return form_.separator; }

 private:
  int peek();
  int take();
  void guess_separator();
  void read_cells(TableRow& row);
  // One cell's bytes; false when it ends the row.
  bool read_cell(std::string& bytes, TableRow& row);
  void read_quoted(std::string& bytes, TableRow& row);
  void end_line();
  void skip_line();

  std::istream& in_;
  TableForm form_;
  Encoding encoding_;
  std::vector<char> buffer_;
  size_t at_ = 0, end_ = 0;
  uint64_t bytes_ = 0;
  uint64_t line_ = 1;
  size_t row_bytes_ = 0;
};

}  // namespace aizuchi::serve
