// expect: no (viable conversion|matching function)
// The number of a slot is not the number of an item.
#include "ground/base/id.h"

using SlotId = aizuchi::ground::Id<struct SlotTag>;
using ItemId = aizuchi::ground::Id<struct ItemTag>;

void show(ItemId item);

void fill(SlotId slot, ItemId item) {
#ifdef CONTROL
  if (slot.valid()) show(item);
#else
  if (item.valid()) show(slot);
#endif
}
