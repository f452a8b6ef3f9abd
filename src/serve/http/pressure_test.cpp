#include "serve/http/pressure.h"

#include <doctest/doctest.h>

namespace aizuchi::serve {
namespace {

// One probe that waited so long and ended now; so many requests were looked at meanwhile.
void probe(Pressure& pressure, int64_t now_us, int64_t wait_us, int requests = 2) {
  REQUIRE(pressure.wants_probe());
  pressure.probe_began(now_us - wait_us);
  CHECK(!pressure.wants_probe());
  for (int i = 0; i < requests; ++i) (void)pressure.shed(now_us - wait_us);
  pressure.probe_ended(now_us);
}

}  // namespace

TEST_CASE("One long wait gives nothing up, a queue that stands does, and it ends with the queue") {
  Pressure pressure(ground::Duration{10});
  probe(pressure, 100'000, 60'000);
  CHECK(pressure.shed(100'000) == Shed::nothing);
  for (int64_t now = 120'000; now < 190'000; now += 20'000) probe(pressure, now, 15'000);
  CHECK(pressure.shed(190'000) == Shed::nothing);
  probe(pressure, 200'000, 15'000);
  CHECK(pressure.shed(200'000) == Shed::decisions);
  // Shorter waits give up less, and nothing is given up that did not wait.
  probe(pressure, 210'000, 9'000);
  CHECK(pressure.shed(210'000) == Shed::ingest);
  probe(pressure, 220'000, 6'000);
  CHECK(pressure.shed(220'000) == Shed::admin);
  probe(pressure, 230'000, 1'000);
  CHECK(pressure.shed(230'000) == Shed::nothing);
  // Within a second one long wait is enough; after it patience is back.
  probe(pressure, 240'000, 20'000);
  CHECK(pressure.shed(240'000) == Shed::decisions);
  probe(pressure, 250'000, 0);
  probe(pressure, 2'000'000, 20'000);
  CHECK(pressure.shed(2'000'000) == Shed::nothing);
}

TEST_CASE("A short wait in between means that no queue stands") {
  Pressure pressure(ground::Duration{10});
  for (int64_t now = 0; now < 2'000'000; now += 20'000)
    probe(pressure, now, now % 80'000 == 0 ? 1'000 : 30'000);
  CHECK(pressure.shed(2'000'000) == Shed::nothing);
}

TEST_CASE("One client's slow requests, or a slow machine, are no queue") {
  Pressure pressure(ground::Duration{10});
  for (int64_t now = 0; now < 1'000'000; now += 20'000) probe(pressure, now, 18'000, 1);
  CHECK(pressure.shed(1'000'000) == Shed::nothing);
  CHECK(pressure.wait_us(1'000'000) == 0);
}

TEST_CASE("Two long waits with nothing known in between are two stalls") {
  Pressure pressure(ground::Duration{10});
  for (int64_t now = 0; now < 3'000'000; now += 150'000) {
    probe(pressure, now, 30'000);
    CHECK(pressure.shed(now) == Shed::nothing);
  }
}

TEST_CASE("A probe that has not come back counts, and an old one does not") {
  Pressure pressure(ground::Duration{10});
  for (int64_t now = 0; now <= 200'000; now += 20'000) probe(pressure, now, 15'000);
  CHECK(pressure.shed(200'000) == Shed::decisions);
  CHECK(pressure.shed(200'000 + Pressure::fresh_us) == Shed::nothing);
  pressure.probe_began(300'000);
  CHECK(pressure.wait_us(340'000) == 40'000);
  CHECK(pressure.shed(340'000) == Shed::decisions);
}

TEST_CASE("Without a target nothing is ever given up, and nothing is measured") {
  Pressure pressure(ground::Duration{});
  CHECK(!pressure.wants_probe());
  pressure.probe_ended(5);
  CHECK(pressure.shed(1'000'000'000) == Shed::nothing);
}

}  // namespace aizuchi::serve
