// Asks everyone whose state is stored, and makes something of what they said: beside the serving,
// on a thread of its own where there is a directory, in slices of the tick where everything is in
// memory (the making is then one slice). Whatever is learned from all people is asked for here.
//
// Threads: made, advanced and read on the partition's; its own thread, on which `each` and `then`
// run, is joined by the destructor: it is the last member of who owns what they write, and what
// they wrote is read once advance() has said true. Cost: about 20 us a person, most of it reading
// the state, and what `then` does.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ground/catalog/snapshot.h"
#include "ground/domain/vocabulary.h"
#include "ground/store/vault.h"
#include "remember/ledger/person.h"

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

// What is being learned when somebody in it is erased is thrown away, so that what is made later
// does not have them. But where people are erased without end, a learning that takes longer than
// the time between two of them would never be served, and what is served would keep everyone's
// share for good: so after ten minutes of it one goes through, and whoever was erased meanwhile
// leaves with the next, which begins this long after it. With what it takes itself that is within
// the hour.
constexpr ground::Duration learned_without_after = ground::Duration::minutes(45);
constexpr ground::Duration thrown_away_most = ground::Duration::minutes(10);
// Is it thrown away? `since`: when it first was, never() once something is kept.
inline bool throw_away(ground::Instant& since, ground::Instant now) {
  since = std::min(since, now);
  return now < since + thrown_away_most;
}

class AskingEveryone {
 public:
  enum class Runs : uint8_t { beside, in_slices };
  // Notes nothing of whom met_new_name() is said after they were looked at.
  using Each = std::function<void(const remember::PersonState&, const StoredPeople&)>;
  using Progress = std::function<void(double)>;  // called with 0…1
  struct Work {
    Each each;
    std::function<void(const Progress&)> then;
    double asking_share = 1;  // of the progress; the rest is `then`
  };
  AskingEveryone(StoredPeople people, Runs runs, Work work);
  AskingEveryone(const AskingEveryone&) = delete;

  static Runs runs_with(const std::string& data_directory) {
    return data_directory.empty() ? Runs::in_slices : Runs::beside;
  }
  // Goes on for about so long where it runs in slices; true: it is done.
  bool advance(ground::Clock& clock, int64_t budget_us);
  double progress() const { return progress_.load(std::memory_order_relaxed); }
  // Once it is done. Errors: of the store; `then` was not called.
  ground::Result<void> outcome() const;

 private:
  bool ask_some();  // false: that was everyone
  void make();

  StoredPeople people_;
  const Runs runs_;
  const Work work_;
  std::optional<ground::Error> failed_;
  std::atomic<double> progress_ = 0;
  std::atomic<bool> done_ = false;  // what is above belongs to the partition's thread from then on
  std::jthread thread_;             // last: it uses what is above
};

}  // namespace aizuchi::serve
