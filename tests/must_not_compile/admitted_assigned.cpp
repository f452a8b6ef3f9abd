// expect: overload resolution selected deleted operator '='
// The level of one fact is not put on another.
#include "respect/admission/admission.h"

using namespace aizuchi::respect;

bool same(Admitted& spoken, const Admitted& withheld) {
#ifndef CONTROL
  spoken = withheld;
#endif
  return spoken.level() == withheld.level();
}
