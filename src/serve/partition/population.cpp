// Where everyone stands: deciles and RFM. Asked every night at the brand's hour and at once for a
// new scale; what comes of it is a version of its own, kept as long as a decision that read it.
#include "ground/catalog/population.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "respect/admission/counted.h"
#include "serve/partition/ranking.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Instant;
using ground::Population;
using ground::Result;
using ground::Space;

namespace {

constexpr uint8_t seal_format = 1;
constexpr std::string_view populations = "population/";
constexpr ground::Duration retry_after = ground::Duration::minutes(1);

std::string meta_population(uint64_t version) {
  return fmt::format("{}{:016x}", populations, version);
}

uint64_t version_of(std::string_view key) {
  uint64_t version = 0;
  std::from_chars(key.data() + populations.size(), key.data() + key.size(), version, 16);
  return version;
}

bool has_scales(const std::shared_ptr<const ground::Snapshot>& snapshot) {
  return snapshot && snapshot->counting && !snapshot->scales.empty();
}

}  // namespace

Result<Population> Partition::State::population_of(uint64_t version) {
  if (population && population->version == version) return *population;
  const std::string key = meta_population(version);
  const auto sealed = TRY(store->get(Space::meta, key));
  if (!sealed)
    return fail(ErrorCode::not_found,
                fmt::format("version {} of the population is not kept any more", version));
  return ground::decode_population(TRY(vault->open(population_key, key, *sealed)));
}

Result<void> Partition::State::load_population() {
  uint64_t newest = 0;
  const auto each = [&](std::string_view key, std::string_view) {
    newest = version_of(key);
    return false;
  };
  TRY(store->scan(Space::meta, populations, "", ground::Direction::backward, each));
  if (newest > 0) {
    auto kept = population_of(newest);
    if (!kept && kept.error().code == ErrorCode::unsupported) return std::unexpected(kept.error());
    // One that cannot be read holds its number, and another is made at once.
    population = std::make_shared<const Population>(
        kept ? *std::move(kept) : Population{.version = newest, .at = {}, .scales = {}});
  }
  schedule_ranking();
  return {};
}

void Partition::State::schedule_ranking() {
  ranking.reset();  // it may ask for the numbers of an old folder
  ranking_due = Instant::never();
  if (!has_scales(snapshot)) return;
  const auto known = [&](const ground::Scale& scale) {
    return population && population->find(scale.fingerprint) != nullptr;
  };
  ranking_due = std::ranges::all_of(snapshot->scales, known)
                    ? ground::next_night(*snapshot, population->at)
                    : clock.now();
}

void Partition::State::rank_some(int64_t budget_us) {
  if (keeping_population) return;
  if (!ranking) {
    // A number that is not filled from history yet would be compared as if it were all.
    if (backfill_pending || clock.now() < ranking_due || !has_scales(snapshot)) return;
    ranking =
        std::make_shared<Ranking>(StoredPeople(*store, *vault, vocabulary), snapshot, clock.now(),
                                  AskingEveryone::runs_with(options.data_directory));
  }
  if (!ranking->asking().advance(clock, budget_us)) return;
  auto cuts = ranking->take();
  const Instant at = ranking->at();
  ranking.reset();
  if (cuts)
    keep_population({.version = population ? population->version + 1 : 1,
                     .at = at,
                     .scales = *std::move(cuts)});
  else
    ranking_due = clock.now() + retry_after;
}

// Nobody reads it before it is durable: a record that names it must find it.
void Partition::State::keep_population(Population next) {
  const std::string key = meta_population(next.version);
  ground::Batch batch;
  batch.put(Space::meta, key, vault->seal(population_key, seal_format, key, ground::encode(next)));
  auto made = std::make_shared<const Population>(std::move(next));
  keeping_population = true;
  const auto swap = [this, made](bool kept) {
    keeping_population = false;
    if (kept) {
      population = made;
      const auto reads = [](const ground::Audience& a) { return a.reads_scales; };
      if (std::ranges::any_of(snapshot->audiences, reads)) census.publish(counting_by());
    }
    schedule_ranking();
    if (!kept) ranking_due = std::max(ranking_due, clock.now() + retry_after);
  };
  commit_then(std::move(batch), swap);
}

