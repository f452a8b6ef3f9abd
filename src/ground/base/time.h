// Time as an argument. Instant is milliseconds since 1970 (UTC); Duration is milliseconds.
// Only serve/ owns a SystemClock; everything below receives a Clock or an Instant.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aizuchi::ground {

struct Duration {
  int64_t ms = 0;
  auto operator<=>(const Duration&) const = default;
  static constexpr Duration seconds(int64_t n) { return {n * 1000}; }
  static constexpr Duration minutes(int64_t n) { return {n * 60'000}; }
  static constexpr Duration hours(int64_t n) { return {n * 3'600'000}; }
  static constexpr Duration days(int64_t n) { return {n * 86'400'000}; }
};

struct Instant {
  int64_t ms = 0;
  auto operator<=>(const Instant&) const = default;
  static constexpr Instant never() { return {INT64_MAX}; }  // "does not expire"
};

constexpr Duration operator-(Instant a, Instant b) {
  return {a.ms - b.ms};
}
constexpr Instant operator+(Instant a, Duration d) {
  return {a.ms + d.ms};
}
constexpr Instant operator-(Instant a, Duration d) {
  return {a.ms - d.ms};
}

constexpr int64_t ms_per_hour = 3'600'000;
constexpr int64_t ms_per_day = 86'400'000;

// Floor division, right for times before 1970 too.
constexpr int64_t floor_div(int64_t a, int64_t b) {
  return a / b - ((a % b != 0) && ((a < 0) != (b < 0)));
}

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() = 0;
  // For stage times only, never for a choice.
  virtual int64_t monotonic_us() = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() override;
  int64_t monotonic_us() override;
};

class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start) : now_(start) {}
  Instant now() override { return now_; }
  int64_t monotonic_us() override { return now_.ms * 1000; }
  void set(Instant t) { now_ = t; }
  void advance(Duration d) { now_ = now_ + d; }

 private:
  Instant now_;
};

struct CivilDate {
  int year = 1970;
  int month = 1;  // 1–12
  int day = 1;    // 1–31
};
CivilDate civil_from_days(int64_t days_since_1970);
int64_t days_from_civil(CivilDate date);

// "2026-11-22", "2026-11-22T08:15:30.250Z", "2026-11-22 08:15:30", with "+09:00"; without an offset
// it is UTC. Digits after the millisecond are dropped. nullopt when it is none of these.
std::optional<Instant> parse_instant(std::string_view text);
// "2026-11-22T08:15:30.250Z"
std::string format_instant(Instant t);
// "730d", "12h", "90m", "30s", "250ms"; nullopt otherwise.
std::optional<Duration> parse_duration(std::string_view text);

}  // namespace aizuchi::ground
