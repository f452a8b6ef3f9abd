// What a person wishes of the whole relation – a break between two dates, and how much is sent to
// them at most – and what the preference centre shows beyond GET /v1/me to who is signed in: what
// is known and withheld with the reason, what they answered and what it gave back.
//
// Promises: a wish is an event of theirs and acts on the next decision; what it lets through is
// never more than the brand would; whoever is not proven sees nothing of what is withheld.
// Threads: the partition's. Cost: a wish that of an event; the view one admission a slot, some 0.3
// ms.
#pragma once

#include <string>

#include "serve/partition/partition.h"
#include "serve/partition/wishes.h"

namespace aizuchi::serve {

class Centre {
 public:
  explicit Centre(Partition& partition) : partition_(partition), state_(*partition.state_) {}

  // Errors: invalid (not moments, the wrong way round, longer than a year, over already).
  void set_pause(const Asking& person, const PauseChange& change, const Key& key,
                 Partition::IngestDone done);
  // Errors: invalid (no such channel, or nothing is sent in it; not so often).
  void set_frequency(const Asking& person, const FrequencyChange& change, const Key& key,
                     Partition::IngestDone done);
  // Does a user of this name lead to anybody? For whoever only read a mail.
  bool knows(const Asking& person);
  // {"pause": {"from", "until", "now"} | null, "frequency": [{"channel", "times", "per"}]}
  ground::Result<std::string> wishes_json(const Asking& person, const Key& key);
  // {"withheld": [{"what", "why", "chooses", "slots"}], "answers": [{"asks", "at", "gives", "slot",
  // "seenAt" | "until"}], "values": {"fact", "order", "axes"} | null}
  ground::Result<std::string> json(const Asking& person, const Key& key, ground::LocaleId locale);

 private:
  void wish(const Asking& person, std::string_view event, ground::ValueMap details, const Key& key,
            Partition::IngestDone done);

  Partition& partition_;
  Partition::State& state_;
};

}  // namespace aizuchi::serve
