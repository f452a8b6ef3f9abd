// Plain files of messages and what they are about: rows of a text and a label, as they lie about.
//   CSV, TSV or semicolons with a line of names; JSON lines; or one JSON document whose members are
//   lists of [text, label] or of objects. Columns or members: text (utterance, message, query …),
//   label (topic, category, intent, concern …), perhaps split.
// What a row is for says its split, else the member of the document it is in, else the file's name:
// train; valid, val or dev; test. Files whose names differ only by these words are one set.
// A label oos, out_of_scope or none (or the one that is named), or a member oos_…, is a text of
// none of the others. A text may be empty, a label may be any text, and a number.
//
// Promises: a row that cannot be read is an error with its file and line, nothing is skipped.
// Threads: none. Cost: one pass; the whole set in memory.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ground/base/result.h"

namespace aizuchi::serve {

enum class Split : uint8_t { train, valid, test };

struct Message {
  std::string text, label;  // label "": none of the others
  Split split = Split::train;
};

struct MessageSet {
  std::string name;
  std::vector<Message> messages;
};

// The sets of a folder, or that of the files given; `none`: the label of texts of none of the
// others, "" for its usual names. Errors: not_found, invalid.
ground::Result<std::vector<MessageSet>> read_message_sets(const std::string& folder,
                                                          const std::string& train,
                                                          const std::string& test,
                                                          const std::string& none = {});

}  // namespace aizuchi::serve
