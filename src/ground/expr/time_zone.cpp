#include "ground/expr/time_zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <vector>

#include "ground/base/text.h"
#include "ground/base/time.h"

namespace aizuchi::ground {

namespace {

constexpr std::string_view database = "/usr/share/zoneinfo/";
constexpr size_t file_bytes_max = 256 * 1024;
constexpr int64_t seconds_per_day = 86'400;

class FixedOffset final : public TimeZone {
 public:
  explicit FixedOffset(int64_t seconds) : seconds_(seconds) {}
  int64_t offset_at(int64_t) const override { return seconds_; }

 private:
  int64_t seconds_;
};

// "M3.2.0/2": the second Sunday of March at 02:00; "J60" and "60" are days of the year.
struct RuleDay {
  char form = 'M';
  int month = 0, week = 0, day = 0;
  int64_t time = 7200;

  // Seconds since 1970 of local time.
  int64_t in_year(int year) const {
    if (form != 'M') {
      const CivilDate first{year, 1, 1};
      const bool leap = days_from_civil({year + 1, 1, 1}) - days_from_civil(first) == 366;
      const int index = form == 'J' ? day - 1 + (leap && day >= 60 ? 1 : 0) : day;
      return (days_from_civil(first) + index) * seconds_per_day + time;
    }
    const int64_t first = days_from_civil({year, month, 1});
    const int64_t weekday = (first % 7 + 7 + 4) % 7;  // 1970-01-01 was a Thursday
    int64_t date = first + (day - weekday + 7) % 7 + 7 * (week - 1);
    const int64_t next_month =
        month == 12 ? days_from_civil({year + 1, 1, 1}) : days_from_civil({year, month + 1, 1});
    while (date >= next_month) date -= 7;
    return date * seconds_per_day + time;
  }
};

// "CST6CDT,M3.2.0,M11.1.0" (POSIX TZ with the extensions of RFC 8536).
class TailRule {
 public:
  static std::optional<TailRule> parse(std::string_view text) {
    TailRule rule;
    Reader in{text};
    if (!in.name() || !in.offset(rule.standard_)) return std::nullopt;
    rule.standard_ = -rule.standard_;
    if (in.rest.empty()) return rule;
    if (!in.name()) return std::nullopt;
    rule.summer_ = rule.standard_ + 3600;
    if (!in.rest.starts_with(',')) {
      if (!in.offset(rule.summer_)) return std::nullopt;
      rule.summer_ = -rule.summer_;
    }
    if (!in.rule_day(rule.start_) || !in.rule_day(rule.end_) || !in.rest.empty())
      return std::nullopt;
    rule.has_summer_ = true;
    return rule;
  }

  int64_t offset_at(int64_t seconds) const {
    if (!has_summer_) return standard_;
    const int year = civil_from_days(floor_div(seconds + standard_, seconds_per_day)).year;
    const int64_t start = start_.in_year(year) - standard_;
    const int64_t end = end_.in_year(year) - summer_;
    const bool summer =
        start < end ? seconds >= start && seconds < end : seconds >= start || seconds < end;
    return summer ? summer_ : standard_;
  }

 private:
  struct Reader {
    std::string_view rest;

    bool take(char c) {
      if (!rest.starts_with(c)) return false;
      rest.remove_prefix(1);
      return true;
    }
    bool number(int& out, int max) {
      size_t n = 0;
      for (out = 0; n < rest.size() && n < 4 && rest[n] >= '0' && rest[n] <= '9'; ++n)
        out = out * 10 + (rest[n] - '0');
      rest.remove_prefix(n);
      return n > 0 && out <= max;
    }
    bool name() {
      const bool quoted = take('<');
      size_t n = quoted ? rest.find('>') : 0;
      if (!quoted)
        while (n < rest.size() && ((rest[n] | 0x20) >= 'a' && (rest[n] | 0x20) <= 'z')) ++n;
      if (n == std::string_view::npos || n == 0) return false;
      rest.remove_prefix(n + (quoted ? 1 : 0));
      return true;
    }
    // "-3:30" in seconds
    bool offset(int64_t& out) {
      const bool negative = take('-');
      if (!negative) take('+');
      int hours = 0, minutes = 0, seconds = 0;
      if (!number(hours, 167)) return false;
      if (take(':') && !number(minutes, 59)) return false;
      if (take(':') && !number(seconds, 59)) return false;
      out = int64_t{hours} * 3600 + minutes * 60 + seconds;
      if (negative) out = -out;
      return true;
    }
    bool rule_day(RuleDay& out) {
      if (!take(',')) return false;
      if (take('M')) {
        if (!number(out.month, 12) || !take('.') || !number(out.week, 5) || !take('.') ||
            !number(out.day, 6) || out.month < 1 || out.week < 1)
          return false;
      } else {
        out.form = take('J') ? 'J' : 'N';
        if (!number(out.day, 365)) return false;
      }
      return !take('/') || offset(out.time);
    }
  };

