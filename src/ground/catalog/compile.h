// Expressions and copy of a Draft become programs; reads are put in order. After every name is
// parsed, before the lint.
#pragma once

#include "ground/catalog/draft.h"
#include "ground/catalog/environment.h"

namespace aizuchi::ground::catalog {

// Derived facts, scales, phases, audiences, items, wordings. Type errors point into the YAML file.
void compile_rules(Draft& draft, BrandEnvironment& environment);
// Templates of all wordings, their variables and links.
void compile_copy(Draft& draft, BrandEnvironment& environment);
// Inputs of derived values and the phase, cycles, Slot::reads with inputs first.
void order_reads(Draft& draft, BrandEnvironment& environment);

// The place where people are counted, and what each audience hangs on. Its reads are not in order
// yet.
void compile_counting(Draft& draft);

// Does the read tell of the person, rather than of the moment?
bool personal(const Read& read);
bool reads_scales(const Draft& draft, std::span<const ReadId> reads);
// Everything an expression rests on: its reads, and through derived values theirs.
std::vector<ReadId> rests_on(const Draft& draft, std::span<const ReadId> reads);

}  // namespace aizuchi::ground::catalog
