// What is served now of what was learned and found: swapped whole, immutable but for the visits,
// which go on (on the partition's thread).
#pragma once

#include <memory>

namespace aizuchi::ground {
struct Snapshot;
}  // namespace aizuchi::ground

namespace aizuchi::understand {

struct Related;  // related.h
class Similar;   // similar.h
class Visits;    // visits.h

struct Recommenders {  // null: there is none
  std::shared_ptr<const Related> related;
  std::shared_ptr<const Similar> similar;
  std::shared_ptr<Visits> visits;
};

// null: no shelf of the folder asks for it.
std::shared_ptr<const Similar> find_similar(const ground::Snapshot& snapshot);

}  // namespace aizuchi::understand
