// expect: call to deleted constructor of '(const )?Admitted'
// An admitted fact is admitted to one slot: no copy of it travels to another.
#include "respect/admission/admission.h"

using namespace aizuchi::respect;

void keep(const Admitted& fact) {
#ifdef CONTROL
  const Admitted& same = fact;
#else
  const Admitted same = fact;
#endif
  static_cast<void>(same);
}
