// Looks at everyone whose state is stored, to count them in audiences that are new: beside the
// serving, on a thread of its own where there is a directory, in slices of the tick where
// everything is in memory. It reads stored states, which are up to a second old; who changes
// meanwhile is looked at by the partition's thread, whose word then goes before what is found here.
//
// Threads: look_on() on one thread at a time. The snapshot and the population are immutable. Cost:
// about 20 us a person, most of it reading the state.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ground/catalog/snapshot.h"
#include "ground/domain/vocabulary.h"
#include "ground/store/vault.h"
#include "remember/ledger/person.h"
#include "understand/audience/members.h"

namespace aizuchi::ground {
struct Population;
}  // namespace aizuchi::ground

namespace aizuchi::serve {

// Everyone whose state is stored, one after the other, for those who look at all people beside the
// serving. Threads: walk_on() on one thread at a time; store and vault may be called from any, the
// names are a copy. Cost: about 15 us a person, reading and opening the state.
class StoredPeople final : public remember::ProvenanceLookup {
 public:
  StoredPeople(ground::Store& store, ground::Vault& vault, ground::Vocabulary names)
      : store_(store), vault_(vault), names_(std::move(names)) {}

  using Each = std::function<void(const ground::PersonId&, const remember::PersonState&)>;
  // Calls each of at most `people` more; false: that was everyone. Who cannot be read is left out.
  ground::Result<bool> walk_on(size_t people, const Each& each);
  // Has the person of this call a provenance from after the copy? Then the state is newer, too, and
  // nothing of it was allowed.
  bool met_new_name() const { return met_new_name_; }
  // How far it is, from 0 to 1: ids are random, so the place in their order tells.
  double progress() const;
  size_t unreadable() const { return unreadable_; }

  const ground::Provenance& provenance(ground::ProvenanceId id) const override;

 private:
  ground::Store& store_;
  ground::Vault& vault_;
  const ground::Vocabulary names_;
  const ground::Provenance nothing_allowed_;
  std::string after_;  // the last person of the walk
  size_t unreadable_ = 0;
  mutable bool met_new_name_ = false;
};

struct Looked {
  ground::PersonId person;
  understand::Look look;
};

// By what people are counted. The population may be null.
struct CountingBy {
  std::shared_ptr<const ground::Snapshot> snapshot;
  std::shared_ptr<const ground::Population> population;
};

// What is known of one person, as audiences see it.
understand::Look look_at(const CountingBy& by, const remember::PersonState& person,
                         const remember::ProvenanceLookup& provenances, ground::Instant now);

class Filling final {
 public:
  // The store must hold what changed before `now`.
  Filling(StoredPeople people, CountingBy by, ground::Instant now)
      : people_(std::move(people)), by_(std::move(by)), now_(now) {}

  // Appends at most `people` more; false: that was everyone. Who cannot be read is left out.
  ground::Result<bool> look_on(size_t people, std::vector<Looked>& out);
  double progress() const { return people_.progress(); }
  size_t unreadable() const { return people_.unreadable(); }

 private:
  StoredPeople people_;
  const CountingBy by_;
  const ground::Instant now_;
};

}  // namespace aizuchi::serve
