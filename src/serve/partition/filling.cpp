#include "serve/partition/filling.h"

#include "remember/ledger/ledger.h"
#include "respect/admission/counted.h"

namespace aizuchi::serve {

using ground::PersonId;
using ground::Result;

understand::Look look_at(const ground::Snapshot& snapshot, const remember::PersonState& person,
                         const remember::ProvenanceLookup& provenances, ground::Instant now) {
  const respect::Counted counted(snapshot, respect::Handle(&person, provenances), now);
  return {.counted = counted.open(), .in = counted.in(), .next_change = counted.next_change()};
}

Filling::Filling(ground::Store& store, ground::Vault& vault,
                 std::shared_ptr<const ground::Snapshot> snapshot, ground::Vocabulary names,
                 ground::Instant now)
    : store_(store),
      vault_(vault),
      snapshot_(std::move(snapshot)),
      names_(std::move(names)),
      now_(now) {}

const ground::Provenance& Filling::provenance(ground::ProvenanceId id) const {
  if (id.index < names_.provenances()) return names_.provenance(id);
  met_new_name_ = true;
  return nothing_allowed_;
}

void Filling::look_at_stored(const PersonId& id, std::string_view sealed,
                             std::vector<Looked>& out) {
  const auto person = remember::open_state(store_, vault_, id, sealed);
  if (!person) ++unreadable_;
  if (!person || !*person) return;
  met_new_name_ = false;
  understand::Look look = look_at(*snapshot_, **person, *this, now_);
  if (!met_new_name_) out.push_back({id, std::move(look)});
}

Result<bool> Filling::look_on(size_t people, std::vector<Looked>& out) {
  bool more = false;
  size_t left = people;
  const auto each = [&](std::string_view key, std::string_view sealed) {
    const auto id = PersonId::from_bytes(key);
    if (key == after_ || !id) return true;
    more = left == 0;
    if (more) return false;
    --left;
    look_at_stored(*id, sealed, out);
    after_ = key;
    return true;
  };
  TRY(store_.scan(ground::Space::state, "", after_, ground::Direction::forward, each));
  if (!more) after_ = std::string(16, '\xff');
  return more;
}

double Filling::progress() const {
  if (after_.size() < 2) return 0;
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(after_[i]); };
  return (byte(0) * 256 + byte(1)) / 65535.0;
}

}  // namespace aizuchi::serve