  int64_t standard_ = 0;
  int64_t summer_ = 0;
  bool has_summer_ = false;
  RuleDay start_, end_;
};

class TableZone final : public TimeZone {
 public:
  struct Transition {
    int64_t at;
    int64_t offset;
  };
  TableZone(int64_t first, std::vector<Transition> transitions, std::optional<TailRule> tail)
      : first_(first), transitions_(std::move(transitions)), tail_(tail) {}

  int64_t offset_at(int64_t seconds) const override {
    const auto after = std::ranges::upper_bound(transitions_, seconds, {}, &Transition::at);
    if (after == transitions_.end() && tail_) return tail_->offset_at(seconds);
    return after == transitions_.begin() ? first_ : std::prev(after)->offset;
  }

 private:
  int64_t first_;
  std::vector<Transition> transitions_;
  std::optional<TailRule> tail_;
};

int64_t big_endian(std::string_view bytes) {
  uint64_t v = bytes[0] & 0x80 ? UINT64_MAX : 0;
  for (const char c : bytes) v = v << 8 | static_cast<unsigned char>(c);
  return static_cast<int64_t>(v);
}

struct Header {
  char version = 0;
  size_t is_ut = 0, is_std = 0, leaps = 0, times = 0, types = 0, chars = 0;

  static constexpr size_t size = 44;
  size_t data_size(size_t time_size) const {
    return times * (time_size + 1) + types * 6 + chars + leaps * (time_size + 4) + is_std + is_ut;
  }
};

std::optional<Header> read_header(std::string_view bytes) {
  if (bytes.size() < Header::size || !bytes.starts_with("TZif")) return std::nullopt;
  Header header;
  header.version = bytes[4];
  size_t at = 20;
  for (size_t* count : {&header.is_ut, &header.is_std, &header.leaps, &header.times, &header.types,
                        &header.chars}) {
    const int64_t n = big_endian(bytes.substr(at, 4));
    if (n < 0 || n > static_cast<int64_t>(file_bytes_max)) return std::nullopt;
    *count = static_cast<size_t>(n);
    at += 4;
  }
  return header;
}

std::optional<int64_t> parse_offset(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const size_t i : {0u, 1u, 3u, 4u})
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
  const int hours = (text[0] - '0') * 10 + (text[1] - '0');
  const int minutes = (text[3] - '0') * 10 + (text[4] - '0');
  if (hours > 23 || minutes > 59) return std::nullopt;
  const int64_t seconds = (hours * 60 + minutes) * 60;
  return negative ? -seconds : seconds;
}

bool is_zone_name(std::string_view name) {
  if (name.empty() || name.size() > 64 || name.starts_with('/') || name.find("..") != name.npos)
    return false;
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  });
}

}  // namespace

std::unique_ptr<const TimeZone> parse_time_zone(std::string_view bytes) {
  auto header = read_header(bytes);
  if (!header || header->version < '2') return nullptr;
  // The first block has 32-bit times; the second one all of them.
  const size_t skip = Header::size + header->data_size(4);
  if (skip > bytes.size()) return nullptr;
  bytes.remove_prefix(skip);
  header = read_header(bytes);
  if (!header || header->types == 0) return nullptr;
  bytes.remove_prefix(Header::size);
  if (header->data_size(8) > bytes.size()) return nullptr;
  const std::string_view indices = bytes.substr(header->times * 8);
  const std::string_view types = indices.substr(header->times);
  std::vector<TableZone::Transition> transitions;
  for (size_t i = 0; i < header->times; ++i) {
    const auto type = static_cast<unsigned char>(indices[i]);
    if (type >= header->types) return nullptr;
    transitions.push_back(
        {big_endian(bytes.substr(i * 8, 8)), big_endian(types.substr(size_t{type} * 6, 4))});
  }
  if (!std::ranges::is_sorted(transitions, {}, &TableZone::Transition::at)) return nullptr;
  std::string_view tail = bytes.substr(header->data_size(8));
  if (tail.starts_with('\n')) tail.remove_prefix(1);
  return std::make_unique<TableZone>(big_endian(types.substr(0, 4)), std::move(transitions),
                                     TailRule::parse(tail.substr(0, tail.find('\n'))));
}

std::expected<std::unique_ptr<const TimeZone>, std::string> TimeZone::find(std::string_view name) {
  if (name == "UTC" || name == "Z") return std::make_unique<FixedOffset>(0);
  if (const auto offset = parse_offset(name)) return std::make_unique<FixedOffset>(*offset);
  const auto unknown = [&] {
    return std::unexpected(fmt::format(
        "unknown time zone '{}': expected a name like 'Asia/Tokyo' or an offset like '+09:00'",
        shorten(name, 60)));
  };
  if (!is_zone_name(name)) return unknown();
  std::ifstream file(std::string(database) + std::string(name), std::ios::binary);
  std::string bytes(file_bytes_max, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  auto zone = parse_time_zone(bytes);
  if (!zone) return unknown();
  return zone;
}

}  // namespace aizuchi::ground
