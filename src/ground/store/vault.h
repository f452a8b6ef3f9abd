// The vault: everything that belongs to a person is sealed with that person's own key, from the
// first format on; erasing the key makes what is left unreadable at once, before compaction has
// removed the bytes. The persons' keys lie in Space::keyring, wrapped by a key derived from the
// master key; the master key is a file outside the data directory and outside its backups.
//
// Sealed bytes: [format 1][nonce 12][ciphertext n][tag 16], AES-256-GCM (NIST SP 800-38D) with a
// random 96-bit nonce. The format byte and the caller's `aad` (say: space and key) are
// authenticated, so that a record moved to another key or relabelled does not open. Random nonces
// bound one key to 2^32 seals; a person's key stays far below.
//
// Threads: all functions from any thread. Cost: about 0.7 µs for 1 KB, 1.2 µs for 3 KB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "ground/base/hash.h"
#include "ground/base/id.h"
#include "ground/base/result.h"
#include "ground/store/store.h"

namespace aizuchi::ground {

class Dice;

constexpr size_t sealed_overhead_bytes = 1 + 12 + 16;

// One person's key: 32 bytes and nothing else, so that a cached person may keep it. Wiped when it
// goes.
class PersonKey {
 public:
  explicit PersonKey(const Key256& raw) : raw_(raw) {}
  PersonKey(PersonKey&& other) noexcept;
  PersonKey& operator=(PersonKey&& other) noexcept;
  ~PersonKey();
  const Key256& raw() const { return raw_; }

 private:
  Key256 raw_;
};

class Vault {
 public:
  // Reads `keyring_dir`/master.key, and checks that it is the one this store was made with. A new
  // store without the file gets a new one (0600, directory 0700). Errors: `not_found` when an old
  // store's master key is missing, `conflict` when it is another store's, `forbidden` when others
  // may read the file, `corrupted`, `unsupported` (newer version byte). `dice` is kept.
  static Result<std::unique_ptr<Vault>> open(const std::string& keyring_dir, Store& store,
                                             Dice& dice);
  // A master key from `dice`, written nowhere: for tests and simulation.
  static std::unique_ptr<Vault> open_in_memory(Dice& dice);
  ~Vault();
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;

  // `person` is the 16 bytes of a person id (Id128::bytes()).
  // A fresh key, wrapped into `batch`: it is there once the batch is committed.
  PersonKey create_key(Batch& batch, std::string_view person);
  // nullopt: never existed, or erased.
  Result<std::optional<PersonKey>> find_key(Store& store, std::string_view person);
  // What that key sealed is unreadable once the batch is committed and the caches let go of it.
  void erase_key(Batch& batch, std::string_view person);

  std::string seal(const PersonKey& key, uint8_t format, std::string_view aad,
                   std::string_view plain);
  // The plain bytes; `corrupted` when key, aad, format byte or bytes are not the sealed ones.
  // The format byte is sealed[0]; the caller looks at it before.
  Result<std::string> open(const PersonKey& key, std::string_view aad,
                           std::string_view sealed) const;

  // What is stored in place of an identifier: HMAC-SHA-256 of kind and identifier under a key
  // derived from the master key, the first 16 bytes.
  std::array<uint8_t, 16> lookup(std::string_view kind, std::string_view identifier) const;

  // Keys for other uses (choice seeds, decision ids), by label: HKDF-Expand of the master key
  // (RFC 5869); the same label always gives the same key, and no label gives another's.
  Key128 derived_128(std::string_view label) const;
  Key256 derived_256(std::string_view label) const;

 private:
  Vault(const Key256& master, Dice& dice);
  void next_nonce(uint8_t* nonce12);
  Key256 random_key();

  // Set once.
  Key256 master_;
  Key256 wrapping_;
  Key256 lookup_;
  // Any thread, under the mutex: Dice need not be thread-safe, and one system call serves many.
  std::mutex mutex_;
  Dice& dice_;
  std::array<uint8_t, 12 * 84> nonces_{};
  size_t nonces_used_ = sizeof(nonces_);
};

}  // namespace aizuchi::ground
