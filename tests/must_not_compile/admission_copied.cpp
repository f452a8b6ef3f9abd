// expect: call to deleted constructor of '(const )?Admission'
// What was admitted for one slot is not handed on.
#include "respect/admission/admission.h"

using namespace aizuchi::respect;

void keep(const Admission& admission) {
#ifdef CONTROL
  const Admission& same = admission;
#else
  const Admission same = admission;
#endif
  static_cast<void>(same);
}
