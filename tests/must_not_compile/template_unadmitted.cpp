// expect: no (matching function|viable conversion)
// A template is given what was admitted, never a value that someone found elsewhere.
#include "speak/render/render.h"

using namespace aizuchi;

bool say(const ground::Wording& wording, const ground::Snapshot& snapshot,
         const respect::Admission& admission, const ground::ValueMap& facts) {
#ifdef CONTROL
  static_cast<void>(facts);
  return speak::render(wording, nullptr, {}, snapshot, admission).has_value();
#else
  static_cast<void>(admission);
  return speak::render(wording, nullptr, {}, snapshot, facts).has_value();
#endif
}
