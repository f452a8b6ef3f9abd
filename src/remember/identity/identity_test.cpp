#include "remember/identity/identity.h"

#include <doctest/doctest.h>

#include "ground/base/dice.h"

namespace aizuchi::remember {

using ground::Batch;
using ground::Durability;
using ground::PersonId;

TEST_CASE(
    "[P11] However many come, what is held of their ids has a bound, and each is still found") {
  const auto store = ground::open_memory_store();
  ground::SeededDice dice{7};
  const auto vault = ground::Vault::open_in_memory(dice);
  Identity identity(*store, *vault);
  const PersonId first{dice.next_128()}, again{dice.next_128()};
  Batch batch;
  identity.bind(anonymous_id_kind, "first", first, batch);
  identity.bind(anonymous_id_kind, "moved", first, batch);
  REQUIRE(store->commit_and_wait(std::move(batch), Durability::synced));
  Batch queued;
  for (size_t i = 0; i < Identity::bound_max - 1; ++i) {
    if (i % 1000 == 0) queued = {};  // what matters is how many came, not what is written of them
    identity.bind(anonymous_id_kind, std::to_string(i), first, queued);
  }
  // Bound a second time a moment ago, and not written yet.
  identity.bind(anonymous_id_kind, "moved", again, queued);
  CHECK(identity.cached() <= Identity::bound_max);
  CHECK(identity.find(anonymous_id_kind, "first").value() == first);
  CHECK(identity.find(anonymous_id_kind, "moved").value() == again);
}

}  // namespace aizuchi::remember
