// expect-tidy: bugprone-unused-return-value
// A Result that nobody reads is a failure that nobody sees; std::expected does not warn of it.
#include "ground/base/result.h"

aizuchi::ground::Result<int> save();

void keep() {
#ifdef CONTROL
  if (!save()) return;
#else
  save();
#endif
}
