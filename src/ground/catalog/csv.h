// CSV as spreadsheets write it (RFC 4180): fields in quotes may hold commas, line breaks and
// doubled quotes; lines end in LF or CRLF; a byte order mark is skipped. Each row knows the line it
// starts on, each field its character.
//
// Promise: any bytes are read or refused; nothing is guessed. Threads: owned by its reader.
// Cost: one pass, one string a field.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aizuchi::ground::catalog {

struct CsvField {
  std::string text;
  uint32_t line = 1;
  uint32_t column = 1;  // in characters
};

class CsvReader {
 public:
  explicit CsvReader(std::string_view text);
  // The next row; false at the end or when the rest cannot be read (error() says why). Empty lines
  // are skipped.
  bool next(std::vector<CsvField>& row);
  // "" when all is well.
  const std::string& error() const { return error_; }
  uint32_t line() const { return line_; }

 private:
  bool field(CsvField& out);
  void take_quoted(CsvField& out);
  uint32_t column();
  void begin_line();

  std::string_view text_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  size_t counted_ = 0;  // column_ is the column of this byte
  uint32_t column_ = 1;
  std::string error_;
};

}  // namespace aizuchi::ground::catalog
