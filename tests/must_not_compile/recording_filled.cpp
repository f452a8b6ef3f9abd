// expect: 'reads_' is a private member
// What a place was given comes from a record's bytes; nothing can be put into it.
#include "respect/admission/recording.h"

using namespace aizuchi;

void forge(respect::Recording& recording) {
#ifndef CONTROL
  recording.reads_.push_back({.value = ground::Value("sales"), .level = ground::Level::say});
#endif
  static_cast<void>(recording.reads().size());
}
