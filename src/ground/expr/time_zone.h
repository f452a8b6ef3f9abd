// Time zones by name ("Asia/Tokyo", from the TZif files of the tzdata package) or as an offset
// ("+09:00", "02:00", "UTC"). libstdc++ 12 has no time zone database of its own.
// Format: RFC 8536. Rules after the last transition come from the file's TZ string.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "ground/expr/functions.h"

namespace aizuchi::ground {

class TimeZone : public Prepared {
 public:
  // Opens a file for a name; the error says what was expected.
  static std::expected<std::unique_ptr<const TimeZone>, std::string> find(std::string_view name);
  // Seconds to add to UTC at that moment (seconds since 1970).
  virtual int64_t offset_at(int64_t seconds) const = 0;
};

// The bytes of a TZif file; nullptr when they are none. For tests and fuzzing.
std::unique_ptr<const TimeZone> parse_time_zone(std::string_view bytes);

}  // namespace aizuchi::ground
