// The names a data directory has ever used, as small stable ids. Append-only: a purpose or fact
// that leaves the brand folder keeps its id, so that what was collected under it keeps its meaning.
// Names come from the brand folder and the source list, never from an event, so the tables are
// small. Threads: owned by the partition thread; snapshots copy the ids they need. Cost: one hash a
// lookup.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.h"
#include "ground/domain/domain.h"

namespace aizuchi::ground {

class Vocabulary {
 public:
  enum class Table : uint8_t { purpose, context, fact, event, notice, source, aggregate };
  static constexpr size_t tables = 7;

  // The id of a name, given out now if it is new. Errors: too_large when a table is full (64
  // purposes, 65,534 of the others).
  Result<uint16_t> intern(Table table, std::string_view name);
  std::optional<uint16_t> find(Table table, std::string_view name) const;
  // Precondition: the id was given out by this vocabulary.
  const std::string& name(Table table, uint16_t index) const;
  size_t size(Table table) const { return names_[static_cast<size_t>(table)].size(); }

  Result<ProvenanceId> intern(const Provenance& provenance);
  const Provenance& provenance(ProvenanceId id) const;
  size_t provenances() const { return provenances_.size(); }
  bool has(const Provenance& provenance) const { return provenance_index_.contains(provenance); }
  // How many of them are of a source: what its events say makes new ones.
  size_t provenances_of(SourceId source) const;

  // Takes the names of a later copy of this vocabulary (a publish compiles against a copy) and
  // keeps its own provenance tuples. Precondition: `later` began as a copy of this one.
  void adopt_names(const Vocabulary& later);

  // The whole as bytes and back (docs/formats.md); small, written when something was added.
  std::string encode() const;
  static Result<Vocabulary> decode(std::string_view bytes);
  // Counts additions since construction, to know whether encode() must be written again.
  uint64_t changes() const { return changes_; }

 private:
  std::vector<std::string> names_[tables];
  std::map<std::string, uint16_t, std::less<>> index_[tables];
  std::vector<Provenance> provenances_;
  std::map<Provenance, uint16_t> provenance_index_;
  std::map<SourceId, size_t> provenances_by_source_;
  uint64_t changes_ = 0;
};

}  // namespace aizuchi::ground
