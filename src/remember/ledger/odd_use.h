// "This feels odd": an objection to one use of one thing – at an item, or on a shelf as a whole –
// is kept among the objections of its person, under a name that no fact has. So it holds until it
// is taken back, goes with its person wherever they go, and is forgotten with them. Threads: pure.
// Cost: a scan of a short text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ground/domain/domain.h"

namespace aizuchi::remember {

struct OddUse {
  std::string_view fact;   // as respect::known_as names it
  std::string_view of;     // an item's name; "@" and a slot's name for a shelf
  bool by_server = false;  // a server said so: it holds for them, and counts for nobody else

  ground::ItemKey of_key() const {
    return of.starts_with('@') ? ground::item_key("slot", of.substr(1))
                               : ground::item_key("item", of);
  }
};

inline std::string odd_name(const OddUse& use) {
  return std::string(use.fact) + "\n" + std::string(use.of) + (use.by_server ? "\n" : "");
}

// nullopt: an objection to the thing itself, wherever it is used.
inline std::optional<OddUse> odd_use(std::string_view objection) {
  const size_t fact = objection.find('\n');
  if (fact == std::string_view::npos) return std::nullopt;
  OddUse out{.fact = objection.substr(0, fact), .of = objection.substr(fact + 1)};
  out.by_server = out.of.ends_with('\n');
  if (out.by_server) out.of.remove_suffix(1);
  return out;
}

}  // namespace aizuchi::remember
