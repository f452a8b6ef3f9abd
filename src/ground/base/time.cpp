#include "ground/base/time.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

namespace aizuchi::ground {

Instant SystemClock::now() {
  using namespace std::chrono;
  return {duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()};
}

int64_t SystemClock::monotonic_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days / days_from_civil.
CivilDate civil_from_days(int64_t z) {
  z += 719468;
  const int64_t era = floor_div(z, 146097);
  const auto doe = static_cast<uint64_t>(z - era * 146097);
  const uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const uint64_t mp = (5 * doy + 2) / 153;
  const auto day = static_cast<int>(doy - (153 * mp + 2) / 5 + 1);
  const auto month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
  const auto year = static_cast<int>(static_cast<int64_t>(yoe) + era * 400 + (month <= 2 ? 1 : 0));
  return {year, month, day};
}

int64_t days_from_civil(CivilDate date) {
  const int64_t y = date.year - (date.month <= 2 ? 1 : 0);
  const int64_t era = floor_div(y, 400);
  const int64_t yoe = y - era * 400;
  const int64_t mp = date.month > 2 ? date.month - 3 : date.month + 9;
  const int64_t doy = (153 * mp + 2) / 5 + date.day - 1;
  const int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + doe - 719468;
}

namespace {

// Reads numbers and separators off the front of a text.
struct Scan {
  std::string_view text;
  bool ok = true;

  int64_t digits(size_t n) {
    if (text.size() < n) return ok = false, 0;
    int64_t value = 0;
    for (size_t i = 0; i < n; ++i) {
      const char c = text[i];
      if (c < '0' || c > '9') return ok = false, 0;
      value = value * 10 + (c - '0');
    }
    text.remove_prefix(n);
    return value;
  }
  bool take(char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
  }
  void expect(char c) { ok = take(c) && ok; }
};

int64_t scan_fraction_ms(Scan& scan) {
  int64_t ms = 0;
  int64_t unit = 100;
  size_t seen = 0;
  while (!scan.text.empty() && scan.text.front() >= '0' && scan.text.front() <= '9') {
    ms += (scan.text.front() - '0') * unit;
    unit /= 10;
    scan.text.remove_prefix(1);
    ++seen;
  }
  scan.ok = scan.ok && seen > 0;
  return ms;
}

int64_t scan_offset_ms(Scan& scan) {
  if (scan.text.empty() || scan.take('Z') || scan.take('z')) return 0;
  const bool minus = scan.take('-');
  if (!minus) scan.expect('+');
  const int64_t hours = scan.digits(2);
  scan.take(':');
  const int64_t minutes = scan.text.empty() ? 0 : scan.digits(2);
  scan.ok = scan.ok && hours <= 18 && minutes < 60;
  return (minus ? -1 : 1) * (hours * 60 + minutes) * 60'000;
}

int days_in_month(int64_t year, int64_t month) {
  static constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : days[month - 1];
}

}  // namespace

std::optional<Instant> parse_instant(std::string_view text) {
  Scan scan{text};
  const int64_t year = scan.digits(4);
  scan.expect('-');
  const int64_t month = scan.digits(2);
  scan.expect('-');
  const int64_t day = scan.digits(2);
  if (!scan.ok || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
    return std::nullopt;
  int64_t ms =
      days_from_civil({static_cast<int>(year), static_cast<int>(month), static_cast<int>(day)}) *
      ms_per_day;
  if (scan.text.empty()) return Instant{ms};
  if (!scan.take('T') && !scan.take('t')) scan.expect(' ');
  const int64_t hour = scan.digits(2);
  scan.expect(':');
  const int64_t minute = scan.digits(2);
  const int64_t second = scan.take(':') ? scan.digits(2) : 0;
  if (hour > 23 || minute > 59 || second > 60) return std::nullopt;
  ms += ((hour * 60 + minute) * 60 + second) * 1000;
  if (scan.take('.')) ms += scan_fraction_ms(scan);
  ms -= scan_offset_ms(scan);
  if (!scan.ok || !scan.text.empty()) return std::nullopt;
  return Instant{ms};
}

std::string format_instant(Instant t) {
  const int64_t days = floor_div(t.ms, ms_per_day);
  const int64_t rest = t.ms - days * ms_per_day;
  const CivilDate d = civil_from_days(days);
  if (d.year < 0 || d.year > 9999)
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", d.year, d.month, d.day,
                       rest / ms_per_hour, rest / 60'000 % 60, rest / 1000 % 60, rest % 1000);
  // Stands in every reason of every answer; a general formatter takes ten times as long.
  std::string out = "0000-00-00T00:00:00.000Z";
  const auto put = [&](size_t end, size_t digits, int64_t v) {
    for (; digits > 0; --digits, v /= 10) out[--end] = static_cast<char>('0' + v % 10);
  };
  put(4, 4, d.year);
  put(7, 2, d.month);
  put(10, 2, d.day);
  put(13, 2, rest / ms_per_hour);
  put(16, 2, rest / 60'000 % 60);
  put(19, 2, rest / 1000 % 60);
  put(23, 3, rest % 1000);
  return out;
}

std::optional<Duration> parse_duration(std::string_view text) {
  int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || n < 0 || n > 100'000'000) return std::nullopt;
  const std::string_view unit(end, text.data() + text.size());
  if (unit == "d") return Duration::days(n);
  if (unit == "h") return Duration::hours(n);
  if (unit == "m") return Duration::minutes(n);
  if (unit == "s") return Duration::seconds(n);
  if (unit == "ms") return Duration{n};
  return std::nullopt;
}

}  // namespace aizuchi::ground
