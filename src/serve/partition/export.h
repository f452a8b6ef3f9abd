// What is taken out of a partition, a page at a time. Threads: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aizuchi::serve {

enum class ExportKind : uint8_t { people, events, decisions, items, choices };
std::optional<ExportKind> parse_export_kind(std::string_view word);

struct ExportAsk {
  ExportKind kind = ExportKind::people;
  std::string after;    // the `next` of the page before; "": from the start
  size_t limit = 1000;  // rows looked at
  std::string purpose;  // "": everything, for the operator
};
struct ExportPage {
  std::string lines;  // of JSON, each with its line break
  size_t rows = 0;
  std::string next;  // "" at the end
};

}  // namespace aizuchi::serve
