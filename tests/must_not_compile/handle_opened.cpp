// expect: 'person_' is a private member of 'aizuchi::respect::Handle'
// What recall found is opaque: only the admission opens it.
#include "respect/admission/admission.h"

using namespace aizuchi;

bool known(const ground::Snapshot& snapshot, const ground::Slot& slot,
           const respect::Handle& handle, const respect::Situation& situation) {
#ifdef CONTROL
  return respect::Admission(snapshot, slot, handle, situation).find(0) != nullptr;
#else
  static_cast<void>(snapshot), static_cast<void>(slot), static_cast<void>(situation);
  return handle.person_ != nullptr;
#endif
}
