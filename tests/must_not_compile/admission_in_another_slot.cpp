// expect: overload resolution selected deleted operator '='
// What the mail's body may say is not what its subject line may say.
#include "respect/admission/admission.h"

using namespace aizuchi::respect;

void speak(const Admission& admission);

void decide(Admission& subject_line, const Admission& body) {
#ifndef CONTROL
  subject_line = body;
#endif
  speak(subject_line);
  speak(body);
}
