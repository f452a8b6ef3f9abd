// expect: member access into incomplete type 'const remember::PersonState'
// Who sees an admission does not see the person behind it, not even the shape of what is kept.
#include "respect/admission/admission.h"

using namespace aizuchi;

bool known(const remember::PersonState& person, const respect::Admission& admission) {
#ifdef CONTROL
  static_cast<void>(person);
  return admission.find(0) != nullptr;
#else
  static_cast<void>(admission);
  return person.facts.empty();
#endif
}
