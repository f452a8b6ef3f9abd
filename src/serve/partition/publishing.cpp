// Publish: lint, plan, apply. A brand folder becomes a snapshot; an invalid one changes nothing.
// New aggregates are filled from each person's history while serving goes on.
#include <fmt/format.h>

#include <algorithm>

#include "ground/base/bytes.h"
#include "serve/partition/backfilling.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::BrandFiles;
using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Space;

namespace {

constexpr size_t versions_cached = 4;

std::string u64_bytes(uint64_t v) {
  ground::ByteWriter out;
  out.be64(v);
  return out.take();
}

bool has_error(const std::vector<ground::Finding>& findings) {
  return std::ranges::any_of(findings,
                             [](const auto& f) { return f.severity == ground::Severity::error; });
}

std::string in_words(const Published& published, uint64_t rollback_of) {
  const ground::Changes& changes = published.changes;
  std::string out = fmt::format("{} added, {} changed, {} removed", changes.added, changes.changed,
                                changes.removed);
  if (rollback_of > 0) out += fmt::format("; the folder of version {}", rollback_of);
  return out;
}

std::string encode_since(const std::map<uint16_t, uint64_t>& since) {
  ground::ByteWriter out;
  out.varint(since.size());
  for (const auto& [index, version] : since) {
    out.varint(index);
    out.varint(version);
  }
  return out.take();
}

}  // namespace

Result<void> Partition::State::load_snapshot() {
  backfill_of = std::make_shared<Backfill>(nullptr, aggregate_since);
  const auto version = TRY(store->get(Space::meta, meta_version));
  if (!version) return {};
  TRY(load_texts());
  snapshot = TRY(snapshot_of(ground::ByteReader(*version).be64()));
  hear_by(snapshot);
  if (const auto bytes = TRY(store->get(Space::meta, meta_aggregates))) {
    ground::ByteReader in(*bytes);
    for (size_t n = in.count(2); n > 0 && in.ok(); --n) {
      const auto index = static_cast<uint16_t>(in.varint());
      aggregate_since[index] = in.varint();
    }
    if (!in.done()) return fail(ErrorCode::corrupted, "meta 'aggregates' does not check");
  }
  backfill_of = std::make_shared<Backfill>(snapshot, aggregate_since);
  const auto done = TRY(store->get(Space::meta, meta_backfilled));
  backfill_pending = backfill_of->as_of() > (done ? ground::ByteReader(*done).be64() : 0);
  return {};
}

Result<std::shared_ptr<const ground::Snapshot>> Partition::State::snapshot_of(uint64_t version) {
  if (snapshot && snapshot->version == version) return snapshot;
  for (const Version& known : recent_versions)
    if (known.version == version) return known.snapshot;
  const auto bytes = TRY(store->get(Space::meta, meta_publish(version)));
  if (!bytes)
    return fail(ErrorCode::not_found,
                fmt::format("version {} of the brand folder is not kept any more", version));
  const BrandFiles files = TRY(BrandFiles::decode(*bytes));
  ground::Vocabulary names = vocabulary;
  ground::Compiled compiled = ground::compile_brand(files, names, version);
  if (!compiled.snapshot)
    return fail(ErrorCode::corrupted,
                fmt::format("version {} of the brand folder does not compile any more", version));
  tell_texts(*compiled.snapshot);
  recent_versions.push_back({version, compiled.snapshot});
  if (recent_versions.size() > versions_cached) recent_versions.pop_front();
  return compiled.snapshot;
}

std::shared_ptr<const ground::Snapshot> Partition::snapshot() const {
  return state_->snapshot;
}

Result<Published> Partition::plan(const BrandFiles& files) {
  PublishTask task = begin_publish(files);
  task.compile();
  while (!count_some(task, INT64_MAX)) {
  }
  return finish_plan(task);
}

Result<Published> Partition::finish_plan(const PublishTask& task) {
  Published out{.version = state_->snapshot ? state_->snapshot->version : 0,
                .findings = task.compiled.findings};
  BrandFiles before;
  if (state_->snapshot) before = TRY(published_files());
  out.changes = ground::plan_changes(before, task.files);
  out.changed = !out.changes.lines.empty();
  out.needs_prune = out.changes.removed > 0;
  out.stops = state_->stops_that_hold();
  return out;
}

