// "This feels odd", in one tap at the spot: what was used there of a person is not used there for
// them any more, from the next decision on (decide/pipeline/odd.cpp). When enough people say so of
// one use – brand.yaml, `odd` – it stops for everybody by itself, and the brand is told: in the
// list here, in the audit log, in a metric. The brand may take that back.
//
// Whose word counts for others: people to whom a decision of ours really showed it (its record says
// so, and an exposure), who are signed in or came back for a second visit, and who said it
// themselves – not a server for them. A device costs nothing to make, a second visit of some
// hundred does not come by chance, and no key and no person has more than one word on one use. A
// mark is part of its person: it is kept with what they object to, and is gone when they are
// forgotten.
//
// Threads: the partition's. Cost: a mark some 0.3 ms, for its decision is made again; the counting
// is part of the rounds that look at everyone (expiring.cpp), and opens the records only of people
// who met something that felt odd to somebody.
#pragma once

#include <functional>
#include <string>

#include "serve/partition/partition.h"

namespace aizuchi::serve {

class Odd {
 public:
  explicit Odd(Partition& partition);

  struct Mark {
    ground::DecisionId decision;
    std::string slot;
    std::string fact;  // one thing, as a sentence of "why" names it; "": all that was used there
  };
  using Done = std::function<void(const ground::Result<std::string>&)>;
  // {"accepted", "uses"}; durable when `done` is called, on the partition's thread. Errors:
  // not_found (unknown, someone else's, erased: all alike; no such slot in it), invalid (nothing of
  // them was used there), conflict (no room for more), forbidden.
  void mark(const Asking& viewer, const Mark& mark, const Key& key, Done done);
  ground::Result<std::string> mark_and_wait(const Asking& viewer, const Mark& mark, const Key& key);

  // Every use that somebody marked: how many did, of how many who met it, and whether it is
  // stopped. Counts below 20 people are withheld. A look older than 10 minutes begins another.
  std::string list_json();
  // True once everyone was looked at since then; until then it is gone on with at every tick.
  bool looked(ground::Instant since);
  // Uses it again for everybody; who marked it before is not counted again. Errors: not_found.
  ground::Result<std::string> resume(const std::string& of, const std::string& fact,
                                     std::string_view by);
  uint64_t stopped() const;  // uses that are, now

 private:
  struct Marking;
  ground::Result<Marking> marking(const Asking& viewer, const Mark& mark, const Key& key);
  void note_fresh(const std::string& fact, const std::string& of);

  Partition& partition_;
  Partition::State& state_;
};

}  // namespace aizuchi::serve
