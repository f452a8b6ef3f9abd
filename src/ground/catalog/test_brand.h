// For the tests of this module: the brand folder in test_brand/, which is written as the design
// document writes it, and the ways to bend it. Not part of the library.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "ground/catalog/brand_folder.h"

namespace aizuchi::ground::catalog {

// つむぎ珈琲, small and without an error.
BrandFiles small_brand();

struct Checked {
  Compiled compiled;
  std::vector<std::string> lines;  // findings as format_finding writes them

  bool ok() const { return compiled.snapshot != nullptr; }
  // The findings of one rule.
  std::vector<Finding> of(std::string_view rule) const;
  // Is there one of this rule whose line begins so? "items/home.yaml:3:5: error: …"
  bool has(std::string_view rule, std::string_view line_start) const;
  std::string all() const;
};
Checked check(const BrandFiles& files);
// "items/home.yaml:3:5: " of the first place the text stands at.
std::string at(const BrandFiles& files, std::string_view file, std::string_view text);

// The small brand with one text of one file replaced; the text must be there once at least.
BrandFiles with(std::string_view file, std::string_view text, std::string_view instead);
BrandFiles with_added(std::string_view file, std::string_view text);

}  // namespace aizuchi::ground::catalog
