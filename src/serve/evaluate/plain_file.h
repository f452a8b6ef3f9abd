// Plain files of behaviour, as they lie about: who, which item, when. CSV, TSV or semicolons with a
// line of names, or without one the columns in that order; names of people and items are any text.
//
// Promises: a row that cannot be read is an error with its file and line, nothing is skipped; a
// value never changes its meaning with the order of rows.
// Threads: none. Cost: one pass, one lookup a cell; 24 bytes a row and each name once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ground/base/result.h"

namespace aizuchi::serve {

// Text ↔ dense numbers, in order of appearance.
class Names {
 public:
  uint32_t number(const std::string& name);
  size_t size() const { return numbers_.size(); }
  std::vector<std::string> by_number() const;

 private:
  std::unordered_map<std::string, uint32_t> numbers_;
};

struct Seen {
  uint32_t who = 0;  // a visit or a person, by the Names given
  uint32_t item = 0;
  double at = 0;  // seconds
};

enum class Column : uint8_t { who, visit, item, time };
// Where a line of names has it, by any of its usual names.
std::optional<size_t> find_column(const std::vector<std::string>& names, Column column);
// A number of seconds, or RFC 3339.
std::optional<double> seconds_of(const std::string& text);

// Rows of who, item and time. Errors: not_found, invalid.
ground::Result<std::vector<Seen>> read_seen(const std::filesystem::path& path, Names& who,
                                            Names& items);

// The files of an evaluation: --train and --test, or what a folder calls so: one file whose name
// has `train`, one that has `test` or else `valid`. `test` is empty where there is only one file;
// `valid` is what lies beside both.
struct Parts {
  std::filesystem::path train, test, valid;
};
ground::Result<Parts> find_parts(const std::string& folder, const std::string& train,
                                 const std::string& test);

}  // namespace aizuchi::serve
