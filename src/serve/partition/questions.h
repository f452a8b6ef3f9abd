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

namespace aizuchi::remember {
struct Person;
}

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

  // "Tell us" (telling.cpp): for a while, effective on the next decision, taken back by them.
  struct Told {
    std::string what;                           // only_this_time, gift, break
    std::string product = {};                   // of a gift: only this one; "": the visit
    std::optional<ground::Instant> until = {};  // of a break
    bool holds = true;                          // false: taken back
    std::string told = {};                      // taken back: only what was told at this moment
  };
  // `done` is told what was told so, this included. Errors: invalid, forbidden, busy. Cost: that of
  // counting again what they like, some 15 us an event of their history.
  void tell(const Asking& person, const Told& told, const Key& key, ground::LocaleId locale,
            Done done);
  // In their own words: heard as any event's text is, and kept as one ("Told Us"). `done` is told
  // what was understood, or that a person reads it. Nothing is done by what it seems to mean.
  void hear(const Asking& person, const std::string& text, const Key& key, ground::LocaleId locale,
            Done done);
  // For tests and the library: waits.
  ground::Result<std::string> told_and_wait(const std::function<void(Done)>& tell);

  // How it stands with what answers were promised to change, by question: seen in time, late, open,
  // overdue; of the last look at everyone, and another one begins when that is 10 minutes old.
  std::string give_backs_json();

  // What is usual of values (usual_values.cpp): how dear each axis is and how they go together, of
  // twenty people or more; learned now instead of at night, beside the serving. Errors: not_found
  // (nobody is asked), unavailable.
  std::string usual_json() const;
  bool learns_usual() const;
  ground::Result<void> learn_usual();

 private:
  struct Answering;
  ground::Result<Answering> answering(const Asking& asking, const Reply& reply, const Key& key);
  // False: it was given before.
  ground::Result<bool> keep(Answering& answer, const std::string& seen, ground::Batch& batch);
  ground::Result<remember::Person*> keep_told(const Asking& asking, const Told& told,
                                              const Key& key, ground::Batch& batch);
  std::string understood_json(const ground::Value& heard, const std::string& text, bool kept,
                              ground::LocaleId locale) const;

  Partition& partition_;
  Partition::State& state_;
};

}  // namespace aizuchi::serve
