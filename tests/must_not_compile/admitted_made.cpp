// expect: calling a private constructor of class 'aizuchi::respect::Admitted'
// Nobody but the guard's window makes an admitted fact.
#include "respect/admission/admission.h"

using namespace aizuchi::respect;

void use(const Admitted& fact);

void decide(const Admission& admission) {
#ifdef CONTROL
  if (const Admitted* fact = admission.find(3)) use(*fact);
#else
  static_cast<void>(admission);
  use(Admitted{});
#endif
}
