// Stage 9, record: everything a decision was made from, so that it can be made again without the
// person, the clock or the dice. Sealed with the person's key by the ledger; after an erase the key
// is gone and the decision answers `erased`. Byte by byte in docs/formats.md.
// Threads: pure. Cost: one append; a few hundred bytes and 30 bytes a candidate.
#pragma once

#include <string>
#include <vector>

#include "decide/pipeline/question.h"
#include "respect/admission/recording.h"

namespace aizuchi::decide {

struct RecordedCandidate {
  ground::ItemKey key = 0;
  Drop drop = Drop::none;
  ground::ReadId drop_read = 0;
  double mean = 0, spread = 0, shift = 0;
};

struct RecordedPick {
  ground::ItemKey item = 0;
  std::string variant;
  bool uniform = false;
  ground::Layer layer = ground::Layer::none;
};

struct RecordedSlot {
  std::string slot;
  uint64_t seed = 0;
  Reason reason = Reason::chosen;
  ground::Layer layer = ground::Layer::none;
  respect::Recording recording;
  std::vector<RecordedCandidate> candidates;
  std::vector<RecordedPick> picks;
  std::vector<int64_t> stage_us;
  std::vector<ground::ItemKey> stopped;
  std::vector<std::pair<ground::ItemKey, ground::ProductNews>> news;
  std::vector<understand::Suggested> suggested;
  Lesson lesson;
  std::vector<Terms> pick_terms;  // of each pick, for the learner; empty without a moment
  size_t keeps = no_first_stage;
  bool explored = false;
  std::shared_ptr<const understand::Leaning> leaning;
  bool gives_back = false;
  Drop selling = Drop::none;
};

struct DecisionRecord {
  uint64_t version = 0;     // of the snapshot
  uint64_t population = 0;  // the version that deciles and RFM were read from; 0: none was read
  uint64_t related = 0;     // the version of the related products; 0: none was asked
  ground::Instant at;
  ground::LocaleId locale{0};
  ground::Mode mode = ground::Mode::live;
  ground::Assurance viewer = ground::Assurance::a0;
  std::vector<RecordedSlot> slots;
};

// The bytes to seal.
std::string encode_record(const Question& question, const Draft& draft);
ground::Result<DecisionRecord> decode_record(std::string_view bytes);

// Each of the first places as the dice found it, from what the record holds: for off-policy
// evaluation. Precondition: the slot explored. Cost: about 1 ms a place.
struct DrawnPick {
  double propensity = 1;
  size_t candidates = 0;  // it was drawn from
  bool best = false;      // it was what was believed best
};
std::vector<DrawnPick> drawn_picks(const RecordedSlot& slot);

// What a decision chose, for comparing a replay with its record: "" when they agree, else the first
// difference in words (item names are hashes here; no values).
std::string difference(const RecordedSlot& recorded, const SlotDraft& again,
                       const ground::Snapshot& snapshot);

}  // namespace aizuchi::decide
