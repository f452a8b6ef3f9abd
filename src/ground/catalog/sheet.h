// Copy on its way to an agency and back: the texts of items/*.yaml as rows, one a wording, and the
// changed rows as changes of the files. A row carries a hash of its texts as they were, so that a
// row that somebody changed in the folder meanwhile is refused, not overwritten.
//
// Threads: pure functions. Cost: a parse of the folder.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ground/catalog/brand_folder.h"

namespace aizuchi::ground {

struct SheetRow {
  std::string item, wording, slot, title;
  std::string condition;  // in words, in the first locale
  std::string rule;       // the same as CEL
  // By column: "title.ja", or "title" when the text stands for all locales.
  std::map<std::string, std::string> texts;
  std::string check;
  Place place;
};
struct Sheet {
  std::vector<std::string> text_columns;  // in the order of first use, by field, then by locale
  std::vector<SheetRow> rows;             // in the order of the files
};

// Errors: invalid, when the folder has an error (aizuchi check says which).
Result<Sheet> sheet_of(const BrandFiles& files);

// A row that came back: its cells by column; columns that are not texts may be absent.
struct ReturnedRow {
  std::string name;  // "row 12", for messages
  std::string item, wording, check;
  std::map<std::string, std::string> texts;
};
struct SheetChange {
  Place place;  // of the wording
  std::string item, wording, column, before, after;
};
struct SheetOutcome {
  std::vector<SheetChange> changes;
  std::vector<std::string> refusals;  // not empty: nothing is to be written
  BrandFiles files;                   // with the changes made
};
// `as_written` tells what a text looks like after it went through the sheet's encoding; a character
// that it lacks is '?' there, as spreadsheets write it.
SheetOutcome merge_sheet(const BrandFiles& files, const std::vector<ReturnedRow>& rows,
                         const std::function<std::string(std::string_view)>& as_written);

}  // namespace aizuchi::ground
