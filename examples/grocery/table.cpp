#include "table.h"

#include <algorithm>

#include "text.h"

namespace grocery {

namespace {

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

// Cuts one field off the front of what is left of a row. `open` when a quote is not closed.
struct Cut {
  std::string text;
  bool open = false;
  bool after_quote = false;  // something stands between a closing quote and the comma
  bool last = false;
};

Cut cut_field(std::string_view& rest) {
  Cut out;
  size_t at = 0;
  if (!rest.empty() && rest.front() == '"') {
    for (at = 1;; ++at) {
      if (at >= rest.size()) {
        out.open = true;
        return out;
      }
      if (rest[at] == '"' && (at + 1 >= rest.size() || rest[at + 1] != '"')) break;
      out.text += rest[at];
      if (rest[at] == '"') ++at;
    }
    ++at;
    out.after_quote = at < rest.size() && rest[at] != ',';
  }
  const size_t comma = rest.find(',', at);
  out.last = comma == std::string_view::npos;
  if (rest.empty() || rest.front() != '"') out.text = rest.substr(0, comma);
  rest.remove_prefix(out.last ? rest.size() : comma + 1);
  return out;
}

}  // namespace

ErrorFile::ErrorFile(const std::string& path) : out_(path, std::ios::binary) {
  out_ << "file,row,column,what,expected\n";
}

void ErrorFile::add(const RowError& error) {
  ++count_;
  out_ << quoted(error.file) << ',' << error.row << ',' << quoted(error.column) << ','
       << quoted(error.what) << ',' << quoted(error.expected) << '\n';
}

Table::Table(std::istream& in, std::string name, std::vector<std::string> columns)
    : in_(in), name_(std::move(name)), columns_(std::move(columns)) {
  std::string line;
  std::vector<std::string> header;
  if (!next_line(line)) {
    problem_ = name_ + " is empty: expected a first line that names the columns";
    return;
  }
  if (line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
  if (const std::string wrong = split(std::move(line), header); !wrong.empty()) {
    problem_ = name_ + ", first line: " + wrong;
    return;
  }
  width_ = header.size();
  for (const std::string& column : columns_) {
    const auto found = std::ranges::find(header, column);
    if (found == header.end()) {
      problem_ = name_ + " has no column " + column;
      return;
    }
    places_.push_back(static_cast<size_t>(found - header.begin()));
  }
}

bool Table::next_line(std::string& line) {
  if (!put_back_.empty()) {
    line = std::move(put_back_.front());
    put_back_.pop_front();
  } else if (std::getline(in_, line)) {
    bytes_ += line.size() + 1;
    if (!line.empty() && line.back() == '\r') line.pop_back();
  } else {
    return false;
  }
  ++line_;
  return true;
}

std::string Table::split(std::string line, std::vector<std::string>& fields) {
  constexpr size_t lines_max = 100;  // of one row
  std::deque<std::string> taken;     // lines after the first
  std::string_view rest = line;
  for (;;) {
    const std::string_view before = rest;
    Cut cut = cut_field(rest);
    if (cut.open) {
      std::string more;
      if (taken.size() >= lines_max || !next_line(more)) {
        // Not a long field but a stray quote: its line alone is lost.
        line_ -= taken.size();
        put_back_.insert(put_back_.begin(), taken.begin(), taken.end());
        return "a quote that is not closed";
      }
      const auto offset = static_cast<size_t>(before.data() - line.data());
      line += '\n';
      line += more;
      taken.push_back(std::move(more));
      rest = std::string_view(line).substr(offset);
      continue;
    }
    if (cut.after_quote) return "text after a closing quote";
    fields.push_back(std::move(cut.text));
    if (cut.last) return "";
  }
}

bool Table::next(Row& row, ErrorFile& errors) {
  std::string line;
  while (next_line(line)) {
    if (line.empty()) continue;
    ++rows_;
    row.line = line_;
    std::vector<std::string> fields;
    const std::string start = line;
    if (const std::string wrong = split(std::move(line), fields); !wrong.empty()) {
      errors.add(error(row.line, start, "a row without " + wrong));
      continue;
    }
    if (fields.size() != width_) {
      errors.add(error(row.line, std::to_string(fields.size()) + " columns",
                       std::to_string(width_) + " columns"));
      continue;
    }
    row.fields.clear();
    for (const size_t place : places_) row.fields.push_back(std::move(fields[place]));
    const auto broken = std::ranges::find_if_not(row.fields, is_utf8);
    if (broken == row.fields.end()) return true;
    errors.add(error(row, static_cast<size_t>(broken - row.fields.begin()), "text in UTF-8"));
  }
  return false;
}

RowError Table::error(const Row& row, size_t field, std::string expected) const {
  return {name_, row.line, columns_[field], shown(row.fields[field]), std::move(expected)};
}

RowError Table::error(size_t line, std::string_view what, std::string expected) const {
  return {name_, line, "", shown(what), std::move(expected)};
}

}  // namespace grocery
