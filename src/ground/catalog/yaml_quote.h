// Two things people write that the parser does not read:
//   when: count('Product Viewed', {'category': 'tea'}) > 1     no YAML: a plain text holds no ': '
//   {title: New to light roast? Start here., href: /a?b=1}     YAML, but yaml-cpp 0.7 stops at '?'
// Each can mean one thing only. When a file does not parse, such texts are put in quotes and it is
// tried once more. A file that parses is never touched.
//
// Threads: pure function. Cost: one pass.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aizuchi::ground::catalog {

struct QuotedYaml {
  struct Insertion {
    size_t offset = 0;   // of the inserted character in its new line
    bool opens = false;  // it is the quote before a text
  };
  std::string text;                                     // line for line as before
  std::map<size_t, std::vector<Insertion>> insertions;  // by line, from 0; ascending
};
QuotedYaml quote_plain_texts(std::string_view text);

}  // namespace aizuchi::ground::catalog
