// Plain files of who had what: a person and an item a row – with a line of names, or without one in
// that order, then perhaps a rating and a time – or a person and all their items a row, as the sets
// of recommender research have it. Commas, semicolons, tabs, `::` or blanks between.
//
// Promises: a row that cannot be read is an error with its file and line. Ratings are not looked
// at: that someone had it is what counts. Threads: none. Cost: one pass.
#pragma once

#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "ground/base/result.h"
#include "understand/recommend/pairs.h"

namespace aizuchi::serve {

// Names ↔ dense numbers of people and items, over all files of an evaluation.
struct PairNames {
  std::vector<std::string> people, items;
  std::unordered_map<std::string, uint32_t> person_numbers, item_numbers;
  uint32_t person(const std::string& name);
  uint32_t item(const std::string& name);
};

// Errors: not_found, invalid.
ground::Result<std::vector<understand::Pair>> read_pairs(const std::filesystem::path& path,
                                                         PairNames& names);

}  // namespace aizuchi::serve
