#include "understand/audience/compound.h"

#include <algorithm>
#include <bit>

namespace aizuchi::understand {

namespace {

void named(const Compound& compound, std::vector<size_t>& out) {
  if (compound.op == Compound::Op::audience && std::ranges::find(out, compound.column) == out.end())
    out.push_back(compound.column);
  for (const Compound& part : compound.parts) named(part, out);
}

// Adds the people of one word to the cells of the Venn diagram, by bits of `cell`; a branch that
// nobody is in ends at once.
void add_cells(const Members& members, const std::vector<size_t>& columns, size_t at, uint64_t left,
               size_t cell, size_t word, std::vector<uint64_t>& cells) {
  if (left == 0) return;
  if (at == columns.size()) {
    cells[cell] += static_cast<uint64_t>(std::popcount(left));
    return;
  }
  const uint64_t in = members.column_bits(columns[at]).word(word);
  add_cells(members, columns, at + 1, left & in, cell | size_t{1} << at, word, cells);
  add_cells(members, columns, at + 1, left & ~in, cell, word, cells);
}

bool has_small_part(const Members& members, const std::vector<size_t>& columns) {
  std::vector<uint64_t> cells(size_t{1} << columns.size(), 0);
  const auto everyone = members.counted().words();
  for (size_t i = 0; i < everyone.size(); ++i)
    add_cells(members, columns, 0, everyone[i], 0, i, cells);
  return std::ranges::any_of(cells, [](uint64_t n) { return n > 0 && n < shown_min; });
}

}  // namespace

uint64_t word_of(const Members& members, const Compound& compound, size_t i) {
  using Op = Compound::Op;
  if (compound.op == Op::audience) return members.column_bits(compound.column).word(i);
  uint64_t word = word_of(members, compound.parts.front(), i);
  if (compound.op == Op::none_of) return members.counted().word(i) & ~word;
  for (size_t part = 1; part < compound.parts.size(); ++part) {
    const uint64_t other = word_of(members, compound.parts[part], i);
    word = compound.op == Op::all   ? word & other
           : compound.op == Op::any ? word | other
                                    : word & ~other;
  }
  return word;
}

Count count(const Members& members, const Compound& compound) {
  Count out;
  const size_t words = members.counted().words().size();
  for (size_t i = 0; i < words; ++i)
    out.people += static_cast<uint64_t>(std::popcount(word_of(members, compound, i)));
  std::vector<size_t> columns;
  named(compound, columns);
  AIZ_ASSERT(columns.size() <= Compound::audiences_max);
  out.small_part = compound.op != Compound::Op::audience && has_small_part(members, columns);
  return out;
}

}  // namespace aizuchi::understand
