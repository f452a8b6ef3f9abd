#include "ground/catalog/dates.h"

namespace aizuchi::ground::catalog {

namespace {

// The moment at which clocks of the brand's zone show midnight of that day. Twice, because the
// offset is that of the moment, not of UTC's midnight; a midnight that summer time skips is the
// moment it skips to.
Instant midnight(const Draft& draft, Instant utc_midnight) {
  if (draft.zone == nullptr) return utc_midnight;
  Instant at = utc_midnight;
  for (int i = 0; i < 2; ++i)
    at = utc_midnight - Duration::seconds(draft.zone->offset_at(floor_div(at.ms, 1000)));
  return at;
}

Instant read(Draft& draft, const At& date, Duration whole_day) {
  const auto instant = parse_instant(date.text);
  if (!instant) {
    draft.error(date, "wrong-value",
                "expected a date such as 2026-04-01 or 2026-04-01T09:00+09:00");
    return {};
  }
  const bool day = date.text.size() == std::string_view("2026-04-01").size();
  return day ? midnight(draft, *instant + whole_day) : *instant;
}

}  // namespace

Instant read_start(Draft& draft, const At& date) {
  return read(draft, date, {0});
}

Instant read_end(Draft& draft, const At& date) {
  return read(draft, date, Duration::days(1));
}

}  // namespace aizuchi::ground::catalog
