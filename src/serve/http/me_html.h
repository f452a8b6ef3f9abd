// What a person is told of themselves as a page to read and to keep, in Japanese or English: made
// from the JSON of GET /v1/me, without a script, a link or a picture.
// Threads: pure. Cost: a string join.
#pragma once

#include <string>

#include "ground/base/value.h"

namespace aizuchi::serve {

enum class PageLanguage : uint8_t { english, japanese };

std::string me_html(const ground::Value& me, PageLanguage language);

}  // namespace aizuchi::serve
