// expect: invalid operands to binary expression
// A moment and a length of time are different things: two moments cannot be added.
#include "ground/base/time.h"

using namespace aizuchi::ground;

Instant later(Instant start, Instant end) {
#ifdef CONTROL
  return start + (end - start);
#else
  return start + end;
#endif
}
