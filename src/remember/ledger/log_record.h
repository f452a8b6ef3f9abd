// A record of the log as it is stored (docs/formats.md): the sealed event, a link to everything
// before it, and a checksum of our own. What was dropped, moved or changed is found without any
// key, by whoever reads the log in order.
//
//   hash(n) = SHA-256(person 16 · sealed bytes)
//   link(n) = SHA-256(link(n - 1) · n as be64 · hash(n)), link(0) = 32 zero bytes
//
// The link is over the hash of the bytes and not over the bytes, so that where a record's bytes
// must go, its number and its hash can stay and every later link still checks: that is a tombstone.
//
// Threads: values. Cost: about 1 us for a record of 1 KB.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ground/base/result.h"

namespace aizuchi::remember {

using Link = std::array<uint8_t, 32>;
constexpr Link no_link{};

// What is stored under `sequence`; `link` is the one before, and becomes this record's.
std::string encode_log_record(uint64_t sequence, std::string_view person16, std::string_view sealed,
                              Link& link);

// What is left under `sequence` of a record whose bytes must go.
std::string encode_tombstone(uint64_t sequence, const Link& hash, const Link& link);

struct StoredRecord {
  bool erased = false;      // a tombstone: number, hash and link are all there is
  std::string_view person;  // 16 bytes; empty when erased
  std::string_view sealed;
  Link hash{};  // of person and sealed
  Link link{};  // as stored
};

// Views into `value`. Errors: `unsupported` (a newer format), `corrupted`; both name the record.
ground::Result<StoredRecord> decode_log_record(uint64_t sequence, std::string_view value);
// The same for readers that do not follow the links, without the hash of one that is not erased.
ground::Result<StoredRecord> peek_log_record(uint64_t sequence, std::string_view value);

// Records that a salvage could not read: first to last, inclusive.
using Lost = std::pair<uint64_t, uint64_t>;

// Follows the log from one record to the next and refuses the first that does not fit.
class LogWalk {
 public:
  // Begins behind record `after`, whose link is `link`.
  LogWalk(uint64_t after, const Link& link, const std::vector<Lost>& lost)
      : last_(after), link_(link), lost_(lost) {}

  // Errors: as decode_log_record; `corrupted` when records are missing or the link is wrong.
  ground::Result<StoredRecord> next(uint64_t sequence, std::string_view value);

  uint64_t last() const { return last_; }
  const Link& link() const { return link_; }

 private:
  bool known_lost(uint64_t first, uint64_t last) const;

  uint64_t last_;
  Link link_;
  const std::vector<Lost>& lost_;
};

std::string encode_lost(const std::vector<Lost>& lost);
ground::Result<std::vector<Lost>> decode_lost(std::string_view bytes);

}  // namespace aizuchi::remember
