// Asked openly (P4): the next question for someone, with what its answer is used for and what they
// get for it, and the answer as an event of the log. Which question is asked next is a function of
// what was answered before (understand/resonance/value_question.h). Nothing is stored by asking:
// what was shown travels with the question, sealed, so that an answer is to what was really asked,
// by whom it was asked of, once.
//
// Threads: the partition's. Cost: a question some 0.1 ms, an answer that of an event.
#pragma once

#include <functional>
#include <string>

#include "serve/partition/partition.h"

namespace aizuchi::serve {

class Dialogue {
 public:
  explicit Dialogue(Partition& partition);

  // Of the folder's questions only this one, or only those that change something at these slots.
  struct Wanted {
    std::string name = {};
    std::vector<std::string> slots = {};
  };
  // {"question": …} or {"question": null, "reason"}; null too as long as something of theirs is
  // wrong. Errors: not_found (no such question), unavailable.
  ground::Result<std::string> question_json(const Asking& person, const Key& key,
                                            const Wanted& wanted, ground::LocaleId locale);
  struct Reply {
    std::string ask;                 // of the question
    std::string best, worst, value;  // as its kind wants
    bool pass = false;               // not now
  };
  using Done = std::function<void(const ground::Result<std::string>&)>;
  // An answer, once; `done` is called on the partition's thread when it is durable, with what it
  // changes and the next question. Errors: invalid (not an answer to this question, or not theirs),
  // forbidden (no consent), not_found (asked no more).
  void answer(const Asking& person, const Reply& reply, const Key& key, ground::LocaleId locale,
              Done done);
  ground::Result<std::string> answer_and_wait(const Asking& person, const Reply& reply,
                                              const Key& key,
                                              ground::LocaleId locale = ground::LocaleId{0});

  // How it stands with what answers were promised to change, by question: seen in time, late, open,
  // overdue; of the last look at everyone, and another one begins when that is 10 minutes old.
  std::string give_backs_json();

 private:
  struct Answering;
  ground::Result<Answering> answering(const Asking& asking, const Reply& reply, const Key& key);
  // False: it was given before.
  ground::Result<bool> keep(Answering& answer, const std::string& seen, ground::Batch& batch);

  Partition& partition_;
  Partition::State& state_;
};

}  // namespace aizuchi::serve
