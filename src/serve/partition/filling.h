// Looks at everyone whose state is stored, to count them in audiences that are new: beside the
// serving, on a thread of its own where there is a directory, in slices of the tick where
// everything is in memory. It reads stored states, which are up to a second old; who changes
// meanwhile is looked at by the partition's thread, whose word then goes before what is found here.
//
// Threads: look_on() on one thread at a time. The snapshot is immutable, the names are a copy,
// store and vault may be called from any thread. Cost: about 20 us a person, most of it reading the
// state.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ground/catalog/snapshot.h"
#include "ground/domain/vocabulary.h"
#include "ground/store/vault.h"
#include "remember/ledger/person.h"
#include "understand/audience/members.h"

namespace aizuchi::serve {

struct Looked {
  ground::PersonId person;
  understand::Look look;
};

// What is known of one person, as audiences see it.
understand::Look look_at(const ground::Snapshot& snapshot, const remember::PersonState& person,
                         const remember::ProvenanceLookup& provenances, ground::Instant now);

class Filling final : public remember::ProvenanceLookup {
 public:
  // The store must hold what changed before `now`.
  Filling(ground::Store& store, ground::Vault& vault,
          std::shared_ptr<const ground::Snapshot> snapshot, ground::Vocabulary names,
          ground::Instant now);

  // Appends at most `people` more; false: that was everyone. Who cannot be read is left out.
  ground::Result<bool> look_on(size_t people, std::vector<Looked>& out);
  // How far it is, from 0 to 1: ids are random, so the place in their order tells.
  double progress() const;
  size_t unreadable() const { return unreadable_; }

  const ground::Provenance& provenance(ground::ProvenanceId id) const override;

 private:
  void look_at_stored(const ground::PersonId& id, std::string_view sealed,
                      std::vector<Looked>& out);

  ground::Store& store_;
  ground::Vault& vault_;
  const std::shared_ptr<const ground::Snapshot> snapshot_;
  const ground::Vocabulary names_;
  const ground::Instant now_;
  const ground::Provenance nothing_allowed_;
  std::string after_;  // the last person looked at
  size_t unreadable_ = 0;
  mutable bool met_new_name_ = false;  // a provenance from after the copy: the state is newer, too
};

}  // namespace aizuchi::serve
