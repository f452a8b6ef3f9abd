// Versions: what was published, by whom, and how long it is kept. A version is needed as long as a
// decision that it made can be explained; the ids of decisions begin with their time, so the oldest
// one left says which versions none of them needs.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "ground/base/bytes.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::BrandFiles;
using ground::ErrorCode;
using ground::fail;
using ground::Instant;
using ground::Result;
using ground::Space;

namespace {

constexpr uint8_t note_format = 1;
constexpr std::string_view notes = "version/";
constexpr std::string_view publishes = "publish/";
constexpr size_t expired_at_once_max = 2'000;

std::string meta_note(uint64_t version) {
  return fmt::format("{}{:016x}", notes, version);
}

uint64_t version_of(std::string_view name, std::string_view prefix) {
  uint64_t version = 0;
  const std::string_view digits = name.substr(prefix.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), version, 16);
  return version;
}

std::string encode_note(const VersionNote& note) {
  ground::ByteWriter out;
  out.u8(note_format);
  out.zigzag(note.at.ms);
  out.text(note.by);
  out.varint(note.rollback_of);
  out.varint(note.added);
  out.varint(note.changed);
  out.varint(note.removed);
  return out.take();
}

Result<VersionNote> decode_note(uint64_t version, std::string_view bytes) {
  ground::ByteReader in(bytes);
  if (in.u8() != note_format)
    return fail(ErrorCode::unsupported, "the note of a version is in a newer format",
                "use the version of Aizuchi that wrote it");
  VersionNote note{.version = version, .at = {in.zigzag()}};
  note.by = in.text();
  note.rollback_of = in.varint();
  note.added = in.varint();
  note.changed = in.varint();
  note.removed = in.varint();
  if (!in.done()) return fail(ErrorCode::corrupted, "the note of a version does not check");
  return note;
}

// Ids made before they began with their time look like moments far from now.
Instant decided_at(std::string_view record_key) {
  uint64_t ms = 0;
  for (size_t i = 0; i < 6; ++i) ms = ms << 8 | static_cast<uint8_t>(record_key[i]);
  return {static_cast<int64_t>(ms)};
}

}  // namespace

void Partition::State::note_version(const PublishTask& task, const Published& published,
                                    ground::Batch& batch) {
  batch.put(Space::meta, meta_note(task.version),
            encode_note({.version = task.version,
                         .at = clock.now(),
                         .by = task.terms.by,
                         .rollback_of = task.terms.rollback_of,
                         .added = published.changes.added,
                         .changed = published.changes.changed,
                         .removed = published.changes.removed}));
}

Result<std::vector<VersionNote>> Partition::versions() {
  State& s = *state_;
  std::vector<VersionNote> out;
  const auto kept = [&](std::string_view name, std::string_view) {
    out.push_back({.version = version_of(name, publishes)});
    return true;
  };
  TRY(s.store->scan(Space::meta, publishes, "", ground::Direction::backward, kept));
  for (VersionNote& version : out)
    if (const auto bytes = TRY(s.store->get(Space::meta, meta_note(version.version))))
      version = TRY(decode_note(version.version, *bytes));
  return out;
}

Result<BrandFiles> Partition::published_files(uint64_t version) {
  const uint64_t live = state_->snapshot ? state_->snapshot->version : 0;
  if (live == 0) return fail(ErrorCode::not_found, "no brand folder is published yet");
  if (version == 0) version = live;
  const auto bytes = TRY(state_->store->get(Space::meta, meta_publish(version)));
  if (!bytes && version == live)
    return fail(ErrorCode::corrupted, "the published brand folder is missing from the store");
  if (!bytes)
    return fail(ErrorCode::not_found, fmt::format("version {} is not kept here", version),
                "`aizuchi versions` lists what is; a version stays as long as a decision of it, "
                "at least 90 days");
  return BrandFiles::decode(*bytes);
}

Result<Partition::PublishTask> Partition::begin_rollback(uint64_t version, std::string_view by) {
  const uint64_t live = state_->snapshot ? state_->snapshot->version : 0;
  if (version == 0 && live < 2)
    return fail(ErrorCode::not_found, "there is no version before the live one",
                "`aizuchi versions` lists what is kept");
  if (version == 0) version = live - 1;
  // What the newer folder added goes: that is what rolling back means.
  return begin_publish(TRY(published_files(version)),
                       {.by = std::string(by), .prune = true, .rollback_of = version});
}

Result<Published> Partition::rollback(uint64_t version, std::string_view by) {
  PublishTask task = TRY(begin_rollback(version, by));
  task.compile();
  while (!count_some(task, INT64_MAX)) {
  }
  return finish_publish(std::move(task));
}

Result<void> Partition::State::expire_some() {
  if (!snapshot) return {};
  TRY(store->writable());
  const Instant cutoff = clock.now() - record_keep;
  ground::Batch batch;
  Instant oldest = Instant::never();  // of the decisions that stay
  size_t expired = 0;
  const auto each = [&](std::string_view key, std::string_view) {
    if (decided_at(key) >= cutoff || expired == expired_at_once_max) {
      oldest = decided_at(key);
      return false;
    }
    batch.erase(Space::record, key);
    ++expired;
    return true;
  };
  TRY(store->scan(Space::record, "", "", ground::Direction::forward, each));
  // The notes, not the folders: those are large.
  std::vector<std::pair<uint64_t, Instant>> noted;
  const auto note = [&](std::string_view name, std::string_view bytes) {
    const uint64_t version = version_of(name, notes);
    if (const auto read = decode_note(version, bytes)) noted.emplace_back(version, read->at);
    return true;
  };
  TRY(store->scan(Space::meta, notes, "", ground::Direction::forward, note));
  for (size_t i = 0; i + 1 < noted.size(); ++i) {
    const Instant until = noted[i + 1].second;
    if (until > cutoff || oldest < until) break;
    batch.erase(Space::meta, meta_publish(noted[i].first));
    batch.erase(Space::meta, meta_note(noted[i].first));
  }
  expire_populations(std::min(cutoff, oldest), batch);
  if (!batch.empty())
    store->commit(std::move(batch), ground::Durability::relaxed, [](const Result<void>&) {});
  return {};
}

}  // namespace aizuchi::serve
