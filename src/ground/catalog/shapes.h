// What the parsers read, written down while they read it: the keys of every kind of map, the form
// of each value and the words it may be. Made by running the parsers over a folder that has one of
// everything (schema.cpp), so that the editors' schemas cannot say anything else than the parsers.
//
// Threads: one compile, one thread. Cost: none unless a Draft is given one.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aizuchi::ground::catalog {

struct KeyShape {
  enum class Form : uint8_t {
    any,  // a map or list of its own
    word,
    words,  // a list of words, or one
    say,    // text by locale, or one for all
    flag,
    number,
    integer,
    duration,
    choice,
  };
  std::string key;
  Form form = Form::any;
  bool required = false;
  std::vector<std::string> choices = {};
  double min = 0, max = 0;  // of a number
};

class Shapes {
 public:
  // A map of this kind begins: what it does not read as required is not required.
  void begin(std::string_view what);
  // Reading the same key again, in a closer form, replaces what was known of it.
  void learn(std::string_view what, KeyShape key);

  using Keys = std::vector<KeyShape>;  // in the order the parser reads them
  const std::map<std::string, Keys, std::less<>>& by_kind() const { return by_kind_; }

 private:
  std::map<std::string, Keys, std::less<>> by_kind_;
};

void learn_mapping(Shapes& shapes);  // of a mapping file (mapping.cpp)
// Of every parser (schema.cpp).
Shapes parser_shapes();

}  // namespace aizuchi::ground::catalog
