// The guard (P1): at which level may this fact be used at this place? Contextual integrity
// (Nissenbaum 2004): the context a fact was collected in must allow the context it is shown in.
// The default is no.
//
//   gates            else DENY: purpose at collection and today, basis of the slot's purpose,
//                    the viewer's proof, not expired
//   base level       by method and the relation of the two contexts: same, near, outside
//   norms            a named, dated norm says the level in place of the base; strictest of several
//   sensitive        one level lower
//   capped at RANK   where others can see, when too old to mention, when about someone else
//
// Threads: pure functions. Cost: tens of nanoseconds; a decision asks once per provenance and fact.
#pragma once

#include <string_view>

#include "ground/catalog/snapshot.h"
#include "ground/domain/domain.h"

namespace aizuchi::respect {

enum class Standing : uint8_t;  // consent.h

enum class Relation : uint8_t { same, near, outside };

// Why a fact was lowered or refused. One plain sentence each, in two languages (sentences.cpp).
enum class Refusal : uint8_t {
  none,
  not_collected_for,  // the slot's purpose is not among the purposes at collection
  purpose_ended,      // the brand no longer lists this purpose for the fact
  no_consent,         // no live grant
  withdrawn,          // the person said no
  consent_text_changed,
  not_low_risk,       // `notice` serves low-risk facts only
  viewer_not_proven,  // the viewer's proof is below viewer_min
  expired,
  outside_context,  // the contexts do not go together
  near_context,     // the same place in the person's eyes, but not the same context
  by_norm,
  sensitive,
  seen_by_others,
  too_old_to_mention,
  about_another,  // family, gift, company
  inferred,       // inferred things are never spoken
  warming,        // its backfill is not finished
  not_compared,   // all people were not counted for it yet, or too few of them may be
  objected,       // the person does not want it used for this, or at all
  resolved,       // settled between us: it may choose, and is not raised again
  felt_odd,       // on this shelf, to the person or to many
};
std::string_view to_string(Refusal why);

struct Ruling {
  ground::Level level = ground::Level::deny;
  Refusal why = Refusal::not_collected_for;  // what held it below SAY; none at SAY
  Relation relation = Relation::outside;
  bool teaches = false;  // may it be learned from: told for `improve` too, and no secret?
};

// Where something would be used, and for whom.
struct Place {
  const ground::Snapshot& snapshot;
  const ground::Purpose& purpose;
  const ground::Context& context;
  ground::Assurance viewer = ground::Assurance::a0;
  ground::Instant now;
  Standing standing{};  // none, until told: the person's word on `purpose`
};

// What is asked about: a fact, or the events behind an aggregate.
struct Matter {
  const ground::Provenance& provenance;
  std::string_view name;              // for norms: "inquiry.topic"; "" for behaviour
  ground::PurposeSet purposes_today;  // of the fact's rule; all for behaviour of a listed source
  ground::Assurance viewer_min = ground::Assurance::a0;  // of the fact's rule
  bool sensitive = false;
  bool pii = false;
  ground::Instant at;
  ground::Instant expires_at = ground::Instant::never();
  ground::Instant say_until = ground::Instant::never();
};

Relation relation(const ground::Context& collected, const ground::Context& shown);
// The table of decision.md, before norms and caps.
ground::Level base_level(ground::Method method, Relation relation, bool sensitive);
Ruling rule(const Matter& matter, const Place& place);
// The strictest norm in force that speaks of this flow; nullptr when none does.
const ground::Norm* norm_for(const Matter& matter, const Place& place);

}  // namespace aizuchi::respect
