// Surface layer 出し分け: what comes next in a visit. An index of visits that is asked "who else
// saw what is being looked at, and what did they see?" (VMIS-kNN: Kersbergen, Sprangers, Schelter,
// "Serenade", SIGMOD 2022), in which a neighbour speaks most for what it saw beside the shared item
// (STAN: Garg et al., SIGIR 2019). docs/learning.md has the formula and what it reaches.
//
// Promises: an item that was seen is in the very next answer; what was forgotten is in none from
// then on; memory is bounded by `visits_max`, the oldest visit goes first. Only the item on screen
// is left out of an answer. Items and visits are numbers here: whose they are, and whether they may
// be counted, is decided by who calls.
// Threads: one. Cost: seen() and forget() O(items of the visit), at most visit_items_max; next() at
// most last_items · recent visits and `neighbours` visits of visit_items_max items, whatever the
// size of the index.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "understand/recommend/tally.h"

namespace aizuchi::understand {

struct SessionSettings {
  size_t visits_max = 1 << 20;
  size_t recent = 500;      // m: of the visits with an item, so many of the newest are looked at
  size_t neighbours = 100;  // k: the most similar of them speak
  size_t last_items = 4;    // of the visit that asks
};

class SessionIndex {
 public:
  using Item = uint32_t;
  using Visit = uint64_t;  // a number of begin(), never given twice
  static constexpr size_t visit_items_max = 64;
  static constexpr size_t last_items_max = 8;

  explicit SessionIndex(SessionSettings settings = {});

  Visit begin();
  // `at`: of any unit, as long as it is one. A visit that has left the index is ignored.
  void seen(Visit visit, Item item, int64_t at);
  void forget(Visit visit);

  struct Next {
    Item item = 0;
    double score = 0;
    Item because = 0;  // what of `seen` spoke most for it
  };
  // `seen`: the items of a visit, the newest last, which is on screen. The best first, at most
  // `wanted`; the visits in `without`, ascending, say
  // nothing.
  void next(std::span<const Item> seen, size_t wanted, std::vector<Next>& out,
            std::span<const Visit> without = {}) const;

  size_t visits() const { return live_; }
  size_t items() const { return items_.size(); }
  size_t visits_with(Item item) const { return item < items_.size() ? items_[item].visits : 0; }
  size_t bytes() const;

 private:
  struct Row {
    int64_t at = 0;  // when something was last seen
    std::vector<Item> items;
  };
  struct Posting {
    uint32_t visits = 0;        // live visits with the item
    std::vector<Visit> newest;  // may name visits that are gone
  };
  struct Near {
    Visit visit = 0;
    double similarity = 0;
    int64_t at = 0;
  };
  struct Spoken {
    double score = 0;
    std::array<double, last_items_max> by_place{};
  };

  const Row* row_of(Visit visit) const;
  void drop(Visit visit);
  void trim(Posting& posting);
  void find_near(std::span<const Item> last, std::span<const Visit> without) const;
  void let_speak(std::span<const Item> last) const;

  const SessionSettings settings_;
  std::vector<Row> rows_;  // by visit % visits_max
  std::vector<Posting> items_;
  Visit next_visit_ = 0;
  size_t live_ = 0;
  // Of one question, kept for the next so that nothing is allocated.
  mutable Tally<Near> met_;
  mutable Tally<Spoken> spoken_;
  mutable std::vector<Near> near_;
};

}  // namespace aizuchi::understand
