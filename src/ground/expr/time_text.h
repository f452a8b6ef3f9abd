// CEL's timestamps and durations: text forms and arithmetic that stays in range. Timestamps are of
// the years 1 to 9999; durations fit 64 bits of nanoseconds (about 292 years), as cel-spec has
// them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ground/base/value.h"

namespace aizuchi::ground {

std::optional<Timestamp> add(Timestamp t, Span s);
std::optional<Span> add(Span a, Span b);
std::optional<Span> negate(Span s);
std::optional<Span> between(Timestamp later, Timestamp earlier);
std::optional<Timestamp> timestamp_from_seconds(int64_t seconds);

// RFC 3339: "2009-02-13T23:31:30.5Z", "…+09:00".
std::optional<Timestamp> parse_timestamp(std::string_view text);
std::string format_timestamp(Timestamp t);
// "1h45m47s", "-1.5s", "10ms"; units h m s ms us ns.
std::optional<Span> parse_span(std::string_view text);
// "6347s", "1.5s"
std::string format_span(Span s);

}  // namespace aizuchi::ground
