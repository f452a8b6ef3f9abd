// Who finds a use odd, of all who met it: counted anew in each round that looks at everyone, from
// their states and their decisions' records, so that nothing of it has to be kept or forgotten but
// that a use was stopped.
#include "serve/partition/odd_looks.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ground/base/bytes.h"
#include "remember/ledger/odd_use.h"
#include "respect/admission/computed.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::Instant;
using ground::Result;
using ground::Space;

namespace {

constexpr uint8_t odd_format = 1;
constexpr std::string_view prefix = "odd/";
constexpr size_t watched_max = 10'000;
constexpr size_t records_opened_max = 16;  // of one person, in one look
constexpr uint32_t visits_min = 2;         // of who is not signed in

std::string encode_use(const OddUse& use) {
  ground::ByteWriter out;
  out.u8(odd_format);
  out.text(use.fact);
  out.text(use.of);
  out.zigzag(use.stopped_at.ms);
  out.zigzag(use.resumed_at.ms);
  out.text(use.resumed_by);
  return out.take();
}

Result<void> decode_into(OddUses& uses, std::string_view bytes) {
  ground::ByteReader in(bytes);
  if (in.u8() != odd_format)
    return ground::fail(ground::ErrorCode::unsupported,
                        "what is stopped since it felt odd is in a newer format");
  const std::string fact(in.text()), of(in.text());
  const Instant stopped{in.zigzag()}, resumed{in.zigzag()};
  const std::string by(in.text());
  if (!in.done())
    return ground::fail(ground::ErrorCode::corrupted, "a stored stop of a use does not check");
  OddUse& use = uses.watch(fact, of);
  use.stopped_at = stopped;
  use.resumed_at = resumed;
  use.resumed_by = by;
  return {};
}

}  // namespace

std::shared_ptr<OddUses> no_odd_uses() {
  return std::make_shared<OddUses>();
}

OddUse& OddUses::watch(std::string_view fact, std::string_view of) {
  const remember::OddUse name{.fact = fact, .of = of};
  OddUse& use = uses[remember::odd_name(name)];
  if (use.key == 0) {
    use.fact = fact;
    use.of = of;
    use.of_key = name.of_key();
    use.key = ground::use_key(use.of_key, fact);
  }
  return use;
}

Result<void> Partition::State::load_odd() {
  Result<void> outcome;
  const auto each = [&](std::string_view, std::string_view bytes) {
    outcome = decode_into(*odd_uses, bytes);
    return outcome.has_value();
  };
  TRY(store->scan(Space::meta, prefix, "", ground::Direction::forward, each));
  return outcome;
}

Result<void> Partition::State::keep_odd(const OddUse& use, std::string_view by,
                                        std::string_view action, std::string_view detail) {
  const std::string name = remember::odd_name({.fact = use.fact, .of = use.of});
  ground::Batch batch;
  batch.put(Space::meta, fmt::format("{}{}", prefix, name), encode_use(use));
  TRY(commit_audited(std::move(batch), by, action, fmt::format("{} at {}", use.fact, use.of),
                     detail));
  odd_uses->uses[name] = use;
  override_stops();
  return {};
}

void Partition::State::begin_odd() {
  OddUses& odd = *odd_uses;
  odd.so_far.clear();
  odd.watched.clear();
  odd.found_new = false;
  for (const auto& [name, use] : odd.uses) odd.watched.emplace(use.of_key, &use);
}

namespace {

// What one person's records say they met: each is opened once.
class Met {
 public:
  using Open = std::function<std::optional<decide::DecisionRecord>(uint64_t first_8_bytes)>;
  using Named = std::function<const ground::Snapshot*(uint64_t version)>;
  Met(Open open, Named named) : open_(std::move(open)), named_(std::move(named)) {}

  // Was it shown with this at hand? Where the folder of its time is not at hand any more, being
  // shown the item is all that is asked.
  bool met(const remember::Said& said, const OddUse& use) {
    if (said.decision != decision_ || !looked_) look_at(said.decision);
    if (!record_) return false;
    const ground::Snapshot* snapshot = named_(record_->version);
    for (const decide::RecordedSlot& slot : record_->slots) {
      if (ground::item_key("slot", slot.slot) != said.slot) continue;
      if (std::ranges::find(slot.picks, said.item, &decide::RecordedPick::item) == slot.picks.end())
        continue;
      if (snapshot == nullptr) return true;
      return std::ranges::any_of(slot.recording.reads(), [&](const auto& read) {
        return read.read < snapshot->reads.size() &&
               respect::known_as(*snapshot, snapshot->reads[read.read]) == use.fact;
      });
    }
    return false;
  }

