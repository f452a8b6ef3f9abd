// How often someone may ask: per address, per device or person that a page speaks for, and per key.
// Whoever asks more is answered 429 with Retry-After.
//
// Promises: memory is bounded however many ask (6 MiB with all three; the least used is forgotten
// first, and whoever is forgotten begins with a full allowance); an address or id is held as a
// keyed hash only; this machine's own addresses are not counted, since without --trusted-proxy
// they are a proxy's. Threads: the partition's. Cost: a keyed hash and four entries looked at.
#pragma once

#include <string_view>
#include <vector>

#include "ground/base/dice.h"
#include "ground/base/hash.h"
#include "ground/base/rate.h"
#include "serve/http/address.h"

namespace aizuchi::serve {

struct LimitOptions {
  // Requests without a secret key, of one address. Many people may stand behind one.
  ground::Rate address = {};
  // Requests and events of one device or person, with a public key.
  ground::Rate person = {};
  // Requests with one public key; a key may have a limit of its own (`keys create --limit`).
  ground::Rate key = {};
  TrustedProxies proxies = {};
};
// What `serve` begins with, and how long a burst lasts: ten seconds of the rate at once.
constexpr uint32_t address_per_second_default = 500;
constexpr uint32_t person_per_second_default = 50;
constexpr uint32_t key_per_second_default = 20'000;
constexpr uint32_t newcomers_per_second_default = 500;  // 43 million a day
constexpr uint32_t newcomers_burst_seconds = 1000;
constexpr int64_t key_per_second_max = 1'000'000;
constexpr uint32_t burst_seconds_default = 10;
constexpr ground::Rate rate_of(uint32_t per_second) {
  return {.per_second = per_second, .burst = per_second * burst_seconds_default};
}

class Limits {
 public:
  enum class Of : uint8_t { address, person, key };
  static constexpr size_t kinds = 3;

  Limits(LimitOptions options, ground::Dice& dice);
  // Zero, or how long it takes until `cost` would be let through. `own`: of this key alone.
  ground::Duration take(Of kind, std::string_view whom, uint32_t cost, int64_t now_us,
                        ground::Rate own = {});
  const LimitOptions& options() const { return options_; }
  uint64_t refused(Of kind) const { return refused_[static_cast<size_t>(kind)]; }

 private:
  struct Entry {
    uint64_t whom = 0;
    ground::Meter meter;
  };
  ground::Meter& meter_of(Of kind, std::string_view whom);

  const LimitOptions options_;
  ground::Key128 hash_key_{};
  std::vector<Entry> entries_[kinds];  // made when first asked for
  uint64_t refused_[kinds] = {};
};

std::string_view to_string(Limits::Of kind);

}  // namespace aizuchi::serve
