// What somebody says is wrong, of products or at all, and that it was put right (apply.h). Internal
// to listen/events. Threads: pure, like apply().
#pragma once

#include <algorithm>
#include <vector>

#include "ground/base/value.h"
#include "listen/events/event.h"
#include "remember/ledger/person.h"

namespace aizuchi::listen {

// By time, the oldest first: an event that comes late goes where it belongs, and history that is
// imported does not push out what happened today.
template <typename T>
void keep_newest(std::vector<T>& list, T entry, size_t max) {
  list.insert(std::ranges::upper_bound(list, entry.at, {}, &T::at), std::move(entry));
  if (list.size() > max) list.erase(list.begin());
}

// The products an event names, each once a line; of an order's event those of its list.
std::vector<ground::ItemKey> products_of(const Event& event);

// Of no product: something is wrong all the same.
void complain(remember::PersonState& person, const Event& event);
// What is settled without naming a product settles everything before it.
void settle(remember::PersonState& person, const Event& event);
// … that was heard in a text; it is settled as a complaint is.
void worry_about(remember::PersonState& person, const ground::Value& concern, ground::Instant at);

}  // namespace aizuchi::listen
