// Live counts of every audience. Someone whose event touches what a rule reads is looked at again,
// once for all their events since the last look, in slices of the tick; so is someone whose answer
// changes by the clock. A new audience is filled beside the serving (filling.h). What is known is
// kept in pages in the store, sealed, a second or two behind: after a crash the people of the log
// since then are looked at again, so that counts are right from the start.
//
// Promises: nothing waits for a count: ingest marks a bit, decisions read nothing here; a slice is
// bounded. While nobody is pending a count is exact for the rules as they are live.
// Threads: the partition's, but for the thread of the filling, which is joined here.
// Cost: an event a hash lookup and a bit, or nothing where no rule reads what it changes; a look 5
// to 15 us a person, at most 5 % of the time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "ground/catalog/snapshot.h"
#include "ground/domain/vocabulary.h"
#include "listen/events/event.h"
#include "remember/ledger/ledger.h"
#include "understand/audience/members.h"

namespace aizuchi::ground {
struct Population;
}  // namespace aizuchi::ground

namespace aizuchi::serve {

class Backfill;
class Filling;
struct Looked;

// By what people are counted. The population may be null.
struct CountingBy {
  std::shared_ptr<const ground::Snapshot> snapshot;
  std::shared_ptr<const ground::Population> population;
  std::shared_ptr<const Backfill> backfill;
};

class Census {
 public:
  struct Needs {
    ground::Store& store;
    ground::Vault& vault;
    remember::Ledger& ledger;
    const ground::Vocabulary& names;
    const remember::ProvenanceLookup& provenances;
    ground::Clock& clock;
    // Before a person is looked at: fills what their aggregates lack from history. False: not now;
    // born() will be said of them again.
    std::function<bool(remember::Person&)> bring_up;
    // In a directory: kept there, and filled on a thread of its own.
    bool durable = true;
  };
  explicit Census(Needs needs);
  ~Census();

  // Once, at the opening, after the ledger's load(): what was kept, and whom the log names since.
  ground::Result<void> load(CountingBy by);
  // After a publish: its audiences; a new one is filled, and so is one that reads scales when the
  // population is another.
  void publish(CountingBy by);

  void happened(const ground::PersonId& person, const listen::Event& event);
  void born(const ground::PersonId& person);  // whatever the event was
  // No bit of theirs is left, here or once the batch is written. True when they had a number.
  bool erase(const ground::PersonId& person, ground::Batch& batch);

  // A slice of what is to be done.
  void tick(int64_t budget_us);
  // Looks at people who are pending, at most so many, now.
  void settle(size_t people_max);
  // Keeps everything there is, at the close.
  void keep_all();

  bool active() const { return active_; }
  bool filling() const;
  double progress() const;  // of the filling, from 0; 1 when there is none
  const understand::Members& members() const { return members_; }
  const ground::Snapshot& snapshot() const { return *by_.snapshot; }
  uint64_t looks() const { return looks_; }
  const std::string& trouble() const { return trouble_; }  // "" when all is well

 private:
  struct Reads;  // what events change that a rule reads
  void start_filling();
  void stop_filling();
  void fill_on(std::stop_token stop);
  void take_filled(int64_t until_us);
  void take(std::vector<Looked>& looked);
  void look(uint32_t number);
  void keep_some(size_t pages_max);
  void keep_page(uint32_t page, ground::Batch& batch);
  ground::Result<void> load_pages(const understand::Members::Head& head);
  ground::Result<void> load_kept();
  void start_over(const std::string& why);
  std::vector<understand::Column> columns() const;

  Needs needs_;
  const ground::PersonKey key_;  // of what is kept: it belongs to many
  CountingBy by_;
  bool active_ = false;
  std::unique_ptr<Reads> reads_;
  understand::Members members_;
  uint64_t looks_ = 0;
  std::string trouble_;

  // The round of keeping: its pages still to be written, and the head that goes last.
  std::vector<uint32_t> round_;
  std::string round_head_;
  ground::Instant round_at_{};
  std::string kept_head_;

  // The filling. Whoever was looked at here since it began is in `fresh_`.
  bool fill_wanted_ = false;
  std::unique_ptr<Filling> fill_;
  understand::Bits fresh_;
  std::unordered_set<ground::PersonId> gone_;  // erased since: the filling may bring them along
  std::mutex filled_mutex_;
  std::condition_variable filled_room_;
  std::vector<std::vector<Looked>> filled_;  // guarded by filled_mutex_
  bool filled_all_ = false;                  // guarded by filled_mutex_
  std::string fill_failed_;                  // guarded by filled_mutex_
  std::atomic<double> fill_progress_ = 0;
  std::jthread fill_thread_;  // last: it uses what is above
};

}  // namespace aizuchi::serve
