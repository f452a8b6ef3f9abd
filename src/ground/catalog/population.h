// Where everyone stands: for each scale of the brand (deciles, RFM) the cut points that share out
// all people into equal parts, as they were counted at one moment. It is made anew every night and
// swapped in whole; a decision compares the person's own number with the cut points, so that
// nothing is written for anyone, and its record names the version.
//
// Exact, by nearest rank: cut point i is the value at rank ceil(i·n / parts) of the n values in
// order, and a value's part is one more than the cut points below it. Equal values share the lower
// part: the highest of ten parts never holds more than a tenth of the people.
//
// Promises: no cut points of fewer than 20 people. Threads: immutable once made; cut() is pure.
// Cost: making is a sort of n numbers; finding a part is a comparison a cut point.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.h"
#include "ground/base/time.h"

namespace aizuchi::ground {

struct Snapshot;  // ground/catalog/snapshot.h

struct CutPoints {
  static constexpr uint64_t people_min = 20;

  uint64_t fingerprint = 0;  // of the Scale: another scale has none here
  uint64_t people = 0;       // whose numbers were compared
  std::vector<double> at;    // ascending, one fewer than parts; empty: too few people

  // From 1, the lowest. Precondition: there are cut points.
  size_t part_of(double value) const;
};

// `values` in any order, none of them NaN; they are sorted in place.
CutPoints cut(uint64_t fingerprint, std::vector<double>& values, size_t parts);

struct Population {
  uint64_t version = 0;  // counted from 1
  Instant at;            // when everyone was asked
  std::vector<CutPoints> scales;

  // Of this scale; nullptr when it was not counted then.
  const CutPoints* find(uint64_t fingerprint) const;
};

// docs/formats.md, "Population".
std::string encode(const Population& population);
Result<Population> decode_population(std::string_view bytes);

// The first moment after `t` at which the brand's clock shows the hour of its night.
Instant next_night(const Snapshot& snapshot, Instant t);

}  // namespace aizuchi::ground
