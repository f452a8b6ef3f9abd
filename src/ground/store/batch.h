// A batch: writes that happen together or not at all. It is one flat string, so that queueing it,
// counting its bytes and merging it with others costs no allocation per key.
// Threads: a value; one owner at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ground/base/bytes.h"

namespace aizuchi::ground {

// The column families. One database and one write-ahead log for all of them, so that one batch may
// touch several and is never half there; what differs is how each is laid out (docs/formats.md).
enum class Space : uint8_t {
  log,       // sealed event bodies by sequence (be64)
  history,   // person (16) + at (be64) + sequence (be64) -> nothing: a person's events by time
  seen,      // write key + message id -> received at (ms, be64); gone after `seen_keep`
  state,     // person (16) -> one sealed record
  record,    // decision id (16) -> sealed decision record
  identity,  // Vault::lookup of an identifier (16) -> person (16)
  keyring,   // person (16) -> that person's key, wrapped by the master key
  meta,      // by name: format, vocabulary, publishes, counters
};
constexpr size_t space_count = 8;
std::string_view to_string(Space space);

class Batch {
 public:
  struct Write {
    Space space;
    bool erases;
    std::string_view key;
    std::string_view value;  // empty when it erases
  };

  // A later write of the same key wins. Keys are not empty.
  void put(Space space, std::string_view key, std::string_view value);
  void erase(Space space, std::string_view key);
  void append(Batch&& other);  // other's writes after these; other is empty afterwards

  // Store::writable() has answered for it, or for what it follows: watermark and queue do not
  // refuse it any more. Whoever has changed something in memory along with it needs this.
  void let_in() { let_in_ = true; }
  bool is_let_in() const { return let_in_; }

  size_t bytes() const { return writes_.size(); }  // keys, values and a few bytes each
  bool empty() const { return writes_.size() == 0; }
  bool only_erases() const { return puts_ == 0; }

  // Visits the writes in order: start with at = 0; false at the end.
  bool next(size_t& at, Write& out) const;

 private:
  ByteWriter writes_;  // per write: space (| 0x80 when it erases), key, value with their lengths
  size_t puts_ = 0;
  bool let_in_ = false;
};

}  // namespace aizuchi::ground
