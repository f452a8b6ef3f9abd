// A CSV table, read row by row: fields in quotes may hold commas, line breaks and doubled quotes
// (RFC 4180); lines end in LF or CRLF; a byte order mark is skipped; columns are found by name.
//
// Promise: each line of the file ends up in a row that is handed over or in an error that names it;
// a quote that is never closed costs its own line and not the rest of the file.
// Threads: owned by its reader. Cost: one pass; memory for one row.
#pragma once

#include <cstdint>
#include <deque>
#include <fstream>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace grocery {

// What is wrong with a row: goes into errors.csv, for a person to mend.
struct RowError {
  std::string file;
  size_t row = 0;  // the line it begins on; the header is line 1
  std::string column;
  std::string what;      // the offending text
  std::string expected;  // in its place
};

// errors.csv: there after every run, with its header only when all is well.
class ErrorFile {
 public:
  ErrorFile() = default;  // keeps nothing: for a first look at a table that is read again
  explicit ErrorFile(const std::string& path);
  void add(const RowError& error);
  size_t count() const { return count_; }

 private:
  std::ofstream out_;
  size_t count_ = 0;
};

struct Row {
  size_t line = 0;
  std::vector<std::string> fields;  // in the order of the columns asked for
};

class Table {
 public:
  // Reads the header. `name` is what errors call the file.
  Table(std::istream& in, std::string name, std::vector<std::string> columns);
  // Why nothing can be read: a column is missing. "" when all is well.
  const std::string& problem() const { return problem_; }
  // The next row that can be read; those that cannot go to `errors`. false at the end.
  bool next(Row& row, ErrorFile& errors);
  size_t rows() const { return rows_; }  // so far, the unreadable ones too; without the header
  uint64_t bytes() const { return bytes_; }
  const std::string& name() const { return name_; }
  RowError error(const Row& row, size_t field, std::string expected) const;
  // A row that is wrong as a whole.
  RowError error(size_t line, std::string_view what, std::string expected) const;

 private:
  bool next_line(std::string& line);
  // Splits what begins on `line`, taking further lines while a quote is open. "" or what is wrong.
  std::string split(std::string line, std::vector<std::string>& fields);

  std::istream& in_;
  std::string name_;
  std::vector<std::string> columns_;
  std::vector<size_t> places_;  // of columns_ in the file
  size_t width_ = 0;
  std::deque<std::string> put_back_;
  size_t line_ = 0;
  size_t rows_ = 0;
  uint64_t bytes_ = 0;
  std::string problem_;
};

}  // namespace grocery
