// The guard's slow, obvious twin: the table and the sentences of the design, one after the other,
// sharing no code with src/respect/guard. Compared over all small combinations.
#pragma once

#include <vector>

#include "ground/domain/domain.h"

namespace aizuchi::oracle {

// What the place of showing is to the place of collecting, in the words of the design.
enum class Told : uint8_t {
  in_the_same_context,
  in_a_context_it_continues,
  in_the_same_setting,
  in_another_setting,
  in_no_setting,
  in_a_context_nobody_names_any_more,
};

enum class Word : uint8_t { never_asked, yes, no, yes_to_other_words };

struct GuardQuestion {
  ground::Method method = ground::Method::stated;
  Told told = Told::in_the_same_context;
  bool sensitive = false;
  bool pii = false;
  ground::Subject subject = ground::Subject::self;
  ground::Basis basis = ground::Basis::consent;  // of the slot's purpose
  Word word = Word::yes;                         // the person's, on the slot's purpose
  bool purpose_at_collection = true;
  bool purpose_today = true;
  ground::Assurance viewer = ground::Assurance::a2;
  ground::Assurance viewer_min = ground::Assurance::a0;
  bool expired = false;
  bool too_old_to_mention = false;
  bool seen_by_others = false;
  std::vector<ground::Level> norms;  // the levels of those that match
};

ground::Level guard_says(const GuardQuestion& question);

}  // namespace aizuchi::oracle