Partition::PublishTask Partition::begin_publish(BrandFiles files, PublishTerms terms) const {
  const uint64_t live = state_->snapshot ? state_->snapshot->version : 0;
  return {.files = std::move(files),
          .terms = std::move(terms),
          .names = state_->vocabulary,
          .version = live + 1};
}

Result<Published> Partition::publish(const BrandFiles& files, PublishTerms terms) {
  PublishTask task = begin_publish(files, std::move(terms));
  task.compile();
  // A server that starts with the folder that is live reaches nobody new.
  const bool live = state_->snapshot && TRY(published_files()).files == files.files;
  while (!live && !count_some(task, INT64_MAX)) {
  }
  return finish_publish(std::move(task));
}

Result<Published> Partition::finish_publish(PublishTask task) {
  State& s = *state_;
  TRY(s.store->writable());
  Published out{.version = s.snapshot ? s.snapshot->version : 0};
  if (task.version != out.version + 1)
    return fail(ErrorCode::conflict, "another publish came between",
                "look at the plan again, then publish");
  ground::Compiled& compiled = task.compiled;
  out.findings = std::move(compiled.findings);
  if (!compiled.snapshot || has_error(out.findings)) return out;
  BrandFiles before;
  if (s.snapshot) before = TRY(published_files());
  if (s.snapshot && before.files == task.files.files) return out;
  out.changes = ground::plan_changes(before, task.files);
  out.stops = s.stops_that_hold();
  out.needs_prune = out.changes.removed > 0 && !task.terms.prune;
  if (out.needs_prune) return out;
  return s.adopt(std::move(task), std::move(out));
}

Result<void> Partition::State::commit_audited(ground::Batch batch, std::string_view by,
                                              std::string_view action, std::string_view on,
                                              std::string_view detail) {
  audit.add(batch, clock.now(), by, action, on, detail);
  const auto kept = store->commit_and_wait(std::move(batch), ground::Durability::synced);
  audit.committed(kept.has_value());
  return kept;
}

Result<Published> Partition::State::adopt(PublishTask task, Published out) {
  const std::shared_ptr<const ground::Snapshot> next = task.compiled.snapshot;
  std::map<uint16_t, uint64_t> since = aggregate_since;
  for (const ground::Aggregate& aggregate : next->aggregates) {
    const auto same = [&](const ground::Aggregate& a) { return a.id == aggregate.id; };
    if (snapshot && std::ranges::any_of(snapshot->aggregates, same)) continue;
    since[aggregate.id.index] = next->version;  // new, or back after an absence
    ++out.aggregates_to_backfill;
  }
  vocabulary.adopt_names(task.names);
  PurposeTexts texts = texts_with(*next);
  ground::Batch batch;
  batch.put(Space::meta, meta_publish(next->version), task.files.encode());
  batch.put(Space::meta, meta_version, u64_bytes(next->version));
  note_version(task, out, batch);
  batch.put(Space::meta, meta_aggregates, encode_since(since));
  batch.put(Space::meta, meta_texts, encode(texts));
  keep_purpose_texts(*next, batch);
  keep_vocabulary(batch);
  // In the same batch every state is brought up to the log: what a crash leaves to be replayed is
  // replayed under one snapshot.
  audit.add(batch, clock.now(), task.terms.by, task.terms.rollback_of > 0 ? "rollback" : "publish",
            fmt::format("version {}", next->version), in_words(out, task.terms.rollback_of));
  ledger.flush(std::move(batch));
  const auto kept = store->commit_and_wait({}, ground::Durability::synced);
  audit.committed(kept.has_value());
  TRY(kept);
  if (snapshot) recent_versions.push_back({snapshot->version, snapshot});
  if (recent_versions.size() > versions_cached) recent_versions.pop_front();
  purpose_texts = std::move(texts);
  tell_texts(*task.compiled.snapshot);  // nobody has it yet
  snapshot = next;
  hearing = std::move(task.hearing);
  hearing_to_come.reset();
  aggregate_since = std::move(since);
  backfill_of = std::make_shared<Backfill>(snapshot, aggregate_since);
  override_products();
  if (out.aggregates_to_backfill > 0) {
    backfill_pending = true;
    backfill_after.clear();
  }
  schedule_ranking();
  adopt_similar(std::move(task.similar));
  begin_visits();
  schedule_training();
  schedule_lessons();
  schedule_usual();
  slot_counters.clear();
  census.publish(counting_by());
  out.version = snapshot->version;
  out.changed = true;
  return out;
}

}  // namespace aizuchi::serve
