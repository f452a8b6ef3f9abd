// Measured by being understood (P12): now and then, after somebody really saw something, one or two
// short sentences of ours to agree with or not, from 1 to 7 – F1 (what I need) and one other in
// turn: F2 (what matters to me), F3 (my situation), C1 (unease about what was known), C2 (I can see
// why). It does not know, and does not ask, what was tried on whom.
//
// Its own suppression: once in 90 days a person, shown or skipped alike; in 2 % of visits at most,
// by the engine's dice, so that a reload changes nothing; never while a complaint of theirs is
// open, nor within a day of a question of the dialogue; only with the consent that brand.yaml
// names. Nothing of it rewards a choice.
//
// What is asked travels with it, sealed; an answer is an event of its person's log, for that
// purpose only, and is gone when they are. Results are counted anew from everyone's states, in the
// rounds that look at everyone; of fewer than 20 people nothing is told, nor can it be found as a
// difference.
//
// Threads: the partition's. Cost: a question some 10 us, an answer that of an event.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "serve/partition/partition.h"

namespace aizuchi::serve {

class Felt {
 public:
  explicit Felt(Partition& partition);

  // {"felt": …} or {"felt": null, "reason"}: off, no_consent, not_shown, complaint, rested,
  // question, not_now. Once it is given, they were asked. Errors: unavailable.
  ground::Result<std::string> ask_json(const Asking& person, const Key& key,
                                       ground::DecisionId decision, const std::string& slot,
                                       ground::LocaleId locale);
  struct Reply {
    std::string ask;  // of what was asked
    bool skip = false;
    std::vector<std::pair<std::string, int64_t>> answers;  // by the item's id
  };
  using Done = std::function<void(const ground::Result<std::string>&)>;
  // An answer, or a skip, once; `done` is called on the partition's thread when it is durable.
  // Errors: invalid (not an answer to what was asked, or not theirs), forbidden (no consent).
  void answer(const Asking& person, const Reply& reply, const Key& key, Done done);
  ground::Result<std::string> answer_and_wait(const Asking& person, const Reply& reply,
                                              const Key& key);

  // By layer and slot, and of all: of the answers of the last 90 days. A look at everyone that is
  // older than 10 minutes begins another.
  std::string results_json();
  // True once everyone was looked at since then; until then it is gone on with at every tick.
  bool looked(ground::Instant since);
  // Of all that may be told; nullopt: of fewer than 20 people.
  struct Now {
    std::optional<double> understood;  // FU, 1 to 7
    std::optional<double> uneasy;      // the share of C1 >= 5
    uint64_t alerts = 0;               // of layers and slots, and of all, where that is over 5 %
  };
  Now now() const;

 private:
  struct Asked;
  struct Answering;
  ground::Result<Answering> answering(const Asking& person, const Reply& reply, const Key& key);
  std::string asked_json(const Asked& asked, ground::LocaleId locale);

  Partition& partition_;
  Partition::State& state_;
};

}  // namespace aizuchi::serve
