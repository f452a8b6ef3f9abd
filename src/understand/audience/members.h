// Who is meant, at size (segments): which of all people are members of which audience, as bits.
// Every person has a number, numbers are dense, and an audience is a column of bits over them; a
// count is a pass over words, and "these and not those" the same pass over several columns.
//
// The bits are put here by whoever may look at a person (serve/partition, through the guard): this
// module sees numbers, never a fact. It also knows what is still to be looked at: people whose
// events came in (pending), and people for whom an answer changes by the clock alone (next change:
// an event leaves a window). For counts and exports only; a decision evaluates the rule itself.
//
// Promises: a person is counted in an audience only where put() said so since it began to be
// filled; an audience that is not filled yet has no count. Restored from its pages, it is what it
// was when each page was written.
// Threads: one, the partition's. Cost: put a few words and one entry of the queue; a count 64 words
// an audience and 4,096 people (1 M people: about 20 us a column); memory 44 bytes a person and a
// bit a person and audience.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.h"
#include "ground/base/time.h"
#include "ground/domain/domain.h"
#include "understand/audience/bits.h"
#include "understand/audience/next_changes.h"
#include "understand/audience/numbers.h"

namespace aizuchi::understand {

// An audience as it is counted. Two of one fingerprint mean the same people.
struct Column {
  std::string name;
  uint64_t fingerprint = 0;
  bool filled = false;  // everyone was looked at since it came
};

// What put() says of one person. `in` is by column; a person who may not be counted at all is in no
// audience and in no complement of one.
struct Look {
  bool counted = false;
  std::vector<bool> in;
  ground::Instant next_change = ground::Instant::never();
};

class Members {
 public:
  static constexpr size_t page_people = 4096;

  // -- audiences: a column that was here before keeps its bits; a new one is not filled.
  // `filled` of those given is believed where nothing was here: they come from a head.
  void adopt(std::vector<Column> columns);
  const std::vector<Column>& columns() const { return columns_; }
  void fill_done();  // everyone was looked at: all columns are filled

  // -- people
  uint32_t number_of(const ground::PersonId& id);  // given out when new
  std::optional<uint32_t> find(const ground::PersonId& id) const { return numbers_.find(id); }
  const ground::PersonId& person(uint32_t number) const { return numbers_.id(number); }
  size_t places() const { return numbers_.places(); }  // numbers are below it
  size_t people() const { return numbers_.people(); }

  // What is true of a person from now on; nothing is pending for them any more.
  void put(uint32_t number, const Look& look);
  // The person is gone: no bit of theirs is left, the number is free.
  void forget(uint32_t number);
  bool in(size_t column, uint32_t number) const { return columns_bits_[column].test(number); }

  // -- what is still to be looked at
  void mark(uint32_t number);              // something of theirs changed
  void mark_due(ground::Instant t);        // those whose next change has come
  std::optional<uint32_t> next_pending();  // the oldest; stays pending until put() or forget()
  size_t pending() const { return pending_count_; }
  bool is_pending(uint32_t number) const { return pending_.test(number); }

  // -- counts: words of columns and of everyone who is counted (compound.h)
  const Bits& column_bits(size_t column) const { return columns_bits_[column]; }
  const Bits& counted() const { return counted_; }

  // -- stored form (docs/formats.md): pages, and a head that says which columns they have
  std::vector<uint32_t> take_changed_pages();
  std::string encode_page(uint32_t page) const;
  // The columns at the time of the call, with the log sequence that everyone up to has been either
  // put or marked: to be written after the pages that take_changed_pages() named at that time.
  std::string encode_head(uint64_t sequence) const;
  struct Head {
    uint64_t sequence = 0;
    std::vector<Column> columns;
  };
  static ground::Result<Head> decode_head(std::string_view bytes);
  // Into a new Members that has adopted its columns: each page there is, then restored(). What a
  // page says of other columns is read over.
  ground::Result<void> decode_page(uint32_t page, std::string_view bytes);
  void restored();

 private:
  void changed(uint32_t number) { changed_pages_.set(number / page_people); }

  std::vector<Column> columns_;
  std::vector<Bits> columns_bits_;  // by column
  Bits counted_;
  Bits pending_;
  std::deque<uint32_t> pending_queue_;  // oldest first; one that is not in pending_ is done already
  size_t pending_count_ = 0;
  Numbers numbers_;
  NextChanges next_;
  Bits changed_pages_;
};

}  // namespace aizuchi::understand
