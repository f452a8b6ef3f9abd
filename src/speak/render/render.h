// Words from SAY-level facts only. A wording is rendered from an Admission and nothing else: a
// variable that may influence but not be uttered (RANK) is not there. What comes out is data; the
// channel that prints it as HTML escapes it there, URL fields are escaped and checked here.
// Threads: pure. Cost: one template per field.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ground/base/result.h"
#include "ground/catalog/snapshot.h"
#include "respect/admission/admission.h"

namespace aizuchi::speak {

using Content = std::vector<std::pair<std::string, std::string>>;  // field -> text

// The fields of `base`, overlaid by those of `overlay` (nullptr: none).
// Errors: invalid when a URL field came out with a scheme that is not http, https, mailto or tel;
// too_large when a template passed its bounds. Both mean: say the fallback instead.
ground::Result<Content> render(const ground::Wording& base, const ground::Wording* overlay,
                               ground::LocaleId locale, const ground::Snapshot& snapshot,
                               const respect::Admission& admission);
// A product as content: id, name, price, category, url, image, tags (joined by commas).
Content render_product(const ground::Product& product, double price, ground::LocaleId locale);

// An escaped HTML fragment for server-side includes (Accept: text/html).
std::string to_html(const Content& content);

}  // namespace aizuchi::speak
