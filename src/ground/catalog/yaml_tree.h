// YAML as a small tree of our own, so that yaml-cpp stays in one .cpp and every node knows where it
// stands. Strict on purpose: a key given twice, a second document, a tag or a merge key is an
// error, because each of them hides what the file says from the person who reads it.
//
// Promises: any bytes give a tree or an error; depth, nodes and bytes are bounded, with aliases
// counted as often as they are used (an alias bomb is an error, not an allocation).
// Threads: pure function. Cost: one pass; about as long as the file.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ground/catalog/place.h"

namespace aizuchi::ground::catalog {

struct YamlNode {
  enum class Kind : uint8_t { null, scalar, list, map };
  enum class Style : uint8_t { plain, quoted, block };

  Kind kind = Kind::null;
  Style style = Style::plain;
  uint16_t indent = 0;      // of a block scalar: the spaces before its text
  uint32_t line_chars = 0;  // characters from its start to the end of its first line
  Place place;
  std::string text;                                      // of a scalar
  std::vector<YamlNode> items;                           // of a list
  std::vector<std::pair<YamlNode, YamlNode>> entries{};  // of a map; keys are scalars

  bool is(Kind k) const { return kind == k; }
  const YamlNode* find(std::string_view key) const;
  // Where the character at line:column (both from 1) of a scalar's text stands in the file. Exact
  // for one-line and literal block scalars; the start of the scalar when it cannot be known.
  Place inside(size_t line, size_t column) const;
};

struct YamlError {
  Place place;
  std::string text;      // the offending text
  std::string expected;  // what is wrong, and what was expected
};

struct YamlLimits {
  size_t bytes_max = 8 << 20;  // of a file, and of its scalars with aliases written out
  size_t nodes_max = 1 << 20;  // with aliases written out
  size_t depth_max = 32;
};

std::expected<YamlNode, YamlError> parse_yaml(std::string_view text, std::string_view file,
                                              const YamlLimits& limits = {});

}  // namespace aizuchi::ground::catalog
