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

// "1.8446744073709552e+19" as "18446744073709552000": the digits that matter, then zeros.
std::string print_large(double v) {
  const std::string text = print(v, std::chars_format::scientific);
  const size_t exponent = text.find('e');
  std::string digits = text.substr(0, exponent);
  const size_t sign = digits.starts_with('-') ? 1 : 0;
  if (const size_t point = digits.find('.'); point != std::string::npos) digits.erase(point, 1);
  digits.resize(sign + 1 + static_cast<size_t>(std::stoi(text.substr(exponent + 1))), '0');
  return digits;
}

}  // namespace

std::string format_double(double v) {
  if (!std::isfinite(v)) return special_name(v);
  const double size = std::abs(v);
  if (size >= 1e17 && size < 1e21) return print_large(v);
  const bool plain = size == 0 || (size >= 1e-4 && size < 1e17);
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
