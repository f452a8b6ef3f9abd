#include "ground/expr/number_text.h"

#include <array>
#include <charconv>
#include <cmath>

#include "ground/base/text.h"

namespace aizuchi::ground {

namespace {

const char* special_name(double v) {
  if (std::isnan(v)) return "NaN";
  return v > 0 ? "Infinity" : "-Infinity";
}

std::string print(double v, std::chars_format form) {
  std::array<char, 1200> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), v, form).ptr;
  return {buffer.data(), end};
}

}  // namespace

std::string format_double(double v) {
  if (!std::isfinite(v)) return special_name(v);
  const double size = std::abs(v);
  const bool plain = size == 0 || (size >= 1e-4 && size < 1e21);
  return print(v, plain ? std::chars_format::fixed : std::chars_format::scientific);
}

std::string format_double_plain(double v) {
  return std::isfinite(v) ? print(v, std::chars_format::fixed) : special_name(v);
}

std::optional<double> parse_double(std::string_view text) {
  std::string_view rest = text;
  const bool negative = !rest.empty() && rest[0] == '-';
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) rest.remove_prefix(1);
  const std::string lower = ascii_lower(rest);
  if (lower == "nan") return std::nan("");
  if (lower == "inf" || lower == "infinity") return negative ? -HUGE_VAL : HUGE_VAL;
  if (rest.empty() || (rest[0] != '.' && (rest[0] < '0' || rest[0] > '9'))) return std::nullopt;
  double v = 0;
  const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), v);
  if (end != rest.data() + rest.size() || code != std::errc()) return std::nullopt;
  return negative ? -v : v;
}

}  // namespace aizuchi::ground
