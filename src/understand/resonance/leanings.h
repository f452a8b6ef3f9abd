// From answers to leanings: what is believed of somebody by what they chose, as of today, and what
// to ask them next. They are made of admitted answers only, so whatever reads a leaning has passed
// the guard for the purpose of values.
//
// Promises: nothing is kept of anyone but what can be made again from their answers, for a day at
// most; forget() empties it, and whatever forgets someone calls it. The same answers on the same
// day give the same leaning. Threads: one. Cost: an answer some 15 us, the shares of 10 axes 70 us;
// once a day a person.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ground/base/value.h"

namespace aizuchi::ground {
struct Snapshot;
}  // namespace aizuchi::ground

namespace aizuchi::understand {

struct Belief;
struct Leaning;
struct Usual;
struct ValueAnswer;

// What a fact of type values says, in the axes of this snapshot, oldest first. A choice of which
// less than two axes are left says nothing any more.
std::vector<std::pair<ground::Instant, ValueAnswer>> answers_of(const ground::Value& chosen,
                                                                const ground::Snapshot& snapshot);

// How the next question is asked.
enum class Among : uint8_t { four, four_with_worst, two };

class Leanings {
 public:
  // Of their answers, and what their clicks and purchases lean to (a quarter each, and never
  // spoken; null: nothing). nullptr: of neither there is anything.
  std::shared_ptr<const Leaning> of(const ground::Value& chosen, const ground::Snapshot& snapshot,
                                    ground::Instant now, const ground::Value& leant = {});
  // The axes to ask about next, by position, by what all these facts say; {}: the dearest is known,
  // or `most` were answered within a year.
  struct Next {
    std::vector<uint32_t> axes;
    size_t answered = 0;  // within a year
  };
  Next ask_next(const std::vector<ground::Value>& chosen, const ground::Snapshot& snapshot,
                ground::Instant now, Among among, size_t most) const;
  // How dear each axis is, as far as it is sure: 1 dearer than the others, -1 less dear, 0 not sure
  // or much like the others. {}: nothing was answered.
  std::vector<int> standings(const ground::Value& chosen, const ground::Snapshot& snapshot,
                             ground::Instant now);
  void set_usual(std::shared_ptr<const Usual> usual);
  const Usual* usual() const { return usual_.get(); }
  void forget() { known_.clear(); }

 private:
  Belief believed(const ground::Value& chosen, const ground::Snapshot& snapshot,
                  ground::Instant now) const;

  std::shared_ptr<const Usual> usual_;
  std::map<std::string, std::shared_ptr<const Leaning>, std::less<>> known_;  // of day_
  int64_t day_ = 0;
};

}  // namespace aizuchi::understand
