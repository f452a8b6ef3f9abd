// expect: call to deleted constructor of '(const )?Admitted'
// Nor is it moved out of the admission it belongs to.
#include <utility>

#include "respect/admission/admission.h"

using namespace aizuchi::respect;

void keep(Admitted& fact) {
#ifdef CONTROL
  Admitted& same = fact;
#else
  Admitted same = std::move(fact);
#endif
  static_cast<void>(same);
}
