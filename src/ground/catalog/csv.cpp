#include "ground/catalog/csv.h"

#include <algorithm>

namespace aizuchi::ground::catalog {

CsvReader::CsvReader(std::string_view text) : text_(text) {
  if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
}

// Counted onward from the last field, so that a long line costs one pass.
uint32_t CsvReader::column() {
  for (; counted_ < at_; ++counted_)
    if ((text_[counted_] & 0xc0) != 0x80) ++column_;
  return column_;
}

void CsvReader::begin_line() {
  ++line_;
  counted_ = at_;
  column_ = 1;
}

void CsvReader::take_quoted(CsvField& out) {
  ++at_;
  while (at_ < text_.size()) {
    const char c = text_[at_++];
    if (c == '"') {
      if (at_ >= text_.size() || text_[at_] != '"') return;
      ++at_;
    } else if (c == '\n') {
      begin_line();
    }
    out.text += c;
  }
  error_ = "expected a closing quote";
}

// One field; true when another follows on the row.
bool CsvReader::field(CsvField& out) {
  out.text.clear();
  out.line = line_;
  out.column = column();
  if (at_ < text_.size() && text_[at_] == '"') {
    take_quoted(out);
  } else {
    const size_t end = std::min(text_.find_first_of(",\n", at_), text_.size());
    out.text.assign(text_.substr(at_, end - at_));
    at_ = end;
    const bool last = at_ == text_.size() || text_[at_] == '\n';
    if (last && out.text.ends_with('\r')) out.text.pop_back();
  }
  if (!error_.empty()) return false;
  if (at_ < text_.size() && text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n')
    ++at_;
  if (at_ >= text_.size()) return false;
  const char end = text_[at_++];
  if (end == ',') return true;
  if (end == '\n') {
    begin_line();
    return false;
  }
  error_ = "expected ',' or the end of the line after a closing quote";
  return false;
}

bool CsvReader::next(std::vector<CsvField>& row) {
  while (error_.empty() && at_ < text_.size()) {
    size_t n = 0;
    bool more = true;
    while (more) {
      if (n == row.size()) row.emplace_back();
      more = field(row[n++]);
    }
    row.resize(n);
    if (!error_.empty()) return false;
    if (n > 1 || !row[0].text.empty()) return true;
  }
  return false;
}

}  // namespace aizuchi::ground::catalog
