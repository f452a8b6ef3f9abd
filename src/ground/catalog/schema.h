// JSON Schemas (draft 2020-12) of the files of a brand folder, for editors: completion, words in
// English and Japanese on hover, and a mistake shown while it is typed. They are made from what the
// parsers read (shapes.h), so they take what the parsers take; what needs more than one file (does
// this fact exist? can this fallback stand here?) is said by `aizuchi check`.
//
// Threads: pure function. Cost: a parse of a small folder, and of the brand's when it is given.
#pragma once

#include <string>
#include <vector>

#include "ground/catalog/brand_folder.h"

namespace aizuchi::ground {

struct SchemaFile {
  std::string name;  // "slots"
  std::string glob;  // "slots/*.yaml": the files it describes, within the folder
  std::string json;
};

// With a brand, its own names (purposes, facts, slots …) are proposed, and its locales are asked
// for. A folder with mistakes gives what could be read.
std::vector<SchemaFile> brand_schemas(const BrandFiles* brand);

}  // namespace aizuchi::ground
