// getFullYear() and its siblings, in UTC or in a time zone.
#include <array>

#include "ground/base/time.h"
#include "ground/expr/evaluation.h"
#include "ground/expr/functions.h"
#include "ground/expr/time_zone.h"

namespace aizuchi::ground {

namespace {

using Arguments = std::span<const Operand>;

enum class Part : uint8_t {
  year,
  month,
  date,
  day_of_month,
  day_of_week,
  day_of_year,
  hours,
  minutes,
  seconds,
  milliseconds
};

int64_t part_of_date(Part part, int64_t days) {
  const CivilDate date = civil_from_days(days);
  switch (part) {
    case Part::year:
      return date.year;
    case Part::month:
      return date.month - 1;
    case Part::date:
      return date.day;
    case Part::day_of_month:
      return date.day - 1;
    case Part::day_of_week:
      return ((days % 7) + 7 + 4) % 7;  // 1970-01-01 was a Thursday, Sunday is 0
    default:
      return days - days_from_civil({date.year, 1, 1});
  }
}

int64_t part_of_time(Part part, int64_t seconds, int32_t nanos) {
  const int64_t days = floor_div(seconds, 86'400);
  const int64_t rest = seconds - days * 86'400;
  switch (part) {
    case Part::hours:
      return rest / 3600;
    case Part::minutes:
      return rest / 60 % 60;
    case Part::seconds:
      return rest % 60;
    case Part::milliseconds:
      return nanos / 1'000'000;
    default:
      return part_of_date(part, days);
  }
}

Operand part_of_span(Part part, Span s) {
  switch (part) {
    case Part::hours:
      return Operand::integer(s.seconds / 3600);
    case Part::minutes:
      return Operand::integer(s.seconds / 60);
    case Part::seconds:
      return Operand::integer(s.seconds);
    case Part::milliseconds:
      return Operand::integer(s.nanos / 1'000'000);  // the part below a second, as cel-spec has it
    default:
      return Operand::no_overload();
  }
}

template <Part P>
Operand part_code(Evaluation& evaluation, Arguments args, const Prepared* prepared) {
  if (args[0].is(Tag::span) && args.size() == 1) return part_of_span(P, args[0].duration());
  if (!args[0].is(Tag::timestamp)) return Operand::no_overload();
  const Timestamp t = args[0].timestamp();
  if (args.size() == 1) return Operand::integer(part_of_time(P, t.seconds, t.nanos));
  if (!args[1].is(Tag::string)) return Operand::no_overload();
  int64_t offset = 0;
  if (prepared) {
    offset = static_cast<const TimeZone*>(prepared)->offset_at(t.seconds);
  } else {
    if (!evaluation.charge(1000)) return Evaluation::exhausted();  // opens a file
    auto zone = TimeZone::find(args[1].text());
    if (!zone) return evaluation.fail(std::move(zone).error());
    offset = (*zone)->offset_at(t.seconds);
  }
  return Operand::integer(part_of_time(P, t.seconds + offset, t.nanos));
}

std::expected<std::unique_ptr<const Prepared>, std::string> prepare_zone(
    std::span<const Value* const> arguments) {
  const Value* name = arguments.size() == 2 ? arguments[1] : nullptr;
  if (!name || !name->is(Value::Kind::string)) return nullptr;
  return TimeZone::find(name->as_string());
}

}  // namespace

std::span<const Function> time_functions() {
  static constexpr std::string_view date = "(timestamp) int; (timestamp, string) int";
  static constexpr std::string_view time =
      "(timestamp) int; (timestamp, string) int; (duration) int";
  static const std::array functions = {
      Function{"getFullYear", true, date, part_code<Part::year>, prepare_zone},
      Function{"getMonth", true, date, part_code<Part::month>, prepare_zone},
      Function{"getDate", true, date, part_code<Part::date>, prepare_zone},
      Function{"getDayOfMonth", true, date, part_code<Part::day_of_month>, prepare_zone},
      Function{"getDayOfWeek", true, date, part_code<Part::day_of_week>, prepare_zone},
      Function{"getDayOfYear", true, date, part_code<Part::day_of_year>, prepare_zone},
      Function{"getHours", true, time, part_code<Part::hours>, prepare_zone},
      Function{"getMinutes", true, time, part_code<Part::minutes>, prepare_zone},
      Function{"getSeconds", true, time, part_code<Part::seconds>, prepare_zone},
      Function{"getMilliseconds", true, time, part_code<Part::milliseconds>, prepare_zone},
  };
  return functions;
}

}  // namespace aizuchi::ground
