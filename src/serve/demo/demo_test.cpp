#include <doctest/doctest.h>

#include "serve/demo/demo_stage.h"

using namespace aizuchi::serve;

TEST_CASE("A scene says how long ago something was") {
  CHECK(parse_before("-3d4h")->ms == (3 * 24 + 4) * 3'600'000);
  CHECK(parse_before("-1m20s")->ms == 80'000);
  CHECK_FALSE(parse_before("3d").has_value());
  CHECK_FALSE(parse_before("-3").has_value());
  CHECK_FALSE(parse_before("-").has_value());
  CHECK_FALSE(parse_before("").has_value());
}
