#include "oracle/guard_oracle.h"

#include <map>
#include <string>

namespace aizuchi::oracle {

using ground::Assurance;
using ground::Basis;
using ground::Level;
using ground::Method;

namespace {

int proof(Assurance a) {
  if (a == Assurance::a0) return 0;
  if (a == Assurance::a1) return 1;
  if (a == Assurance::a2) return 2;
  return 3;
}

// "the slot's purpose ∈ fact's purposes at collection ∩ today's; basis – `contract` needs no grant
// but serves only service slots, `notice` (announced, with a stop) only low-risk facts, `consent` a
// live grant, nothing assumed; viewer's assurance ≥ viewer_min; not expired"
bool gates_are_open(const GuardQuestion& q) {
  if (!q.purpose_at_collection) return false;
  if (!q.purpose_today) return false;
  if (q.basis == Basis::notice) {
    const bool stopped = q.word == Word::no;
    const bool low_risk = !q.sensitive && !q.pii;
    if (stopped || !low_risk) return false;
  }
  if (q.basis == Basis::consent && q.word != Word::yes) return false;
  if (proof(q.viewer) < proof(q.viewer_min)) return false;
  return !q.expired;
}

std::string column(Told told) {
  switch (told) {
    case Told::in_the_same_context:
    case Told::in_a_context_it_continues:
      return "same";
    case Told::in_the_same_setting:
      return "near";
    default:
      return "outside";
  }
}

Level base(const GuardQuestion& q) {
  struct Row {
    Level same, near, outside;
  };
  // The cell "RANK unless sensitive".
  const Level rank_unless_sensitive = q.sensitive ? Level::deny : Level::rank;
  const std::map<Method, Row> table = {
      {Method::stated, {Level::say, Level::say, Level::ask}},
      {Method::told_to_staff, {Level::say, Level::rank, Level::deny}},
      {Method::observed, {Level::say, Level::rank, Level::deny}},
      {Method::imported, {Level::say, Level::rank, Level::deny}},
      {Method::inferred, {Level::rank, rank_unless_sensitive, Level::deny}},
  };
  const Row& row = table.at(q.method);
  const std::string at = column(q.told);
  if (at == "same") return row.same;
  if (at == "near") return row.near;
  return row.outside;
}

Level stricter_of(Level a, Level b) {
  for (const Level level : {Level::deny, Level::ask, Level::rank, Level::say})
    if (a == level || b == level) return level;
  return Level::deny;
}

bool looser(Level a, Level than) {
  return a != than && stricter_of(a, than) == than;
}

// "min(base – or a named, dated, audited loosening norm –, every stricter norm)"
Level by_norms(Level from, const std::vector<Level>& norms) {
  Level level = from;
  bool loosened = false;
  for (const Level norm : norms) {
    if (!looser(norm, from)) continue;
    level = loosened ? stricter_of(level, norm) : norm;
    loosened = true;
  }
  for (const Level norm : norms)
    if (!looser(norm, from)) level = stricter_of(level, norm);
  return level;
}

Level one_lower(Level level) {
  if (level == Level::say) return Level::rank;
  if (level == Level::rank) return Level::ask;
  return Level::deny;
}

}  // namespace

Level guard_says(const GuardQuestion& q) {
  if (!gates_are_open(q)) return Level::deny;
  Level level = by_norms(base(q), q.norms);
  // "one lower if sensitive"
  if (q.sensitive) level = one_lower(level);
  // "capped at RANK where others can see and after `say_until`"
  if (q.seen_by_others) level = stricter_of(level, Level::rank);
  if (q.too_old_to_mention) level = stricter_of(level, Level::rank);
  // "Facts of another member of the same company or household are never spoken"
  if (q.subject != ground::Subject::self) level = stricter_of(level, Level::rank);
  // "inferred: RANK; to speak it, ask first"
  if (q.method == Method::inferred) level = stricter_of(level, Level::rank);
  return level;
}

}  // namespace aizuchi::oracle
