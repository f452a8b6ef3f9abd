#include "ground/expr/time_text.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "ground/base/time.h"

namespace aizuchi::ground {

namespace {

using Wide = __int128;

constexpr int64_t nanos_per_second = 1'000'000'000;
constexpr int64_t timestamp_min_s = -62135596800;  // 0001-01-01T00:00:00Z
constexpr int64_t timestamp_max_s = 253402300799;  // 9999-12-31T23:59:59Z

Wide total_nanos(Span s) {
  return Wide{s.seconds} * nanos_per_second + s.nanos;
}

std::optional<Span> span_of(Wide nanos) {
  if (nanos < INT64_MIN || nanos > INT64_MAX) return std::nullopt;
  const auto n = static_cast<int64_t>(nanos);
  return Span{n / nanos_per_second, static_cast<int32_t>(n % nanos_per_second)};
}

std::optional<Timestamp> timestamp_of(Wide nanos) {
  Wide seconds = nanos / nanos_per_second;
  Wide rest = nanos % nanos_per_second;
  if (rest < 0) {
    rest += nanos_per_second;
    --seconds;
  }
  if (seconds < timestamp_min_s || seconds > timestamp_max_s) return std::nullopt;
  return Timestamp{static_cast<int64_t>(seconds), static_cast<int32_t>(rest)};
}

Wide total_nanos(Timestamp t) {
  return Wide{t.seconds} * nanos_per_second + t.nanos;
}

// Reads exactly `digits` digits.
bool read_number(std::string_view& text, size_t digits, int& out) {
  if (text.size() < digits) return false;
  out = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    out = out * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return true;
}

bool read_char(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// ".5" to nanoseconds; at most nine digits count.
bool read_fraction(std::string_view& text, int32_t& nanos) {
  nanos = 0;
  if (!read_char(text, ".")) return true;
  size_t n = 0;
  int32_t scale = 100'000'000;
  for (; n < text.size() && text[n] >= '0' && text[n] <= '9'; ++n) {
    nanos += (text[n] - '0') * scale;
    scale /= 10;
  }
  text.remove_prefix(n);
  return n > 0;
}

bool read_offset(std::string_view& text, int64_t& seconds) {
  seconds = 0;
  if (read_char(text, "Zz")) return true;
  const bool negative = !text.empty() && text[0] == '-';
  int hours = 0;
  int minutes = 0;
  if (!read_char(text, "+-") || !read_number(text, 2, hours) || !read_char(text, ":") ||
      !read_number(text, 2, minutes) || hours > 23 || minutes > 59)
    return false;
  seconds = (hours * 60 + minutes) * 60;
  if (negative) seconds = -seconds;
  return true;
}

bool is_date(int year, int month, int day) {
  if (month < 1 || month > 12 || day < 1) return false;
  const CivilDate date = civil_from_days(days_from_civil({year, month, day}));
  return date.year == year && date.month == month && date.day == day;
}

std::string fraction_text(int32_t nanos) {
  if (nanos == 0) return "";
  std::string digits = fmt::format(".{:09}", std::abs(nanos));
  digits.erase(digits.find_last_not_of('0') + 1);
  return digits;
}

struct Unit {
  std::string_view name;
  int64_t nanos;
};
constexpr std::array<Unit, 8> units = {{{"ns", 1},
                                        {"us", 1000},
                                        {"\u00b5s", 1000},  // micro sign
                                        {"\u03bcs", 1000},  // Greek mu
                                        {"ms", 1'000'000},
                                        {"s", nanos_per_second},
                                        {"m", 60 * nanos_per_second},
                                        {"h", 3600 * nanos_per_second}}};

// One "1.5h" of a duration; false when it is none or does not fit.
bool read_term(std::string_view& text, Wide& nanos) {
  Wide whole = 0;
  size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
    whole = whole * 10 + (text[digits++] - '0');
    if (whole > INT64_MAX) return false;
  }
  text.remove_prefix(digits);
  Wide fraction = 0;
  Wide scale = 1;
  if (read_char(text, ".")) {
    size_t n = 0;
    for (; n < text.size() && text[n] >= '0' && text[n] <= '9'; ++n) {
      if (scale >= Wide{1'000'000'000} * 1'000'000'000) continue;
      fraction = fraction * 10 + (text[n] - '0');
      scale *= 10;
    }
    text.remove_prefix(n);
    digits += n;
  }
  if (digits == 0) return false;
  const size_t length = text.find_first_of("0123456789.");
  const std::string_view name = text.substr(0, length);
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    text.remove_prefix(name.size());
    nanos += whole * unit.nanos + fraction * unit.nanos / scale;
    return nanos <= Wide{INT64_MAX} + 1;
  }
  return false;
}

}  // namespace

std::optional<Timestamp> add(Timestamp t, Span s) {
  return timestamp_of(total_nanos(t) + total_nanos(s));
}

std::optional<Span> add(Span a, Span b) {
  return span_of(total_nanos(a) + total_nanos(b));
}

std::optional<Span> negate(Span s) {
  return span_of(-total_nanos(s));
}

std::optional<Span> between(Timestamp later, Timestamp earlier) {
  return span_of(total_nanos(later) - total_nanos(earlier));
}

std::optional<Timestamp> timestamp_from_seconds(int64_t seconds) {
  return timestamp_of(Wide{seconds} * nanos_per_second);
}

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  int32_t nanos = 0;
  int64_t offset = 0;
  if (!read_number(text, 4, year) || !read_char(text, "-") || !read_number(text, 2, month) ||
      !read_char(text, "-") || !read_number(text, 2, day) || !read_char(text, "Tt") ||
      !read_number(text, 2, hour) || !read_char(text, ":") || !read_number(text, 2, minute) ||
      !read_char(text, ":") || !read_number(text, 2, second) || !read_fraction(text, nanos) ||
      !read_offset(text, offset) || !text.empty())
    return std::nullopt;
  if (!is_date(year, month, day) || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const int64_t seconds =
      days_from_civil({year, month, day}) * 86400 + hour * 3600 + minute * 60 + second - offset;
  return timestamp_of(Wide{seconds} * nanos_per_second + nanos);
}

std::string format_timestamp(Timestamp t) {
  const int64_t days = floor_div(t.seconds, 86400);
  const int64_t rest = t.seconds - days * 86400;
  const CivilDate date = civil_from_days(days);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", date.year, date.month, date.day,
                     rest / 3600, rest / 60 % 60, rest % 60, fraction_text(t.nanos));
}

std::optional<Span> parse_span(std::string_view text) {
  const bool negative = !text.empty() && text[0] == '-';
  read_char(text, "+-");
  if (text == "0") return Span{};
  if (text.empty()) return std::nullopt;
  Wide nanos = 0;
  while (!text.empty())
    if (!read_term(text, nanos)) return std::nullopt;
  return span_of(negative ? -nanos : nanos);
}

std::string format_span(Span s) {
  const bool negative = s.seconds < 0 || s.nanos < 0;
  const uint64_t seconds =
      s.seconds < 0 ? 0 - static_cast<uint64_t>(s.seconds) : static_cast<uint64_t>(s.seconds);
  return fmt::format("{}{}{}s", negative ? "-" : "", seconds, fraction_text(s.nanos));
}

}  // namespace aizuchi::ground
