#include "serve/tables/table_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

constexpr std::array<std::string_view, 12> risky = {
    "=", "+", "-", "@", "\t", "\r", "\n", "'", "\uff1d", "\uff0b", "\uff0d", "\uff20"};

bool is_risky(std::string_view text) {
  return std::ranges::any_of(risky,
                             [&](std::string_view start) { return text.starts_with(start); });
}

bool needs_quotes(std::string_view cell) {
  return cell.find_first_of(",;\t\"\r\n") != std::string_view::npos || cell.starts_with(' ') ||
         cell.ends_with(' ');
}

}  // namespace

std::string guard_cell(std::string_view text) {
  return is_risky(text) ? "'" + std::string(text) : std::string(text);
}

std::string unguard_cell(std::string_view text) {
  if (text.starts_with('\'') && is_risky(text.substr(1))) text.remove_prefix(1);
  return std::string(text);
}

TableWriter::TableWriter(Charset charset) : encoding_(charset) {
  if (charset == Charset::utf8) out_ = "\xef\xbb\xbf";
}

Result<void> TableWriter::row(const std::vector<std::string>& cells, std::string_view row_name,
                              const std::vector<std::string>& column_names) {
  std::string lost;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = guard_cell(cells[i]);
    const auto bytes = encoding_.encode(cell);
    if (!bytes) {
      lost += fmt::format("{}{}, column {}: {} cannot be written in {}.", lost.empty() ? "" : "\n",
                          row_name, column_names[i], encoding_.unwritable(),
                          to_string(encoding_.charset()));
      continue;
    }
    if (i > 0) out_ += ',';
    if (!needs_quotes(cell)) {
      out_ += *bytes;
      continue;
    }
    out_ += '"';
    for (const char c : *bytes) out_ += c == '"' ? std::string("\"\"") : std::string(1, c);
    out_ += '"';
  }
  out_ += "\r\n";
  if (lost.empty()) return {};
  return fail(ErrorCode::invalid, std::move(lost),
              "Write other characters there, or use --encoding utf-8.");
}

}  // namespace aizuchi::serve
