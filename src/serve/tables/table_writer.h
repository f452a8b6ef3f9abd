// CSV that is safe to open in a spreadsheet. A cell that would be taken for a formula (=, +, -, @,
// their full-width forms, a tab or a line break at its start) gets an apostrophe before it, and so
// does one that begins with an apostrophe: reading takes exactly one away again. UTF-8 is written
// with a byte order mark, by which Excel knows it; lines end in CRLF (RFC 4180).
//
// Threads: owned by its writer. Cost: one pass.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "serve/tables/encoding.h"

namespace aizuchi::serve {

std::string guard_cell(std::string_view text);
std::string unguard_cell(std::string_view text);

class TableWriter {
 public:
  explicit TableWriter(Charset charset);

  // Errors: invalid, when characters are not of the encoding: names the first of each cell with its
  // row and column, a line each, by the names given.
  ground::Result<void> row(const std::vector<std::string>& cells, std::string_view row_name,
                           const std::vector<std::string>& column_names);
  // The bytes since the last take.
  std::string take() { return std::exchange(out_, {}); }
  size_t size() const { return out_.size(); }

 private:
  Encoding encoding_;
  std::string out_;
};

}  // namespace aizuchi::serve
