// What the brand folder's entries are made of: text in locales, and the place where it stands.
// Threads: values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ground/domain/domain.h"

namespace aizuchi::ground {

// Text in the brand's locales, in the order of Snapshot::locales. A plain string stands for all.
struct Text {
  std::vector<std::string> by_locale;
  // "" when the brand gives none.
  const std::string& in(LocaleId locale) const;
};

// Where something stands in the brand folder.
struct Place {
  std::string file;
  uint32_t line = 0;    // from 1; 0: the whole file
  uint32_t column = 0;  // from 1
};

}  // namespace aizuchi::ground
