// expect: invalid operands to binary expression
// A decision's id is not a person's, though both are 128 random bits.
#include "ground/base/id.h"

using PersonId = aizuchi::ground::Id128<struct PersonTag>;
using DecisionId = aizuchi::ground::Id128<struct DecisionTag>;

bool same(const PersonId& person, const DecisionId& decision) {
#ifdef CONTROL
  return person.raw == decision.raw;
#else
  return person == decision;
#endif
}