 private:
  void look_at(uint64_t decision) {
    record_.reset();
    decision_ = decision;
    looked_ = true;
    if (opened_++ < records_opened_max) record_ = open_(decision);
  }

  Open open_;
  Named named_;
  uint64_t decision_ = 0;
  bool looked_ = false;
  size_t opened_ = 0;
  std::optional<decide::DecisionRecord> record_;
};

// Does this person's word count for others?
bool counts_for_others(const remember::PersonState& person) {
  return person.visits_total() >= visits_min ||
         std::ranges::any_of(person.identifiers,
                             [](const auto& each) { return each.kind == remember::user_id_kind; });
}

}  // namespace

std::optional<decide::DecisionRecord> Partition::State::record_of(const remember::Person& person,
                                                                  uint64_t first_8_bytes) {
  std::optional<decide::DecisionRecord> out;
  const auto each = [&](std::string_view key, std::string_view value) {
    const auto id = ground::DecisionId::from_bytes(key);
    if (!id || ground::PersonId::from_bytes(value.substr(0, 16)) != person.state.id) return true;
    const auto plain = ledger.open(person.state.id, record_aad(*id), value.substr(16));
    if (!plain) return true;
    if (auto record = decide::decode_record(*plain)) out = *std::move(record);
    return !out.has_value();
  };
  (void)store->scan(Space::record, decision_prefix(first_8_bytes), "", ground::Direction::forward,
                    each);
  return out;
}

// Their own words, by the use; what nobody was asked about yet is looked for from the next look on.
std::map<std::string, Instant> Partition::State::marks_of(const remember::PersonState& person) {
  std::map<std::string, Instant> out;
  for (const remember::Objection& each : person.objections) {
    const auto use = remember::odd_use(each.name);
    if (!use || !each.holds || use->by_server) continue;
    out.emplace(each.name, each.at);
    if (odd_uses->uses.contains(each.name) || odd_uses->uses.size() >= watched_max) continue;
    odd_uses->watch(use->fact, use->of);
    odd_uses->found_new = true;
  }
  return out;
}

void Partition::State::look_for_odd(const remember::Person& person) {
  OddUses& odd = *odd_uses;
  const auto marks = marks_of(person.state);
  if (odd.watched.empty() || !counts_for_others(person.state)) return;
  const auto open = [&](uint64_t decision) { return record_of(person, decision); };
  const auto named = [&](uint64_t version) -> const ground::Snapshot* {
    if (version == snapshot->version) return snapshot.get();
    const auto kept = std::ranges::find(recent_versions, version, &Version::version);
    return kept == recent_versions.end() ? nullptr : kept->snapshot.get();
  };
  Met met(open, named);
  std::set<const OddUse*> done;
  const Instant since = clock.now() - record_keep;
  const auto look = [&](const remember::Said& said, ground::ItemKey of) {
    const auto [first, last] = odd.watched.equal_range(of);
    for (auto it = first; it != last; ++it) {
      const OddUse& use = *it->second;
      // Once the brand took a stop back, it is asked anew.
      if (said.at < std::max(since, use.resumed_at) || done.contains(&use)) continue;
      if (!met.met(said, use)) continue;
      done.insert(&use);
      const std::string name = remember::odd_name({.fact = use.fact, .of = use.of});
      OddUse::Tally& tally = odd.so_far[name];
      ++tally.exposed;
      const auto mark = marks.find(name);
      if (mark != marks.end() && mark->second > use.resumed_at) ++tally.marked;
    }
  };
  const auto& said = person.state.said;
  for (auto one = said.rbegin(); one != said.rend(); ++one) {
    if (one->decision == 0 || !one->exposed || one->at < since) continue;
    look(*one, one->item);
    look(*one, one->slot);
  }
}

void Partition::State::judge_odd() {
  OddUses& odd = *odd_uses;
  odd.at = clock.now();
  odd.watched.clear();
  for (auto& [name, use] : odd.uses) {
    use.tally = odd.so_far[name];
    use.fresh = 0;
    const auto marked = static_cast<double>(use.tally.marked);
    const bool enough = use.tally.marked >= snapshot->odd.people &&
                        marked >= snapshot->odd.share * static_cast<double>(use.tally.exposed);
    if (use.stopped() || !enough) continue;
    OddUse stopped = use;
    stopped.stopped_at = clock.now();
    // A disk that takes no writes now: the next round comes to it again.
    const std::string detail =
        fmt::format("{} people or more, {:.3g} % or more of those who met it", snapshot->odd.people,
                    100 * snapshot->odd.share);
    if (keep_odd(stopped, "engine", "odd.stop", detail)) ++counters.odd_stops;
  }
  odd.so_far.clear();
  // What was new in this look was asked of nobody before it.
  if (odd.found_new) expire_due = clock.now();
}

}  // namespace aizuchi::serve
