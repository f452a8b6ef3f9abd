#include "respect/guard/guard.h"
#include "respect/consent/consent.h"

#include <algorithm>

namespace aizuchi::respect {

using ground::Level;
using ground::Method;

std::string_view to_string(Refusal why) {
  switch (why) {
    case Refusal::none:
      return "none";
    case Refusal::not_collected_for:
      return "not_collected_for";
    case Refusal::purpose_ended:
      return "purpose_ended";
    case Refusal::no_consent:
      return "no_consent";
    case Refusal::withdrawn:
      return "withdrawn";
    case Refusal::consent_text_changed:
      return "consent_text_changed";
    case Refusal::not_low_risk:
      return "not_low_risk";
    case Refusal::viewer_not_proven:
      return "viewer_not_proven";
    case Refusal::expired:
      return "expired";
    case Refusal::outside_context:
      return "outside_context";
    case Refusal::near_context:
      return "near_context";
    case Refusal::by_norm:
      return "by_norm";
    case Refusal::sensitive:
      return "sensitive";
    case Refusal::seen_by_others:
      return "seen_by_others";
    case Refusal::too_old_to_mention:
      return "too_old_to_mention";
    case Refusal::about_another:
      return "about_another";
    case Refusal::inferred:
      return "inferred";
    case Refusal::warming:
      return "warming";
    case Refusal::not_compared:
      return "not_compared";
    case Refusal::objected:
      return "objected";
    case Refusal::resolved:
      return "resolved";
    case Refusal::felt_odd:
      return "odd";
  }
  return "none";
}

Relation relation(const ground::Context& collected, const ground::Context& shown) {
  if (collected.id == shown.id ||
      std::ranges::find(shown.continues, collected.id) != shown.continues.end())
    return Relation::same;
  if (!collected.setting.empty() && collected.setting == shown.setting) return Relation::near;
  return Relation::outside;
}

// decision.md, "The guard": rows are methods, columns same, near, outside.
Level base_level(Method method, Relation relation, bool sensitive) {
  static constexpr Level table[5][3] = {
      /* stated        */ {Level::say, Level::say, Level::ask},
      /* told_to_staff */ {Level::say, Level::rank, Level::deny},
      /* observed      */ {Level::say, Level::rank, Level::deny},
      /* imported      */ {Level::say, Level::rank, Level::deny},
      /* inferred      */ {Level::rank, Level::rank, Level::deny},
  };
  if (method == Method::inferred && relation == Relation::near && sensitive) return Level::deny;
  return table[static_cast<size_t>(method)][static_cast<size_t>(relation)];
}

namespace {

// The gates: Refusal::none when all are open.
Refusal gate(const Matter& m, const Place& place) {
  const ground::PurposeId purpose = place.purpose.id;
  if (!m.provenance.purposes.has(purpose)) return Refusal::not_collected_for;
  if (!m.purposes_today.has(purpose)) return Refusal::purpose_ended;
  switch (place.purpose.basis) {
    case ground::Basis::contract:
      break;  // the slot serves: its purpose is the service itself
    case ground::Basis::notice:
      if (place.standing == Standing::withdrawn) return Refusal::withdrawn;
      if (m.sensitive || m.pii) return Refusal::not_low_risk;
      break;
    case ground::Basis::consent:
      if (place.standing == Standing::withdrawn) return Refusal::withdrawn;
      if (place.standing == Standing::text_changed) return Refusal::consent_text_changed;
      if (place.standing != Standing::granted) return Refusal::no_consent;
      break;
  }
  if (place.viewer < std::max(m.provenance.viewer_min, m.viewer_min))
    return Refusal::viewer_not_proven;
  if (m.expires_at <= place.now) return Refusal::expired;
  return Refusal::none;
}

// What is sensitive, says who someone is, or was done for another once, is no lesson, whatever it
// was told for.
bool may_teach(const Matter& m, const ground::Snapshot& snapshot) {
  if (!snapshot.counting || m.sensitive || m.pii) return false;
  if (m.provenance.subject == ground::Subject::gift) return false;
  const ground::PurposeId improve = snapshot.counting->slot.purpose;
  return m.provenance.purposes.has(improve) && m.purposes_today.has(improve);
}

// "inquiry.*" matches inquiry.topic; "*" matches everything, behaviour too.
bool matches(std::string_view pattern, std::string_view name) {
  if (pattern == "*") return true;
  if (pattern.ends_with(".*")) {
    const std::string_view stem = pattern.substr(0, pattern.size() - 1);
    return name.starts_with(stem);
  }
  return pattern == name;
}

template <typename Id>
bool empty_or_has(const std::vector<Id>& ids, Id id) {
  return ids.empty() || std::ranges::find(ids, id) != ids.end();
}

// Why a base level is below SAY.
Refusal base_refusal(Method method, Relation relation) {
  if (relation == Relation::outside) return Refusal::outside_context;
  if (method == Method::inferred) return Refusal::inferred;
  return Refusal::near_context;
}

}  // namespace

const ground::Norm* norm_for(const Matter& m, const Place& place) {
  const ground::Norm* strictest = nullptr;
  for (const ground::Norm& norm : place.snapshot.norms) {
    if (norm.on > place.now) continue;
    if (!empty_or_has(norm.from, m.provenance.collected_in) ||
        !empty_or_has(norm.to, place.context.id))
      continue;
    if (std::ranges::none_of(norm.facts, [&](const std::string& p) { return matches(p, m.name); }))
      continue;
    if (strictest == nullptr || norm.level < strictest->level) strictest = &norm;
  }
  return strictest;
}

Ruling rule(const Matter& m, const Place& place) {
  const ground::Context* collected = place.snapshot.context(m.provenance.collected_in);
  // A context that left the brand folder is a place nobody can name any more: outside.
  const Relation rel =
      collected == nullptr ? Relation::outside : relation(*collected, place.context);
  if (const Refusal closed = gate(m, place); closed != Refusal::none)
    return {Level::deny, closed, rel};

  Ruling ruling{base_level(m.provenance.method, rel, m.sensitive), Refusal::none, rel};
  if (ruling.level < Level::say) ruling.why = base_refusal(m.provenance.method, rel);
  if (const ground::Norm* norm = norm_for(m, place);
      norm != nullptr && norm->level != ruling.level) {
    ruling.level = norm->level;
    ruling.why = norm->level < Level::say ? Refusal::by_norm : Refusal::none;
  }
  if (m.sensitive && ruling.level > Level::deny) {
    ruling.level = static_cast<Level>(static_cast<int>(ruling.level) - 1);
    ruling.why = Refusal::sensitive;
  }
  const auto cap = [&](bool applies, Refusal why) {
    if (!applies || ruling.level != Level::say) return;
    ruling.level = Level::rank;
    ruling.why = why;
  };
  cap(place.context.seen_by_others, Refusal::seen_by_others);
  cap(m.say_until <= place.now, Refusal::too_old_to_mention);
  cap(m.provenance.subject != ground::Subject::self, Refusal::about_another);
  // No norm makes an inference speakable: it must be asked first.
  cap(m.provenance.method == Method::inferred, Refusal::inferred);
  ruling.teaches = may_teach(m, place.snapshot);
  return ruling;
}

}  // namespace aizuchi::respect
