// What was shown to everyone who allowed it, and what came of it: rows for the learned choice
// (decide/explore/learning.h), and the model made of them. A row is something a person saw in the
// last 30 days, whose time for a click or a conversion is over, so that a late outcome is not
// counted as none; outcomes are joined by the decision's id when they come (listen/events/apply).
//
// Promises (P1): only of who agreed to `improve` when it was decided (the decision's record says)
// and agrees now; who was erased is in no row. What comes out holds nothing of a person. Threads:
// those of asking_everyone.h; store and vault may be called from any. Cost: 20 us a person, 15 us a
// decision read back, 2 us a row; at most 80 MB of rows on the way.
#pragma once

#include <unordered_map>

#include "decide/explore/learning.h"
#include "serve/partition/asking_everyone.h"

namespace aizuchi::serve {

class Lessons {
 public:
  struct Sources {
    ground::Store& store;
    ground::Vault& vault;
    ground::Vocabulary names;
    std::string (*record_aad)(ground::DecisionId);  // what a decision's record is sealed with
  };
  Lessons(const Sources& sources, std::shared_ptr<const ground::Snapshot> snapshot,
          ground::Instant now, AskingEveryone::Runs runs);

  AskingEveryone& asking() { return asking_; }
  // Once, when it is done. Errors: of the store.
  ground::Result<decide::LearnedChoice> take();

 private:
  // Something that was seen, before its record is read.
  struct Seen {
    ground::PersonId person;
    uint32_t number = 0;
    const ground::Slot* slot = nullptr;
    remember::Said said;
  };
  void ask(const remember::PersonState& person, const StoredPeople& people);
  void learn(const AskingEveryone::Progress& progress);
  void read_decision(std::span<const Seen> seen);

  ground::Store& store_;
  ground::Vault& vault_;
  std::string (*const record_aad_)(ground::DecisionId);
  const std::shared_ptr<const ground::Snapshot> snapshot_;
  const ground::Instant now_;
  std::unordered_map<ground::ItemKey, const ground::Slot*> slots_;  // that learn
  uint32_t people_ = 0;
  std::vector<Seen> seen_;
  std::vector<decide::Shown> rows_;
  std::optional<decide::LearnedChoice> learned_;
  AskingEveryone asking_;  // last: it writes what is above
};

}  // namespace aizuchi::serve
