// The one main of every test binary.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#if __has_feature(thread_sanitizer)
// Debian's RocksDB is not built with the sanitizer, so it cannot see the library's own atomics.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:librocksdb\n";
}
#endif
