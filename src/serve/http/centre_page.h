// The preference centre's pages as text: templates, words in two languages and one style sheet,
// files of serve/http/centre that are embedded in this binary. Every value is escaped for the place
// it stands in; a template that could print one unescaped does not compile. No script is in them.
// Threads: any. Cost: compiled once; a page is a few thousand parts, some 0.2 ms.
#pragma once

#include <string>
#include <string_view>

#include "ground/base/value.h"

namespace aizuchi::serve {

// "centre", "erase", "receipt", "link", "message" of a model.
std::string centre_page(std::string_view name, const ground::Value& model);
// A map of texts. `language` is "ja" or "en".
const ground::Value& centre_words(std::string_view language);
std::string_view centre_style();
// Where it is asked for: a name of these bytes and no others.
const std::string& centre_style_path();

}  // namespace aizuchi::serve
