// Which visits are one person, on which proof (P11). An identifier is stored as its HMAC only; a
// person's id is random. A browser's userId without proof is a claim: kept apart, never linked.
// Only a server that states it (A3) links a device to a person, and never two persons.
// Threads: owned by the partition thread. Cost: one lookup for whom we saw lately, else one HMAC
// and one cache or store lookup.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "ground/base/dice.h"
#include "ground/domain/domain.h"
#include "ground/store/store.h"
#include "ground/store/vault.h"

namespace aizuchi::remember {

constexpr std::string_view anonymous_id_kind = "anonymous_id";
constexpr std::string_view user_id_kind = "user_id";
constexpr std::string_view claimed_id_kind = "claimed_id";
// An anonymous id that was minted here begins so, and counts with its device token only.
constexpr std::string_view minted_device_prefix = "dev_";

class Identity {
 public:
  Identity(ground::Store& store, ground::Vault& vault) : store_(store), vault_(vault) {}

  ground::Result<std::optional<ground::PersonId>> find(std::string_view kind,
                                                       std::string_view value);
  // Binds an identifier to a person; it is there once the batch is committed, and here at once.
  void bind(std::string_view kind, std::string_view value, const ground::PersonId& person,
            ground::Batch& batch);
  // Takes the entry away if it leads to this person. True when it did.
  ground::Result<bool> forget(std::string_view kind, std::string_view value,
                              const ground::PersonId& person, ground::Batch& batch);

  static constexpr size_t bound_max = 500'000;
  size_t cached() const { return cache_.size(); }

 private:
  // The identifier as it came; valid until the next call.
  const std::string& named(std::string_view kind, std::string_view value);
  void saw(std::string_view kind, std::string_view value,
           const std::optional<ground::PersonId>& person);

  static constexpr size_t cached_max = 1'000'000;
  static constexpr size_t recent_max = 65'536;  // about 8 MB
  ground::Store& store_;
  ground::Vault& vault_;
  std::unordered_map<ground::PersonId, ground::PersonId> cache_;  // HMAC (16 bytes) -> person
  // What was bound here, oldest first. What so many came after is in the store: no queue of commits
  // holds that much (StoreOptions::queue_bytes_max).
  std::deque<std::pair<ground::PersonId, ground::PersonId>> bound_;
  // A visitor asks again within minutes, and the HMAC is most of what finding them costs. Holds
  // nothing that cache_ or the store does not; forgotten whole when it is full. Who is not known is
  // remembered too, so that asking again does not tell by its time.
  std::unordered_map<std::string, std::optional<ground::PersonId>> recent_;
  std::string named_;
};

}  // namespace aizuchi::remember
