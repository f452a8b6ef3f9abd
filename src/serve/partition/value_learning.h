// Asks everyone what they chose when values were asked about, and learns from it what is usual
// (understand/resonance/usual.h): every night at the brand's hour, at once where nothing is yet,
// and within the hour after somebody was erased or took answers back; a night apart, so that what
// someone is shown does not turn with every answer of others. The newest is kept, sealed, and
// swapped in whole; decisions keep what it made of their person in their records, so that an older
// one is never asked again.
//
// Promises (P1): only of who agreed to `improve`, and only answers that were told for it; what
// comes out is of twenty people or more, and holds nothing of one. Threads and cost: those of
// asking_everyone.h; of more than `people_max` the first by their ids, which are chance, and some
// 60 us each of them a round.
#pragma once

#include "serve/partition/asking_everyone.h"

namespace aizuchi::understand {
class Leanings;
struct Usual;
struct ValueAnswer;
}  // namespace aizuchi::understand

namespace aizuchi::serve {

class ValueLearning {
 public:
  ValueLearning(StoredPeople people, std::shared_ptr<const ground::Snapshot> snapshot,
                ground::Instant now, AskingEveryone::Runs runs);
  ~ValueLearning();

  AskingEveryone& asking() { return asking_; }
  // Once, when it is done. Errors: of the store.
  ground::Result<understand::Usual> take();

 private:
  void ask(const remember::PersonState& person, const StoredPeople& people);

  const std::shared_ptr<const ground::Snapshot> snapshot_;
  const ground::Instant now_;
  const AskingEveryone::Runs runs_;
  std::vector<std::vector<understand::ValueAnswer>> people_;
  std::unique_ptr<understand::Usual> learned_;
  AskingEveryone asking_;  // last: it writes what is above
};

// The newest of what is usual, kept and served: when it is learned again, what it says.
class UsualValues {
 public:
  struct Parts {
    ground::Store& store;
    ground::Vault& vault;
    ground::Clock& clock;
    std::shared_ptr<understand::Leanings> leanings;  // served by them
    AskingEveryone::Runs runs;
    // Writes it; `then` is told on the partition's thread whether it is durable.
    std::function<void(ground::Batch batch, std::function<void(bool kept)> then)> commit;
  };
  explicit UsualValues(Parts parts);
  ~UsualValues();

  // What was kept. Errors: of the store; unsupported (a newer format).
  ground::Result<void> load();
  // By this folder, and without whoever was erased or took answers back until then.
  void schedule(std::shared_ptr<const ground::Snapshot> snapshot, ground::Instant forgotten_last);
  void advance(const ground::Vocabulary& names, int64_t budget_us);
  void learn_now();
  bool asked() const;   // does the folder ask for values, and may they be learned from?
  bool learns() const;  // it is being learned, or due
  bool runs() const { return running_ != nullptr || keeping_; }
  std::string json() const;

 private:
  void keep(understand::Usual next);
  void schedule_next();

  Parts parts_;
  const ground::PersonKey key_;  // of what is kept: it belongs to many
  std::shared_ptr<const ground::Snapshot> snapshot_;
  ground::Instant forgotten_last_{INT64_MIN};
  ground::Instant due_ = ground::Instant::never();
  std::unique_ptr<ValueLearning> running_;
  ground::Instant thrown_ = ground::Instant::never();  // … since when, as people are erased
  ground::Instant began_;
  bool stale_ = false;    // … by an old folder, or with somebody who was erased
  bool keeping_ = false;  // what came of it is on its way to the disk
};

}  // namespace aizuchi::serve
