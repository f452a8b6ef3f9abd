// The audit log: every change that somebody made to what the engine says or to who may ask it, as
// a hash chain. Each entry carries the hash of the one before it (its link) and a signature of its
// own link (Ed25519, by a key derived from the master key), so that whoever has the data directory
// without the keyring can neither change an entry nor take one out of the middle; and the last
// entry is noted beside the keyring, so that none can be taken off the end. Nothing of a person is
// in it: who was asked about is a random id.
//
//   meta "audit/" + sequence (be64) -> entry (docs/formats.md)
//
// Promises: an entry is in the batch of what it tells of, so one is there exactly when the other
// is. Entries that the keyring remembers and the store does not have (an older backup was restored)
// are told by an entry of their own at the next start, and by verify() for ever.
// Threads: the partition's. Cost: 60 us and a small file a change; nothing otherwise.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/hash.h"
#include "ground/base/result.h"
#include "ground/base/time.h"

namespace aizuchi::ground {
class Batch;
class Store;
class Vault;
}  // namespace aizuchi::ground

namespace aizuchi::serve {

struct AuditEntry {
  uint64_t sequence = 0;  // from 1
  ground::Instant at;
  std::string by;      // a key's id, "cli", "serve", "engine"
  std::string action;  // "publish", "key.create", "key.revoke", "stop", "start", …
  std::string on;      // what it was done to: a version, a key's id, an item
  std::string detail;  // in words
  std::array<uint8_t, 32> link{};
  std::string signature;  // 64 bytes, of the link
};

struct AuditReport {
  uint64_t entries = 0;
  std::string link;                   // of the last one, as hex
  std::vector<std::string> problems;  // what is wrong, and where; empty when all is whole
};

class Audit {
 public:
  // `keyring_directory` "": nothing is noted beside it (memory).
  Audit(ground::Store& store, const ground::Vault& vault, std::string keyring_directory);

  // Once, at the opening: where the chain ends; and tells of entries that are missing at its end.
  ground::Result<void> load(ground::Instant now);
  // Adds an entry to the batch of the change. After its commit, committed().
  void add(ground::Batch& batch, ground::Instant now, std::string_view by, std::string_view action,
           std::string_view on, std::string_view detail);
  // Notes the last entry beside the keyring, synced; or, when the change was not kept, goes back to
  // what is. A keyring that cannot be written is told by doctor and tried again with the next
  // entry.
  void committed(bool kept);
  const std::string& trouble() const { return trouble_; }  // "" when all is well

  // Newest first, before a sequence (0: from the end), at most `max`.
  ground::Result<std::vector<AuditEntry>> page(uint64_t before, size_t max) const;
  ground::Result<AuditReport> verify() const;
  // The public half of what entries are signed with: 32 bytes.
  const std::string& public_key() const { return public_key_; }

 private:
  ground::Result<void> find_end();
  // nullopt: there is no note.
  ground::Result<std::optional<uint64_t>> noted_head(std::array<uint8_t, 32>& link) const;

  ground::Store& store_;
  const std::string directory_;
  const ground::Key256 signing_;
  const std::string public_key_;
  uint64_t last_ = 0;
  std::array<uint8_t, 32> link_{};
  std::string trouble_;
};

}  // namespace aizuchi::serve
