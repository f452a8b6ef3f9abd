// A rule in words, for those who write copy and read no CEL:
// 「職種が「営業」、かつ、かごの中が1以上」, "your role is “sales” and items in the cart: at least
// 1". Facts, events and audiences are called what the brand calls them.
//
// Threads: pure function. Cost: a parse of the rule.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ground/catalog/snapshot.h"

namespace aizuchi::ground {

// Japanese for a locale that begins with "ja", else English. nullopt: the rule says more than the
// words here can; its text is the only true one.
std::optional<std::string> condition_in_words(std::string_view cel, const Snapshot& brand,
                                              LocaleId locale);

}  // namespace aizuchi::ground
