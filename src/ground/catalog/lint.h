// What is well-formed and still must not be published. Errors refuse, warnings tell. Each file
// holds one question; the rules are listed in docs/brand.md.
//
// Threads: pure functions of the compiled Draft. Cost: linear in the copy, times the words
// searched.
#pragma once

#include "ground/catalog/draft.h"

namespace aizuchi::ground::catalog {

// Is it owned up to? missing-speaks (P3), name-only (P2)
void lint_speaks(Draft& draft);
// Could it ever be said there? say-never (P1)
void lint_reach(Draft& draft);
// Do the words give away more than is owned up to? speaks-undeclared, sensitive-inference,
// voice-avoids
void lint_words(Draft& draft);
// Can it be said at all, and is it true? no-evidence, same-words, never-qualifies,
// conditional-fallback (P9)
void lint_content(Draft& draft);
// Is there something to say? coverage (P9)
void lint_coverage(Draft& draft);
// Do two live items promise different things? promises-contradict
void lint_promises(Draft& draft);

// Can what is asked be answered and given back? question-* (P4, P5)
void lint_questions(Draft& draft);

// May the value ever stand in copy at this slot, with the sources there are? "" when it may, else
// why not. (P1; the guard decides at run time by the same table)
std::string why_never_said(const Draft& draft, const Slot& slot, ReadId read);

}  // namespace aizuchi::ground::catalog
