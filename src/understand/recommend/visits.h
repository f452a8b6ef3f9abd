// Surface layer 出し分け: the visits of those who agreed to it, as they go on, and what others went
// on to from what is on screen (sessions.h). Whose a visit is is known here, so that one person's
// leave at once and nobody is told what they did themselves.
//
// Promises: a view is in the very next answer; who was forgotten is in none from then on; nothing
// is suggested that fewer than three visits have; memory is bounded by `visits_most`, the oldest
// visit goes first. Nothing of it is written: it is made again from what is remembered of people.
// Threads: one. Cost: seen() 0.2 us; learn() and forget() the person's visits, at most 30 when they
// come from what is remembered; next() as SessionIndex::next. About 250 bytes a visit.
#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "ground/base/time.h"
#include "ground/domain/domain.h"
#include "understand/recommend/suggested.h"

namespace aizuchi::understand {

class Visits {
 public:
  static constexpr size_t visits_most = 1 << 17;
  static constexpr size_t answer_most = 24;
  static constexpr size_t visits_min = 3;  // with a product that is suggested
  static constexpr ground::Duration pause = ground::Duration::minutes(30);
  using View = std::pair<ground::ItemKey, ground::Instant>;
  // One person's views, the newest first.
  struct Viewed {
    ground::PersonId person;
    std::vector<View> views;
  };

  explicit Visits(size_t most = visits_most);
  // Of many: the newest visits of all, where they are too many.
  Visits(const std::vector<Viewed>& people, size_t most = visits_most);
  ~Visits();

  // All there is of a person, the newest first, in place of what was there.
  void learn(const ground::PersonId& person, std::span<const View> views);
  // The newest, as it happens.
  void seen(const ground::PersonId& person, const View& view);
  void forget(const ground::PersonId& person);

  // What comes next for whoever's views these are, the newest first; {} when the visit is over. The
  // best first; what is on screen is not among them. `self`: whose own visits say nothing.
  std::vector<Suggested> next(std::span<const View> views, ground::Instant now,
                              const ground::PersonId& self) const;

  size_t visits() const;
  size_t people() const;
  size_t bytes() const;  // looks at every visit

 private:
  struct Inside;
  const std::unique_ptr<Inside> in_;
};

}  // namespace aizuchi::understand
