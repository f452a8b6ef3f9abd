// A questionnaire as it lies about: a person a row, an item a column, grades as whole numbers (1 to
// 5, say), empty where not answered. CSV, TSV, semicolons, or JSON lines (preferences_rows.h).
//
// Which columns are items: those named, or all that hold at most eleven whole numbers and are not
// of a usual other name (age, gender, country, score …). Which scale an item belongs to: a file
// says it (item, scale and perhaps key, + or −), or its name without the number behind it (EXT1,
// EXT2 …), or all are one. Which way it counts: that file, or what it goes with.
//
// Promises: what was left out is named; a cell of a named item that is no number is an error with
// its file and line. Threads: none. Cost: one pass; 4 bytes a cell.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ground/base/result.h"

namespace aizuchi::serve {

constexpr size_t graded_items_max = 400;

struct Questionnaire {
  struct Scale {
    std::string name;
    std::vector<double> weights;  // by item; 0: not of it
    size_t items = 0;
  };
  std::string form;  // for people: what the file was taken for
  std::vector<std::string> items, left_out;
  std::vector<Scale> scales;
  std::vector<float> answers;  // person · items; NaN: not answered

  size_t people() const { return items.empty() ? 0 : answers.size() / items.size(); }
  std::span<const float> of(size_t person) const {
    return std::span(answers).subspan(person * items.size(), items.size());
  }
};

struct QuestionnaireFiles {
  std::string data, scales;         // scales: "" where names tell
  std::vector<std::string> items;   // the columns that are items; empty: those that look so
  std::vector<std::string> absent;  // what stands where nothing was answered, beside an empty cell
};
// Errors: not_found, invalid.
ground::Result<Questionnaire> read_questionnaire(const QuestionnaireFiles& files);

}  // namespace aizuchi::serve
