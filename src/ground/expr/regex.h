// Patterns of matches(): RE2 syntax, linear time, found anywhere in the text.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "ground/expr/functions.h"

namespace aizuchi::ground {

class Pattern : public Prepared {
 public:
  // The error text says what is wrong with the pattern.
  static std::expected<std::unique_ptr<const Pattern>, std::string> compile(std::string_view text);
  virtual bool found_in(std::string_view text) const = 0;
};

}  // namespace aizuchi::ground
