// The ledger: the log of everything that was entrusted, and each person's state made from it. The
// log is the truth; states are written behind it (a second at most) and made again from it after a
// crash. Every value that belongs to a person is sealed with that person's key.
//
//   log      sequence (be64)             -> person, sealed event, link, checksum (log_record.h)
//   history  person 16 · at be64 · seq be64 -> nothing
//   state    person 16                   -> sealed person.h
//   meta     "applied"                   -> the last sequence that all stored states have seen
//
// Promises: a record that was acknowledged is replayed exactly once into the state (P10); nothing
// of a person is stored in the clear; what does not open, does not follow what was before it, or is
// missing is `corrupted`, never skipped. Of an erased person the log keeps numbers and hashes only.
// Threads: owned by the partition thread; the store has its own commit thread. Cost: an append is
// two keys, one seal and two hashes; a state in the cache costs a hash lookup.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ground/store/store.h"
#include "ground/store/vault.h"
#include "remember/ledger/person.h"

namespace aizuchi::remember {

struct Person {
  PersonState state;
  ground::PersonKey key;
  bool dirty = false;
  bool recent = false;            // found here again since the cache's hand came by
  uint64_t flush_generation = 0;  // the flush its last write went out with
  size_t cached_bytes = 0;        // what it is counted as in the cache
  size_t ring_at = 0;             // its place there
};

struct StoredRecord;  // log_record.h

struct LogRecord {
  uint64_t sequence = 0;
  ground::SourceId source;
  ground::Assurance proof = ground::Assurance::a0;
  Instant at, received_at;
  std::string body;  // the event's JSON
};

class Ledger {
 public:
  Ledger(ground::Store& store, ground::Vault& vault, size_t people_cached_bytes);

  // Finds where the log ends and what the states have seen. Call once, first.
  ground::Result<void> load();
  uint64_t last_sequence() const { return last_sequence_; }
  // The link of the last record, so of the whole log.
  const std::array<uint8_t, 32>& last_link() const { return last_link_; }
  // What a salvage had to leave behind: first and last sequence.
  const std::vector<std::pair<uint64_t, uint64_t>>& lost() const { return lost_; }
  uint64_t applied() const { return applied_; }

  // nullptr: nobody of this id. The pointer holds until the next call of make_room().
  ground::Result<Person*> find(const ground::PersonId& id);
  Person& create(const ground::PersonId& id, Instant now, ground::Batch& batch);
  // Its state has changed and will be written by the next flush.
  void touch(Person& person);

  // Adds a record to the batch and returns its sequence; `record.sequence` is ignored. The batch
  // must be committed: the next record follows this one.
  uint64_t append(const Person& person, const LogRecord& record, ground::Batch& batch);

  using Take = std::function<ground::Result<bool>(Person& person, const LogRecord& record)>;
  // The records after what the states have seen, in order; for recovery. A record that is missing
  // or does not follow the one before it is an error.
  ground::Result<void> replay(const Take& take);
  // Every record from the first, each with its place in the chain, opened; for verification. What
  // is left of erased ones goes to `erased`.
  using TakeErased = std::function<void(uint64_t sequence, const std::array<uint8_t, 32>& hash)>;
  ground::Result<void> walk(const Take& take, const TakeErased& erased);
  // A person's records, oldest or newest first; take returns false to stop. Forward, those from
  // `from` on.
  ground::Result<void> history(Person& person, ground::Direction direction, const Take& take,
                               Instant from = {INT64_MIN});
  // Is all of a person's history where it is read from? Cost: a read.
  ground::Result<bool> is_written(const Person& person) const;
  // Is it of at most so many records? Cost: a step each.
  ground::Result<bool> has_short_history(const Person& person, size_t records) const;
  // Everyone's records behind a sequence, oldest first; take returns false to stop.
  ground::Result<void> after(uint64_t sequence, const Take& take);
  // The newest records of everyone, newest first, at most `max`.
  ground::Result<void> newest(size_t max, const Take& take);
  // Whose records come after this one, as often as they have some.
  ground::Result<void> people_since(uint64_t sequence,
                                    const std::function<void(const ground::PersonId&)>& take);
  // Every person there is, in the order of ids, from `after` on; take returns false to stop.
  ground::Result<void> people(std::string_view after,
                              const std::function<bool(const ground::PersonId&)>& take);

