#include "remember/identity/identity.h"

namespace aizuchi::remember {

using ground::PersonId;
using ground::Result;
using ground::Space;

const std::string& Identity::named(std::string_view kind, std::string_view value) {
  named_.assign(kind).append(1, '\0').append(value);  // no kind has a zero in it
  return named_;
}

void Identity::saw(std::string_view kind, std::string_view value,
                   const std::optional<PersonId>& person) {
  if (recent_.size() >= recent_max) recent_.clear();
  recent_[named(kind, value)] = person;
}

Result<std::optional<PersonId>> Identity::find(std::string_view kind, std::string_view value) {
  if (const auto it = recent_.find(named(kind, value)); it != recent_.end()) return it->second;
  const PersonId lookup{vault_.lookup(kind, value)};
  if (const auto it = cache_.find(lookup); it != cache_.end()) {
    saw(kind, value, it->second);
    return it->second;
  }
  const auto stored = TRY(store_.get(Space::identity, lookup.bytes()));
  if (!stored) {
    saw(kind, value, std::nullopt);
    return std::nullopt;
  }
  const auto id = PersonId::from_bytes(*stored);
  if (!id) return ground::fail(ground::ErrorCode::corrupted, "an identity entry does not check");
  // What was bound a moment ago may still be queued, so what is read makes it no room.
  if (cache_.size() < cached_max) cache_.emplace(lookup, *id);
  saw(kind, value, *id);
  return *id;
}

Result<bool> Identity::forget(std::string_view kind, std::string_view value, const PersonId& person,
                              ground::Batch& batch) {
  if (TRY(find(kind, value)) != person) return false;
  const PersonId lookup{vault_.lookup(kind, value)};
  batch.erase(Space::identity, lookup.bytes());
  cache_.erase(lookup);
  recent_.erase(named(kind, value));
  return true;
}

void Identity::bind(std::string_view kind, std::string_view value, const PersonId& person,
                    ground::Batch& batch) {
  const PersonId lookup{vault_.lookup(kind, value)};
  batch.put(Space::identity, lookup.bytes(), person.bytes());
  cache_[lookup] = person;
  bound_.emplace_back(lookup, person);
  if (bound_.size() > bound_max) {
    const auto oldest = cache_.find(bound_.front().first);
    if (oldest != cache_.end() && oldest->second == bound_.front().second) cache_.erase(oldest);
    bound_.pop_front();
  }
  saw(kind, value, person);
}

}  // namespace aizuchi::remember
