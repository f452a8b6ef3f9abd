// Fills an Admission from a person's state: one guard ruling per fact and per provenance. Internal
// to respect/admission.
#pragma once

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "remember/ledger/person.h"
#include "respect/admission/admission.h"
#include "respect/guard/guard.h"

namespace aizuchi::respect {

// Behaviour counts as long as the brand keeps its event, whatever a rule asks for.
ground::Duration keep_of(const ground::Snapshot& snapshot, ground::EventId event);
// The window of a read of this aggregate, as far as anything is kept.
ground::Duration window_of(const ground::Snapshot& snapshot, const ground::Read& read);

class Gatherer {
 public:
  Gatherer(Admission& admission, const Handle& handle, const Situation& situation);
  void gather(const Admission* lender);

 private:
  // What a sum over several provenances was allowed: the level is the lowest of what was counted.
  struct Sum {
    ground::Level level = ground::Level::say;
    Refusal lowered_by = Refusal::none;
    Relation relation = Relation::same;
    SourceLine source;
    bool sensitive = false;
    bool teaches = true;
    bool any = false;      // something was counted
    bool refused = false;  // something was not
    Refusal first_refusal = Refusal::none;
    ground::Level refused_level = ground::Level::deny;

    // Returns whether it may be counted.
    bool take(const Ruling& ruling, const ground::Provenance& p, ground::Instant at) {
      if (ruling.level < ground::Level::rank) {
        if (!refused) first_refusal = ruling.why, refused_level = ruling.level;
        refused = true;
        return false;
      }
      if (ruling.level < level) lowered_by = ruling.why;
      level = std::min(level, ruling.level);
      relation = std::max(relation, ruling.relation);
      teaches = teaches && ruling.teaches;
      if (!any || at > source.at)
        source = {.method = p.method,
                  .subject = p.subject,
                  .collected_in = p.collected_in,
                  .source = p.source,
                  .at = at};
      any = true;
      return true;
    }
  };

  void gather_one(const ground::Read& read, Admitted& out);
  // Does the person not want this used here?
  bool objected(const ground::Read& read) const;
  bool objected_to_teaching(const ground::Read& read) const;
  void fact(const ground::Read& read, Admitted& out);
  void aggregate(const ground::Read& read, Admitted& out);
  void visits(const ground::Read& read, Admitted& out);
  void cart(const ground::Read& read, Admitted& out);
  void derived(const ground::Read& read, Admitted& out);
  void phase(const ground::Read& read, Admitted& out);
  void scale(const ground::Read& read, Admitted& out);
  void viewed(const ground::Read& read, Admitted& out);
  void threads(const ground::Read& read, Admitted& out);  // gatherer_threads.cpp
  // Was it looked at for somebody else, or only for that time, which is over?
  bool set_apart(const remember::Seen& seen) const;
  void context(const ground::Read& read, Admitted& out);

  const ground::Provenance& provenance(ground::ProvenanceId id) const;
  Place place_for(const ground::Purpose& purpose) const;
  Ruling on_thread(const remember::Thread& thread) const;
  // Does the fact tell what a thread was about that is resolved, with none of it going on?
  bool settled(const remember::Fact& fact) const;
  // The ruling on behaviour of one provenance at this slot; asked once, then remembered.
  const Ruling& behaviour(ground::ProvenanceId id, bool sensitive);
  void admit(Admitted& out, ground::Value value, const Sum& sum);
  void withhold(const ground::Read& read, ground::Level level, Refusal why);
  // Level and source of a value computed from other reads; false when none of them is there.
  bool inherit(const ground::Read& read, Admitted& out) const;
  // What a derived fact's own rule says of a value that its inputs allow: purposes, proof,
  // sensitivity, norms. Refusal::none when nothing lowers it.
  Ruling own_rule(const ground::Read& read, const Admitted& out) const;

  Admission& admission_;
  const ground::Snapshot& snapshot_;
  const remember::PersonState* person_;
  const remember::ProvenanceLookup& provenances_;
  const Situation& situation_;
  Place place_;
  Place resonance_;  // for value facts, when the slot's resonance has a purpose of its own
  std::vector<std::pair<ground::ProvenanceId, Ruling>> behaviour_[2];  // plain, sensitive
};

}  // namespace aizuchi::respect