  // Takes a person out of log, history, states and keyring in one batch, and out of memory at once:
  // the pointer is dead. `take` sees every record of theirs before. Everything of theirs that is
  // queued must have been written. Returns how many records. Cost: about 12 us a record.
  ground::Result<size_t> erase(Person& person, ground::Batch& batch, const Take& take);

  // Takes one record out of log and history; a tombstone is left. The batch must be committed.
  ground::Result<void> erase_record(const Person& person, const LogRecord& record,
                                    ground::Batch& batch);
  // Puts the state as it is now into a batch of the caller's, so that both are there or neither.
  void write_with(Person& person, ground::Batch& batch);

  // Queues the states that changed, with what they have seen; `also` goes into the same batch.
  void flush(ground::Batch also);
  // The same in rounds: queues a share (1: all) of the states that had changed when the round
  // began, so that nobody waits for thousands of them at once. Cost: about 15 us a person.
  void flush_share(double share);
  size_t dirty_count() const { return dirty_.size() + round_.size() - round_done_; }
  // Lets go of people not used lately while the cache is over its bytes (CLOCK: a hand goes round;
  // whoever was used again since it came by stays, whoever came once goes first). Cost: at most a
  // few thousand people looked at, so a cache far over its size is brought back in several calls.
  void make_room();
  size_t cached() const { return people_.size(); }
  size_t cached_bytes() const { return cached_bytes_; }

  // Sealing of other things that belong to a person (decision records).
  std::string seal(const Person* person, std::string_view aad, std::string_view plain) const;
  ground::Result<std::string> open(const ground::PersonId& id, std::string_view aad,
                                   std::string_view sealed);

 private:
  Person& keep_cached(std::unique_ptr<Person> person);
  void count_bytes(Person& person);
  void let_go(Person& person);
  void write_state(Person& person, ground::Batch& batch);
  void write_applied(uint64_t sequence, ground::Batch& batch);
  void commit_states(ground::Batch batch);
  ground::Result<LogRecord> open_record(uint64_t sequence, const StoredRecord& stored,
                                        Person*& person);
  ground::Result<void> walk_from(uint64_t after, const Take& take, const TakeErased& erased);

  ground::Store& store_;
  ground::Vault& vault_;
  const size_t people_cached_bytes_;
  const ground::PersonKey nobody_;  // for what belongs to no one yet
  std::unordered_map<ground::PersonId, std::unique_ptr<Person>> people_;
  std::vector<Person*> ring_;  // everyone cached, in the order the hand goes round
  size_t hand_ = 0;
  size_t cached_bytes_ = 0;
  // A dirty person is in one of the two, once: in the round of flush_share, or changed since.
  std::vector<Person*> dirty_;
  std::vector<Person*> round_;
  size_t round_done_ = 0;
  uint64_t round_sequence_ = 0;  // the end of the log when the round began
  uint64_t last_sequence_ = 0;
  uint64_t loaded_until_ = 0;  // written before this began
  std::array<uint8_t, 32> last_link_{};
  std::vector<std::pair<uint64_t, uint64_t>> lost_;
  uint64_t applied_ = 0;
  uint64_t generation_ = 0;  // of the last flush queued
  std::shared_ptr<std::atomic<uint64_t>>
      flushed_;  // the last flush written; set by the commit thread
};

// A person's state as it lies in the store, up to a second old: for those who read beside the
// partition. `sealed` is the value in Space::state; nullopt: the person was erased. Any thread.
ground::Result<std::optional<PersonState>> open_state(ground::Store& store, ground::Vault& vault,
                                                      const ground::PersonId& id,
                                                      std::string_view sealed);

// A person's records as they lie in the store, oldest first; take returns false to stop. What was
// erased since is passed over, and so is everything of an erased person. Any thread.
using TakeRecord = std::function<ground::Result<bool>(const LogRecord&)>;
ground::Result<void> read_history(ground::Store& store, ground::Vault& vault,
                                  const ground::PersonId& id, const TakeRecord& take);

}  // namespace aizuchi::remember
