// The words of the brand folder's schemas: what each key is for, in English and Japanese, and the
// form of the values that are maps or lists of their own. Which keys there are, and what they may
// be, is not said here: the parsers say it (shapes.h), and a test holds the two together.
//
// Threads: constants.
#pragma once

#include <span>
#include <string_view>

namespace aizuchi::ground::catalog {

struct KeyWords {
  std::string_view what;  // as the parser calls it: "a slot"
  std::string_view key;
  std::string_view en, ja;
  // Members of the key's schema, as JSON: the whole form where the parser reads a map or list of
  // its own, else what it adds to the form ("examples").
  std::string_view json = {};
  // Whose names its values are: "purpose" lets an editor propose those of purposes.yaml.
  std::string_view names = {};
};
std::span<const KeyWords> key_words();

// A file, or the files of a folder.
struct FileWords {
  enum class Form : uint8_t {
    whole,    // the file is one map
    entries,  // {key: {name: map}}, or the entries alone
    list,     // a list of maps
  };
  std::string_view name;  // of the schema: "slots"
  std::string_view glob;  // "slots/*.yaml"
  Form form = Form::whole;
  std::string_view what;  // the kind of the map, or of each entry
  std::string_view en, ja;
};
std::span<const FileWords> file_words();

}  // namespace aizuchi::ground::catalog
