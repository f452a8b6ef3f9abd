#include "respect/admission/gatherer.h"
#include "respect/admission/computed.h"
#include "respect/consent/consent.h"

#include <algorithm>

namespace aizuchi::respect {

using ground::Level;
using ground::Read;
using ground::ReadKind;
using ground::Value;

namespace {

const ground::Purpose& purpose_of(const ground::Snapshot& snapshot, ground::PurposeId id) {
  const ground::Purpose* purpose = snapshot.purpose(id);
  AIZ_ASSERT(purpose != nullptr);  // the check refuses slots without one
  return *purpose;
}

const ground::Context& context_of(const ground::Snapshot& snapshot, ground::ContextId id) {
  if (!id.valid()) return snapshot.nowhere;
  const ground::Context* context = snapshot.context(id);
  AIZ_ASSERT(context != nullptr);
  return *context;
}

}  // namespace

Gatherer::Gatherer(Admission& admission, const Handle& handle, const Situation& situation)
    : admission_(admission),
      snapshot_(admission.snapshot_),
      person_(handle.person_),
      provenances_(*handle.provenances_),
      situation_(situation),
      place_(place_for(purpose_of(snapshot_, admission.slot_.purpose))),
      resonance_(admission.slot_.resonance_purpose.valid()
                     ? place_for(purpose_of(snapshot_, admission.slot_.resonance_purpose))
                     : place_) {}

Place Gatherer::place_for(const ground::Purpose& purpose) const {
  Standing word = person_ == nullptr ? Standing::none : standing(*person_, purpose, situation_.now);
  if (situation_.opts_out && purpose.sharing) word = Standing::withdrawn;
  return {.snapshot = snapshot_,
          .purpose = purpose,
          .context = context_of(snapshot_, admission_.slot_.context),
          .viewer = situation_.viewer,
          .now = situation_.now,
          .standing = word};
}

const ground::Provenance& Gatherer::provenance(ground::ProvenanceId id) const {
  return provenances_.provenance(id);
}

void Gatherer::gather(const Admission* lender) {
  for (const ground::ReadId id : admission_.slot_.reads) {
    if (lender != nullptr && lender->lend(id, admission_)) continue;
    Admitted& out = *admission_.place(id);
    out.read_ = id;
    gather_one(snapshot_.reads[id], out);
    if (out.teaches_ && objected_to_teaching(snapshot_.reads[id])) out.teaches_ = false;
  }
}

void Gatherer::gather_one(const Read& read, Admitted& out) {
  if (read.kind == ReadKind::context || read.kind == ReadKind::now) return context(read, out);
  if (objected(read)) return withhold(read, Level::deny, Refusal::objected);
  switch (read.kind) {
    case ReadKind::fact:
      return fact(read, out);
    case ReadKind::derived:
      return derived(read, out);
    case ReadKind::aggregate:
      return aggregate(read, out);
    case ReadKind::visits:
      return visits(read, out);
    case ReadKind::cart:
      return cart(read, out);
    case ReadKind::phase:
      return phase(read, out);
    case ReadKind::scale:
      return scale(read, out);
    case ReadKind::viewed:
      return viewed(read, out);
    case ReadKind::threads:
      return threads(read, out);
    case ReadKind::context:
    case ReadKind::now:
      return;
  }
}

bool Gatherer::objected(const Read& read) const {
  if (person_ == nullptr || person_->objections.empty()) return false;
  const std::string name = known_as(snapshot_, read);
  return person_->objects(name, place_.purpose.id) || person_->objects(name, resonance_.purpose.id);
}

bool Gatherer::objected_to_teaching(const Read& read) const {
  if (person_ == nullptr || person_->objections.empty()) return false;
  return person_->objects(known_as(snapshot_, read), snapshot_.counting->slot.purpose);
}

void Gatherer::withhold(const Read& read, Level level, Refusal why) {
  admission_.withheld_.push_back({.read = read.id, .level = level, .why = why});
}

const Ruling& Gatherer::behaviour(ground::ProvenanceId id, bool sensitive) {
  auto& known = behaviour_[sensitive ? 1 : 0];
  for (const auto& [provenance_id, ruling] : known)
    if (provenance_id == id) return ruling;
  const ground::Provenance& p = provenance(id);
  const ground::Source* source = snapshot_.source(p.source);
  const Matter matter{.provenance = p,
                      .name = "",
                      .purposes_today = source == nullptr ? ground::PurposeSet{} : source->purposes,
                      .sensitive = sensitive,
                      .at = situation_.now};
  known.emplace_back(id, rule(matter, place_));
  return known.back().second;
}

void Gatherer::fact(const Read& read, Admitted& out) {
  const ground::FactRule* rule_of_fact = snapshot_.fact(read.fact);
  if (rule_of_fact == nullptr || person_ == nullptr) return;
  const bool value_axis = rule_of_fact->type == ground::FactType::axis ||
                          rule_of_fact->type == ground::FactType::values;
  const remember::Fact* best = nullptr;
  Ruling best_ruling;
  Ruling refused;
  bool known = false;
  const auto [first, last] =
      std::ranges::equal_range(person_->facts, read.fact, {}, &remember::Fact::key);
  for (const remember::Fact& fact : std::ranges::subrange(first, last)) {
    const ground::Provenance& p = provenance(fact.provenance);
    const auto until = [&](ground::Duration d) { return fact.at + d; };
    const Matter matter{.provenance = p,
                        .name = rule_of_fact->name,
                        .purposes_today = rule_of_fact->purposes,
                        .viewer_min = rule_of_fact->viewer_min,
                        .sensitive = rule_of_fact->is_sensitive(fact.value),
                        .pii = rule_of_fact->pii,
                        .at = fact.at,
                        .expires_at = std::min(fact.expires_at, until(rule_of_fact->keep)),
                        .say_until = rule_of_fact->say_for ? until(*rule_of_fact->say_for)
                                                           : ground::Instant::never()};
    const Ruling ruling = rule(matter, value_axis ? resonance_ : place_);
    if (ruling.level < Level::rank) {
      if (!known || ruling.level > refused.level) refused = ruling;
      known = true;
      continue;
    }
    const auto stronger = [&] {
      const ground::Provenance& b = provenance(best->provenance);
      // What is about the person goes before what they said about someone else.
      const bool self = p.subject == ground::Subject::self;
      if (self != (b.subject == ground::Subject::self)) return self;
      return p.method != b.method ? p.method < b.method : fact.at > best->at;
    };
    if (best == nullptr || stronger()) best = &fact, best_ruling = ruling;
  }
  if (best == nullptr) {
    if (known) withhold(read, refused.level, refused.why);
    return;
  }
  if (rule_of_fact->of_thread && settled(*best))
    best_ruling.level = std::min(best_ruling.level, Level::rank),
    best_ruling.why = Refusal::resolved;
  const ground::Provenance& p = provenance(best->provenance);
  out.value_ = &best->value;
  out.level_ = best_ruling.level;
  out.lowered_by_ = best_ruling.why;
  out.relation_ = best_ruling.relation;
  out.teaches_ = best_ruling.teaches;
  out.sensitive_ = rule_of_fact->is_sensitive(best->value);
  out.source_ = {.method = p.method,
                 .subject = p.subject,
                 .collected_in = p.collected_in,
                 .source = p.source,
                 .at = best->at,
                 .evidence = best->evidence};
  if (best_ruling.level < Level::say) withhold(read, best_ruling.level, best_ruling.why);
}

void Gatherer::admit(Admitted& out, Value value, const Sum& sum) {
  out.own_ = std::move(value);
  out.value_ = &out.own_;
  out.level_ = sum.level;
  out.lowered_by_ = sum.lowered_by;
  out.relation_ = sum.relation;
  out.source_ = sum.source;
  out.sensitive_ = sum.sensitive;
  out.teaches_ = sum.any && sum.teaches && !sum.sensitive;
  out.impersonal_ = !sum.any;  // a count of nothing is about nobody
}

void Gatherer::context(const Read& read, Admitted& out) {
  // Copied: an answer that explains itself outlives the question it was asked with.
  if (read.kind == ReadKind::now) {
    out.own_ = situation_.now_value;
  } else {
    for (const auto& [name, value] : situation_.context)
      if (name == read.field) out.own_ = value;
  }
  if (!out.own_.is_null()) out.value_ = &out.own_;
  out.level_ = Level::say;
  out.impersonal_ = true;
  out.source_.at = situation_.now;
}

}  // namespace aizuchi::respect
