// One person, looked at to be counted: which audiences are they a member of, and until when does
// that hold if nothing happens? The guard is asked as for any place, for the purpose `improve`; the
// place continues every context, since nothing is shown there. What comes out is yes, no and a
// time, never a value.
//
// Promises (P1): who has not agreed to be counted is in no audience; a rule that asks for something
// known that may not be used for counting makes nobody a member, whatever it would conclude from
// its absence. The rule sees what a decision would see but for the purpose and the question; its
// `now` is the beginning of the hour, so that what changes by the clock changes on the hour.
// Threads: any, while the state does not change; the snapshot is immutable. Cost: one admission of
// the audiences' reads (1 to 5 us) and about 0.3 us a rule; a folder whose rules compare with `now`
// asks those again for the next 24 hours.
#pragma once

#include <optional>
#include <vector>

#include "respect/admission/admission.h"

namespace aizuchi::respect {

class Counted {
 public:
  // Precondition: snapshot.counting.
  Counted(const ground::Snapshot& snapshot, const Handle& handle, ground::Instant now,
          const ground::Population* population = nullptr);

  // May this person's data be used for the purpose today? For exports.
  static bool open_for(const ground::Purpose& purpose, const Handle& handle, ground::Instant now);

  bool open() const { return open_; }                  // may be counted at all
  const std::vector<bool>& in() const { return in_; }  // by Snapshot::audiences
  // The first moment at which any of this may be different with no event; never before it is.
  ground::Instant next_change() const { return next_; }

 private:
  std::vector<bool> evaluate(Admission& admission, ground::Instant now) const;
  void at_most(ground::Instant t);
  void look_at_clock(const Handle& handle);
  void look_at_read(const ground::Read& read, const remember::PersonState& person);
  void look_at_hours(Admission& admission);

  const ground::Snapshot& snapshot_;
  const ground::Instant now_;
  bool open_ = false;
  std::vector<bool> in_;
  ground::Instant next_ = ground::Instant::never();
};

// The number that a scale compares, of what was admitted; nullopt: it is not known, or rests on
// nothing of this person (a count of nothing is about nobody).
std::optional<double> number_on(const ground::Snapshot& snapshot, const ground::Scale& scale,
                                Admission& admission, ground::Instant now);

// What the brand's scales compare of one person (deciles, RFM), asked at the same place and of the
// same consent: by Snapshot::scales. Who has not agreed, or whose number rests on something that
// may not be used for counting, is not among those who are compared. Precondition:
// snapshot.counting.
std::vector<std::optional<double>> measured(const ground::Snapshot& snapshot, const Handle& handle,
                                            ground::Instant now);

// What may be learned of one person for all, asked at the same place and of the same consent:
// products they looked at, with the moment, the newest first. Empty for who has not
// agreed. Precondition: snapshot.counting.
std::vector<std::pair<ground::ItemKey, ground::Instant>> learned_from(
    const ground::Snapshot& snapshot, const Handle& handle, ground::Instant now);
// What they chose when values were asked about, by facts of type values: each admitted there.
std::vector<ground::Value> values_learned_from(const ground::Snapshot& snapshot,
                                               const Handle& handle, ground::Instant now);
// The pairs of an admitted value of the kind `viewed`.
std::vector<std::pair<ground::ItemKey, ground::Instant>> viewed_pairs(const ground::Value& value);

}  // namespace aizuchi::respect
