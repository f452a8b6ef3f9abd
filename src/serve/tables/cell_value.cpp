#include "serve/tables/cell_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>

#include "ground/base/text.h"

namespace aizuchi::serve {

using ground::FactType;
using ground::Instant;
using ground::MappedColumn;
using ground::Mapping;
using ground::Value;

namespace {

using Unexpected = std::unexpected<std::string>;

// "１，２３４" and "1,234" as "1234".
std::string plain_number(std::string_view cell) {
  std::string out;
  for (size_t i = 0; i < cell.size(); ++i) {
    const std::string_view rest = cell.substr(i);
    // Full-width forms: U+FF0B + - . 0–9 are EF BC 8B … EF BC 99.
    if (rest.starts_with("\xef\xbc") && rest.size() >= 3) {
      const auto last = static_cast<uint8_t>(rest[2]);
      if (last >= 0x8b && last <= 0x99) {
        const char ascii = static_cast<char>(last - 0x8b + '+');
        if (ascii != ',') out += ascii;
        i += 2;
        continue;
      }
    }
    if (cell[i] != ',') out += cell[i];
  }
  return out;
}

template <typename Number>
std::optional<Number> number(std::string_view cell) {
  const std::string text = plain_number(cell);
  const std::string_view digits = std::string_view(text).substr(text.starts_with('+') ? 1 : 0);
  Number out{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return out;
}

CellValue integer_value(std::string_view cell) {
  if (const auto value = number<int64_t>(cell)) return Value(*value);
  return Unexpected("a whole number");
}

CellValue real_value(std::string_view cell) {
  const auto value = number<double>(cell);
  if (value && std::isfinite(*value)) return Value(*value);
  return Unexpected("a number");
}

CellValue flag_value(std::string_view cell) {
  const std::string word = ground::ascii_lower(cell);
  for (const std::string_view yes : {"true", "yes", "1", "on", "y", "はい", "有", "○", "◯"})
    if (word == yes) return Value(true);
  for (const std::string_view no : {"false", "no", "0", "off", "n", "いいえ", "無", "×"})
    if (word == no) return Value(false);
  return Unexpected("yes or no (true/false, 1/0, はい/いいえ), or values: in the mapping");
}

CellValue date_value(const MappedColumn& column, std::string_view cell, const Mapping& mapping) {
  const auto instant = cell_instant(cell, column.format, *mapping.zone);
  if (!instant) return Unexpected(instant.error());
  return Value(ground::format_instant(*instant));
}

CellValue list_value(const MappedColumn& column, std::string_view cell) {
  ground::ValueList out;
  for (const std::string_view part : ground::split(cell, column.separator)) {
    const std::string word(ground::trim(part));
    const auto meaning = column.values.find(word);
    if (!word.empty()) out.emplace_back(meaning == column.values.end() ? word : meaning->second);
  }
  return Value::list(std::move(out));
}

std::string words(const std::vector<std::string>& all) {
  return fmt::format("{}", fmt::join(all, ", "));
}

std::string expected_word(const std::vector<std::string>& known, const MappedColumn& column) {
  if (column.values.empty())
    return fmt::format("one of {}, or values: in the mapping for what the file says", words(known));
  std::vector<std::string> cells;
  for (const auto& [cell, meaning] : column.values) cells.push_back(cell);
  return fmt::format("one of {} (values: in the mapping), or {}", words(cells), words(known));
}

std::optional<Instant> by_format(const std::string& cell, const std::string& format,
                                 const ground::TimeZone& zone) {
  std::tm parts{};
  parts.tm_mday = 1;
  const char* end = strptime(cell.c_str(), format.c_str(), &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  const int64_t days = ground::days_from_civil(
      {.year = parts.tm_year + 1900, .month = parts.tm_mon + 1, .day = parts.tm_mday});
  const auto date = ground::civil_from_days(days);
  if (date.day != parts.tm_mday) return std::nullopt;  // 31 April
  const int64_t local = days * 86'400 + parts.tm_hour * 3600 + parts.tm_min * 60 + parts.tm_sec;
  int64_t utc = local - zone.offset_at(local);
  utc = local - zone.offset_at(utc);  // the offset is that of the moment
  return Instant{utc * 1000};
}

bool has_offset(std::string_view text) {
  return text.ends_with('Z') || text.ends_with('z') ||
         text.find_last_of("+-") > text.find_first_of("T :");
}

}  // namespace

std::expected<Instant, std::string> cell_instant(std::string_view cell, const std::string& format,
                                                 const ground::TimeZone& zone) {
  const std::string text(ground::trim(cell));
  if (!format.empty()) {
    if (const auto instant = by_format(text, format, zone)) return *instant;
    return Unexpected(fmt::format("a date written as {}", format));
  }
  for (const char* plain :
       {"%Y/%m/%d", "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d", "%Y-%m-%d %H:%M",
        "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y年%m月%d日"})
    if (const auto instant = by_format(text, plain, zone)) return *instant;
  if (const auto instant = ground::parse_instant(text); instant && has_offset(text))
    return *instant;
  return Unexpected(
      "a date such as 2026-04-01, 2026/4/1 9:30 or 2026-04-01T09:30+09:00, or "
      "format: in the mapping");
}

CellValue fact_value(const ground::FactRule& fact, const MappedColumn& column,
                     std::string_view cell, const Mapping& mapping, const ground::Snapshot& brand) {
  if (fact.type == FactType::strings) return list_value(column, cell);
  const auto meaning = column.values.find(std::string(cell));
  if (meaning != column.values.end()) cell = meaning->second;
  switch (fact.type) {
    case FactType::boolean:
      return flag_value(cell);
    case FactType::integer:
      return integer_value(cell);
    case FactType::real:
      return real_value(cell);
    case FactType::date:
      return date_value(column, cell, mapping);
    case FactType::enumeration:
      if (std::ranges::find(fact.of, cell) == fact.of.end())
        return Unexpected(expected_word(fact.of, column));
      return Value(cell);
    case FactType::email:
      if (cell.find('@') == 0 || cell.find('@') >= cell.size() - 1)
        return Unexpected("an e-mail address");
      return Value(cell);
    case FactType::axis: {
      std::vector<std::string> axes;
      for (const auto& axis : brand.axes) axes.push_back(axis.name);
      if (std::ranges::find(axes, cell) == axes.end())
        return Unexpected(expected_word(axes, column));
      return Value(cell);
    }
    default:
      if (cell.size() > 1024) return Unexpected("a text of at most 1024 bytes");
      return Value(cell);
  }
}

CellValue property_value(const MappedColumn& column, std::string_view cell,
                         const Mapping& mapping) {
  if (column.type == MappedColumn::Type::list) return list_value(column, cell);
  const auto meaning = column.values.find(std::string(cell));
  if (meaning != column.values.end()) cell = meaning->second;
  switch (column.type) {
    case MappedColumn::Type::number:
      return real_value(cell);
    case MappedColumn::Type::integer:
      return integer_value(cell);
    case MappedColumn::Type::flag:
      return flag_value(cell);
    case MappedColumn::Type::date:
      return date_value(column, cell, mapping);
    default:
      return Value(cell);
  }
}

}  // namespace aizuchi::serve
