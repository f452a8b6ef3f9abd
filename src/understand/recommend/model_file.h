// A model that was made of plain files, as a file: what it was made of and what it reached, the
// items by name, the model itself, and a checksum (docs/formats.md, "Model of plain files").
//
// Promises: what cannot be read as it was written is refused by what is wrong with it; no number in
// a file makes anyone read beside it, or take more memory than some fifty times its length. A model
// of a shelf holds nothing of a person but sums; one of visits holds visits without whose they are.
// Threads: none. Cost: one pass.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ground/base/result.h"
#include "understand/recommend/model.h"

namespace aizuchi::understand {

// What somebody looked at in one go, the newest last.
struct KeptVisit {
  int64_t at = 0;  // when it ended; of any unit
  std::vector<uint32_t> items;
};
struct KeptModel {
  std::string name;
  uint64_t people = 0, pairs = 0, seed = 0;             // of which it was made
  std::vector<std::pair<std::string, double>> reached;  // on what was held back
  std::vector<std::string> items;                       // names, by number
  ModelPtr model;                                       // null: it is one of visits
  std::vector<KeptVisit> visits;                        // the newest last
};

std::string encode(const KeptModel& kept);
// Errors: unsupported (not such a file, or a newer one), corrupted.
ground::Result<KeptModel> decode_model(std::string_view bytes);

}  // namespace aizuchi::understand
