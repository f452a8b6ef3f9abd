// A question and the draft of its answer, as they pass through the nine stages.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "decide/explore/choice.h"
#include "decide/temper/temper.h"
#include "ground/base/hash.h"
#include "ground/catalog/overrides.h"
#include "ground/catalog/snapshot.h"
#include "respect/admission/admission.h"
#include "speak/render/render.h"
#include "speak/render/sentences.h"
#include "understand/recommend/suggested.h"

namespace aizuchi::understand {
struct Recommenders;  // understand/recommend/recommenders.h
struct Leaning;       // understand/resonance/leaning.h
class Leanings;
}  // namespace aizuchi::understand

namespace aizuchi::decide {

struct LearnedChoice;  // decide/explore/learning.h

enum class Stage : uint8_t {
  recall,
  admit,
  qualify,
  temper,
  score,
  choose,
  speak,
  explain,
  record
};
constexpr size_t stage_count = 9;
std::string_view to_string(Stage stage);

struct Question {
  const ground::Snapshot& snapshot;
  std::vector<const ground::Slot*> slots;  // answered in this order, each seeing earlier picks
  respect::Situation situation;
  ground::LocaleId locale{0};
  ground::Mode mode = ground::Mode::live;
  ground::Key128 choice_key{};  // keys the dice: an outsider cannot predict a choice
  const ground::Overrides* overrides = nullptr;  // null: nothing is stopped, no feed has spoken
  const understand::Recommenders* recommenders = nullptr;  // null: a replay
  const LearnedChoice* learned = nullptr;        // null: nothing is learned yet, or it is gone
  understand::Leanings* leanings = nullptr;      // null: a replay
  std::vector<ground::ItemKey> gives_back = {};  // slots where an answer was promised to be seen
  std::vector<ground::ItemKey> odd = {};  // uses (ground::use_key) that feel odd to this person
  std::string person;                     // 16 bytes, part of the seed; empty when nobody is known
  // Finds the person; called once, in stage one.
  std::function<respect::Handle()> recall;
  // Microseconds, for stage times only.
  std::function<int64_t()> stopwatch_us;
};

// What a score is made of, on the logit scale; their sum is the mean. (P6: each layer told apart)
struct Terms {
  double prior = 0;
  double surface = 0;
  double memory = 0;
  double resonance = 0;
  double editorial = 0;  // the brand's own order
  double learned = 0;    // what the slot's model says beyond the others
  double given = 0;      // a give-back that was promised stands first, once
  double mean() const { return prior + surface + memory + resonance + editorial + learned + given; }
};

struct Candidate {
  ground::ItemId item;        // or
  ground::ProductId product;  // one of them
  ground::ItemKey key = 0;
  Drop drop = Drop::none;
  ground::ReadId drop_read = 0;  // of rule_absent and wording_not_sayable
  int8_t wording = -1;           // the conditional wording that holds; -1: the base
  bool mentions = false;         // its words speak a personal fact
  Terms terms;
  double spread = 0;
  double shift = 0;  // ln(value·boost) − 0.3·risk
  double value = 1;  // value·boost
  double risk = 0;
  std::vector<ground::ReadId> touched;  // what it read
  bool personal = false;                // something of it is about the person
  bool teaches = false;                 // and all of that may be learned from
  ground::ProductId viewed;             // the product whose view led to it, if one did
  understand::Path path{};              // … how
};

// What the learned choice met and what it said: for the record, so that a replay needs no model,
// and for the learner, who sees rows of those who allowed it only.
struct Lesson {
  uint64_t model = 0;                // the version that spoke; 0: the documented prior did
  bool teaches = false;              // the person allowed `improve` when this was decided
  Features moment;                   // of person and question, as far as it may be learned from;
                                     // empty where nothing is learned
  std::vector<ground::ReadId> read;  // what of the person is in `moment`
  // Of a replay: what it said to each candidate, and the spread.
  std::vector<std::pair<ground::ItemKey, Score>> said;
};

enum class Reason : uint8_t {
  chosen,
  nothing_fits,  // the brand's default stands (P9)
  given_order,   // nothing personal speaks for another order
  silence,       // a push channel has nothing to say, and says nothing
  no_consent,    // the slot's purpose has no live grant: the brand's default, or silence
  failed,        // a bug: the default stands
  stopped,       // its channel is: the brand's default on a page, nothing where it is pushed
  shed,          // the question waited too long: like stopped, nobody was recalled, no record
  paused,        // the person takes a break: what everybody gets, nothing where it is pushed
  often_enough,  // as much was sent in this channel as the person wants at most: nothing is
};
std::string_view to_string(Reason reason);

struct Pick {
  size_t candidate = SIZE_MAX;  // SIZE_MAX: not from the candidates but a fallback
  ground::ItemId item;
  ground::ProductId product;
  std::string variant;
  bool uniform = false;
  ground::Layer layer = ground::Layer::none;
  speak::Content content;
  std::vector<speak::Sentence> why;
};

constexpr size_t explored_positions = 3;  // of a list; the rest is greedy

struct SlotDraft {
  const ground::Slot* slot = nullptr;
  std::unique_ptr<respect::Admission> admission;
  std::vector<Candidate> candidates;
  uint64_t seed = 0;
  std::vector<Pick> picks;
  ground::Layer layer = ground::Layer::none;
  Reason reason = Reason::nothing_fits;
  // What it met of the question's overrides, once each: for the record.
  std::vector<ground::ItemKey> stopped;  // items, products, and uses that felt odd
  std::vector<std::pair<ground::ItemKey, ground::ProductNews>> news;
  // What may not be used for which item, of what is at hand here: that felt odd.
  std::vector<std::pair<ground::ItemKey, ground::ReadId>> odd;
  std::vector<understand::Suggested> suggested;  // by models: for the record
  Lesson lesson;
  size_t keeps = first_stage_keeps;
  bool explored = false;  // the first place was drawn, not the best taken
  std::shared_ptr<const understand::Leaning> leaning;  // of what they chose, admitted here
  // Why nothing is sold here now (promise_overdue, complaint_open); none: it is.
  Drop selling = Drop::none;
  bool gives_back = false;  // what shares what they answered stands first here, and no dice roll
  const ground::OpenQuestion* given_back = nullptr;  // whose answer is seen to have changed it
  std::array<int64_t, stage_count> stage_us{};
  int64_t ended_us = 0;  // when the last stage did, by the stopwatch
};

// What feels odd at a place of several things feels so at the place; of one thing, at that thing.
bool odd_as_a_whole(const ground::Slot& slot);

struct Draft {
  std::vector<SlotDraft> slots;
  int64_t recall_us = 0;
};

}  // namespace aizuchi::decide