void Partition::State::expire_populations(Instant cutoff, ground::Batch& batch) {
  std::string before;  // the key of the version that this one took the place of
  const auto each = [&](std::string_view key, std::string_view) {
    const auto kept = population_of(version_of(key));
    if (!kept || kept->at > cutoff) return false;
    if (!before.empty()) batch.erase(Space::meta, before);
    before = key;
    return true;
  };
  (void)store->scan(Space::meta, populations, "", ground::Direction::forward, each);
}

void Partition::State::check_scales(Explained& explained) {
  if (explained.record.population == 0) return;
  const uint64_t version = explained.record.population;
  const auto kept = population_of(version);
  if (!kept) {
    for (std::string& difference : explained.differences)
      if (difference.empty())
        difference = fmt::format(
            "version {} of the population, which it read, is not kept any more", version);
    return;
  }
  explained.population_at = kept->at;
  const ground::Snapshot& brand = *explained.snapshot;
  for (size_t i = 0; i < explained.again.size(); ++i) {
    respect::Admission& admission = *explained.again[i].admission;
    for (const ground::ReadId id : explained.again[i].slot->reads) {
      const respect::Admitted* said = admission.find(id);
      if (brand.reads[id].kind != ground::ReadKind::scale || said == nullptr) continue;
      const ground::Scale& scale = brand.scales[brand.reads[id].scale_index];
      const ground::CutPoints* cuts = kept->find(scale.fingerprint);
      const auto number = respect::number_on(brand, scale, admission, explained.record.at);
      const bool same = cuts != nullptr && !cuts->at.empty() && number &&
                        said->value().same(static_cast<int64_t>(cuts->part_of(*number)));
      if (!same && explained.differences[i].empty())
        explained.differences[i] =
            fmt::format("{} is another by version {} of the population", scale.name, version);
    }
  }
}

PopulationNote Partition::population() const {
  const State& s = *state_;
  PopulationNote out{
      .next = has_scales(s.snapshot) ? s.ranking_due : Instant::never(),
      .counting = s.ranking || s.keeping_population || s.ranking_due <= s.clock.now(),
      .scales = {}};
  if (s.population) out.version = s.population->version, out.at = s.population->at;
  if (out.counting) out.progress = s.ranking ? 0.98 * s.ranking->asking().progress() : 0;
  if (s.keeping_population) out.progress = 0.99;
  if (!s.snapshot) return out;
  for (const ground::Scale& scale : s.snapshot->scales) {
    ScaleEntry entry{.name = scale.name,
                     .title = scale.title,
                     .parts = scale.parts,
                     .people = std::nullopt,
                     .cut_points = {}};
    const auto* cuts = s.population ? s.population->find(scale.fingerprint) : nullptr;
    entry.counted = cuts != nullptr;
    if (cuts != nullptr && cuts->people >= ground::CutPoints::people_min) {
      entry.people = cuts->people;
      if (cuts->people >= ground::CutPoints::people_min * scale.parts) entry.cut_points = cuts->at;
    }
    out.scales.push_back(std::move(entry));
  }
  return out;
}

Result<void> Partition::count_population() {
  State& s = *state_;
  if (!has_scales(s.snapshot))
    return fail(ErrorCode::not_found, "the folder that is live has no scales",
                "population.yaml names them: deciles and rfm");
  TRY(s.store->writable());
  if (s.ranking || s.keeping_population) return {};  // everyone is being asked already
  s.ledger.flush({});                                // what was just told is compared, too
  TRY(s.store->commit_and_wait({}, ground::Durability::relaxed));
  s.ranking_due = s.clock.now();
  return {};
}

}  // namespace aizuchi::serve
