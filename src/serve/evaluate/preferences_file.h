// Plain files of what people prefer, in the forms in which they lie about:
//   a person a row, an option a column: ratings or ranks as numbers, empty where unknown;
//   a person a row, a place (rank1, rank2 …) a column: names of options, the best first;
//   a person a row, a pair (a_vs_b, a-b …) a column: which of the two, by name, or 1 and 0;
//   a person a row, a question with two answers of its own a column: 1 or 2 (or A or B) everywhere;
//   person, ranking a row: "a > b > c", or with commas or blanks;
//   person, option, rating a row;
//   person, better, worse a row: the choices themselves; or person, left, right, chosen;
//   JSON of one of these, or of what an object nests, or orders as they are published
//   (preferences_rows.h).
// Only the order of a person's numbers counts. Whether more is better is not asked: a pair is a
// pair.
//
// Who it is says a column of a usual name (person, user, id …), else a first one that holds words,
// or another whole number for each of many people. A folder stands for its only such file. Columns
// of a table that are called age, sex or gender are no options, which the form says.
//
// Promises: a cell that cannot be read is an error with its file, line and column; nothing is
// skipped but the column that says who, and what --options leaves out. Threads: none. Cost: one
// pass.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ground/base/result.h"
#include "understand/resonance/preference.h"

namespace aizuchi::serve {

constexpr size_t options_max = 100;

struct Preferences {
  std::string form;  // for people: what the file was taken for
  std::vector<std::string> options;
  std::vector<understand::Liking> likings;  // by person; empty in the form of choices
  // By person: every strict preference that is known, and those that make a posterior of them.
  std::vector<std::vector<understand::Preference>> known;
  std::vector<std::vector<understand::Site>> sites;
  // The pairs that anybody knows, in no order; empty: all.
  std::vector<understand::Preference> pairs;
};

// `options`: the columns that are options, all but who when empty; `absent`: what stands where
// nothing is known, beside an empty cell. Errors: not_found, invalid.
ground::Result<Preferences> read_preferences(const std::filesystem::path& path,
                                             const std::vector<std::string>& options,
                                             const std::vector<std::string>& absent = {});

}  // namespace aizuchi::serve
