// What an Admission gave, as a record keeps it: the way of replay. A Recording comes from a
// record's bytes only, belongs to one slot, and nothing can be put into it, so that it forges no
// Admitted and carries none to another slot. Threads: a value. Cost: one pass over what was
// admitted.
#pragma once

#include <vector>

#include "ground/base/bytes.h"
#include "respect/admission/admission.h"
#include "respect/guard/guard.h"

namespace aizuchi::respect {

// One admitted value as it is shown to an operator.
struct RecordedRead {
  ground::ReadId read = 0;
  ground::Value value;
  ground::Level level = ground::Level::rank;
  Refusal lowered_by = Refusal::none;
  Relation relation = Relation::same;
  SourceLine source;
  bool sensitive = false;
  bool impersonal = false;
};

class Recording {
 public:
  // Of no slot: what a record holds before it is read.
  Recording() = default;
  // Appends what `admission` gave (docs/formats.md, "Decision record").
  static void encode(ground::ByteWriter& out, const Admission& admission);
  // The reader goes bad on anything it does not know.
  static Recording decode(ground::ByteReader& in, ground::ItemKey slot);

  const std::vector<RecordedRead>& reads() const { return reads_; }
  const std::vector<Withheld>& withheld() const { return withheld_; }

 private:
  friend class Admission;
  ground::ItemKey slot_ = 0;
  std::vector<RecordedRead> reads_;
  std::vector<Withheld> withheld_;
};

}  // namespace aizuchi::respect
