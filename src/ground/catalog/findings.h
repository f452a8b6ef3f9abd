// What is wrong with a brand folder, all of it. A parser says what it found and goes on; nothing
// here stops anything. The same complaint a thousand times (a column of products.csv) is kept two
// hundred times a file, and then counted; the very same one at the same place once.
//
// Threads: one compile, one thread. Cost: one map lookup a finding.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "ground/catalog/brand_folder.h"

namespace aizuchi::ground::catalog {

class Findings {
 public:
  void error(const Place& place, std::string_view rule, std::string_view text,
             std::string expected);
  void warning(const Place& place, std::string_view rule, std::string_view text,
               std::string expected);
  bool errors() const { return errors_ > 0; }
  size_t count() const { return errors_ + warnings_; }
  // By file and line, errors and warnings together.
  std::vector<Finding> take();

 private:
  void add(Finding finding);
  std::vector<Finding> findings_;
  std::map<std::pair<std::string, std::string>, size_t> by_file_and_rule_;
  std::set<std::tuple<std::string, uint32_t, uint32_t, std::string>> said_;
  size_t errors_ = 0;
  size_t warnings_ = 0;
};

// "; did you mean 'recommend'?", or "" when nothing is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);
// "a, b, c"; at most `max` of them.
std::string list_of(const std::vector<std::string>& words, size_t max = 12);

}  // namespace aizuchi::ground::catalog
