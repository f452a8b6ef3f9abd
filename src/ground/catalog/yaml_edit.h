// Texts of a YAML file changed in place: comments, order, quotes and spacing of everything else
// stay as their author left them. A text keeps the way it is written (plain, quoted, block) where
// the new one can be written so, and is put in double quotes where not.
//
// Promise: what comes out is parsed again and differs from what went in by these texts and nothing
// else, or there is an error and no text. Threads: pure function. Cost: three passes over the file.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.h"
#include "ground/catalog/yaml_tree.h"

namespace aizuchi::ground::catalog {

// The way to a text: keys, and positions in lists as numbers. A key that its map does not have yet
// is added at the map's end.
using YamlPath = std::vector<std::string>;
struct TextEdit {
  YamlPath path;
  std::string text;
};

// Errors: invalid, with the place of the text that cannot be changed and what to do about it.
Result<std::string> edit_texts(std::string_view yaml, std::string_view file,
                               const std::vector<TextEdit>& edits);

const YamlNode* node_at(const YamlNode& root, const YamlPath& path);
// Every text of a tree by its path, for comparing.
std::map<YamlPath, std::string> texts_of(const YamlNode& root);

}  // namespace aizuchi::ground::catalog
