#include "serve/tables/table_reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace aizuchi::serve {

namespace {
constexpr size_t buffer_bytes = 1 << 16;
constexpr int at_end = -1;
}  // namespace

TableReader::TableReader(std::istream& in, TableForm form)
    : in_(in), form_(form), encoding_(form.charset), buffer_(buffer_bytes) {
  if (peek() == 0xef && end_ >= 3 && buffer_[1] == '\xbb' && buffer_[2] == '\xbf') at_ = 3;
  if (form_.separator == 0) guess_separator();
}

int TableReader::peek() {
  if (at_ == end_) {
    in_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    at_ = 0;
    end_ = static_cast<size_t>(in_.gcount());
    if (end_ == 0) return at_end;
  }
  return static_cast<uint8_t>(buffer_[at_]);
}

int TableReader::take() {
  const int c = peek();
  if (c == at_end) return c;
  ++at_;
  ++bytes_;
  ++row_bytes_;
  return c;
}

void TableReader::guess_separator() {
  const auto begin = buffer_.begin() + static_cast<ptrdiff_t>(at_);
  const auto end = std::find_if(begin, buffer_.begin() + static_cast<ptrdiff_t>(end_),
                                [](char c) { return c == '\n' || c == '\r'; });
  form_.separator = ',';
  for (const char c : {';', '\t'})
    if (std::count(begin, end, c) > std::count(begin, end, form_.separator)) form_.separator = c;
}

// After a CR or LF was taken: CRLF is one line end.
void TableReader::end_line() {
  ++line_;
}

void TableReader::skip_line() {
  for (int c = take(); c != at_end; c = take()) {
    if (c == '\r' && peek() == '\n') take();
    if (c == '\r' || c == '\n') return end_line();
  }
}

void TableReader::read_quoted(std::string& bytes, TableRow& row) {
  take();
  const uint64_t opened = line_;
  for (int c = take();; c = take()) {
    if (c == at_end || row_bytes_ > row_bytes_max) {
      row.wrong = fmt::format("the quote that opens in line {} is not closed", opened);
      return;
    }
    if (c == '"') {
      if (peek() != '"') return;
      take();
    } else if (c == '\r') {  // a line break within a cell is LF, whatever the file has
      if (peek() == '\n') take();
      c = '\n';
    }
    if (c == '\n') ++line_;
    bytes += static_cast<char>(c);
  }
}

bool TableReader::read_cell(std::string& bytes, TableRow& row) {
  bytes.clear();
  if (peek() == '"') {
    read_quoted(bytes, row);
    if (!row.wrong.empty()) return false;
    const int after = peek();
    if (after != at_end && after != form_.separator && after != '\r' && after != '\n') {
      row.wrong = "after a closing quote there is text; a quote within a text is doubled";
      skip_line();
      return false;
    }
  }
  for (int c = take(); c != at_end; c = take()) {
    if (c == static_cast<uint8_t>(form_.separator)) return true;
    if (c == '\r' && peek() == '\n') take();
    if (c == '\r' || c == '\n') {
      end_line();
      return false;
    }
    bytes += static_cast<char>(c);
    if (row_bytes_ > row_bytes_max) {
      row.wrong = fmt::format("the row is longer than {} bytes", row_bytes_max);
      skip_line();
      return false;
    }
  }
  return false;
}

void TableReader::read_cells(TableRow& row) {
  std::string bytes;
  for (bool more = true; more;) {
    more = read_cell(bytes, row);
    if (!row.wrong.empty()) return;
    auto text = encoding_.decode(bytes);
    if (!text && row.wrong_cell == 0) row.wrong_cell = row.cells.size() + 1;
    row.cells.push_back(text ? *std::move(text) : std::string());
  }
  if (row.wrong_cell == 0) return;
  row.wrong = fmt::format("the text is not {}", to_string(form_.charset));
}

bool TableReader::next(TableRow& row) {
  while (peek() != at_end) {
    row.cells.clear();
    row.wrong.clear();
    row.wrong_cell = 0;
    row.line = line_;
    row_bytes_ = 0;
    read_cells(row);
    if (!row.wrong.empty()) {
      row.cells.clear();
      return true;
    }
    if (std::ranges::any_of(row.cells, [](const std::string& cell) { return !cell.empty(); }))
      return true;
  }
  return false;
}

}  // namespace aizuchi::serve
