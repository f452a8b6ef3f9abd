#include "ground/catalog/population.h"

#include <algorithm>

#include "ground/base/bytes.h"
#include "ground/catalog/snapshot.h"
#include "ground/expr/time_zone.h"

namespace aizuchi::ground {

namespace {

constexpr uint8_t format_version = 1;

}  // namespace

size_t CutPoints::part_of(double value) const {
  AIZ_ASSERT(!at.empty());
  return 1 + static_cast<size_t>(std::ranges::lower_bound(at, value) - at.begin());
}

CutPoints cut(uint64_t fingerprint, std::vector<double>& values, size_t parts) {
  CutPoints out{.fingerprint = fingerprint, .people = values.size(), .at = {}};
  if (values.size() < CutPoints::people_min) return out;
  std::ranges::sort(values);
  for (size_t i = 1; i < parts; ++i)
    out.at.push_back(values[(i * values.size() + parts - 1) / parts - 1]);
  return out;
}

const CutPoints* Population::find(uint64_t fingerprint) const {
  const auto it = std::ranges::find(scales, fingerprint, &CutPoints::fingerprint);
  return it == scales.end() ? nullptr : &*it;
}

std::string encode(const Population& population) {
  ByteWriter out;
  out.u8(format_version);
  out.varint(population.version);
  out.zigzag(population.at.ms);
  out.varint(population.scales.size());
  for (const CutPoints& scale : population.scales) {
    out.be64(scale.fingerprint);
    out.varint(scale.people);
    out.varint(scale.at.size());
    for (const double value : scale.at) out.f64(value);
  }
  return out.take();
}

Result<Population> decode_population(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u8() != format_version)
    return fail(ErrorCode::unsupported, "the counts of all people are kept in a newer format",
                "use the version of Aizuchi that wrote them");
  Population out{.version = in.varint(), .at = {in.zigzag()}, .scales = {}};
  for (size_t n = in.count(10); n > 0 && in.ok(); --n) {
    CutPoints scale{.fingerprint = in.be64(), .people = in.varint(), .at = {}};
    for (size_t k = in.count(8); k > 0 && in.ok(); --k) scale.at.push_back(in.f64());
    if (!std::ranges::is_sorted(scale.at)) in.spoil();
    out.scales.push_back(std::move(scale));
  }
  if (!in.done()) return fail(ErrorCode::corrupted, "the counts of all people do not check");
  return out;
}

Instant next_night(const Snapshot& snapshot, Instant t) {
  const auto zone = TimeZone::find(snapshot.timezone);
  const auto offset_ms = [&](Instant at) {
    return zone ? (*zone)->offset_at(floor_div(at.ms, 1000)) * 1000 : 0;
  };
  const int64_t local_ms = t.ms + offset_ms(t);
  int64_t night_ms =
      floor_div(local_ms, ms_per_day) * ms_per_day + snapshot.night_hour * ms_per_hour;
  if (night_ms <= local_ms) night_ms += ms_per_day;
  // The offset of that night, not of today: clocks may change between.
  return {night_ms - offset_ms({night_ms - offset_ms(t)})};
}

}  // namespace aizuchi::ground
