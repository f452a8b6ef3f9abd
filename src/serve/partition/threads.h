// Threads (やりとり, P7) as servers tell of them and staff look at them: what becomes of the rows
// of POST /v1/threads, and what is owed now: promises of ours that are overdue, complaints that
// nobody has answered, answers that changed nothing in time. Selling stops for each of these people
// until it is made good (decide/pipeline).
//
// Who is owed something is known from the last look at everyone (twice a day, and when asked) and
// from every event since. Threads: the partition's. Cost: one lookup per person who is owed.
#pragma once

#include <string>

#include "serve/partition/partition.h"

namespace aizuchi::serve {

class Threads {
 public:
  explicit Threads(Partition& partition);

  // [{"userId"|"anonymousId", "kind", "state", "id", "topic", "product", "due", "owner",
  // "complaint", "text", "at", "messageId"}] as events of the log, to be given to ingest with a
  // secret key. `unknown` names topics that are no concern of the live folder; they are kept.
  ground::Result<Partition::SaidTask> begin(const ground::Value& rows) const;

  struct Owed {
    uint64_t promises = 0, complaints = 0, give_backs = 0;
  };
  Owed owed() const;
  // Whom, with what is told of each; of the last look at everyone, and another one begins when
  // that is 10 minutes old.
  std::string owed_json();
  // The same after a look at everyone at once: for the command line. Cost: some 10 us a person.
  ground::Result<std::string> owed_json_now();

 private:
  Partition& partition_;
  Partition::State& state_;
};

}  // namespace aizuchi::serve
