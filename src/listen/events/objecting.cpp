#include "listen/events/objecting.h"

#include "remember/ledger/odd_use.h"

namespace aizuchi::listen {

using remember::Objection;
using remember::PersonState;

namespace {

std::string text(const Event& event, std::string_view name) {
  const Value* value = event.details().find(name);
  return value == nullptr || !value->is(Value::Kind::string) ? "" : std::string(value->as_string());
}

// "fact" alone is meant wherever it is used; with "item", what felt odd there only.
std::string name_of(const Event& event, ObjectedAt where) {
  const std::string fact = text(event, "fact"), of = text(event, "item");
  if (fact.contains('\n') || of.contains('\n') || fact.empty() || of.empty())
    return of.empty() && !fact.contains('\n') ? fact : "";
  return remember::odd_name(
      {.fact = fact, .of = of, .by_server = where.proof == ground::Assurance::a3});
}

}  // namespace

bool keep_objection(PersonState& person, const Event& event, ObjectedAt where,
                    const ground::Snapshot& snapshot) {
  const std::string name = name_of(event, where);
  const std::string purpose = text(event, "purpose");
  const Value* allowed = event.details().find("allowed");
  if (name.empty() || name.size() > PersonState::objection_name_max || allowed == nullptr ||
      !allowed->is(Value::Kind::boolean))
    return false;
  const ground::Purpose* named = snapshot.purpose(purpose);
  if (named == nullptr && !purpose.empty()) return false;
  const auto say = [&](const std::string& what, ground::PurposeId id) {
    return person.keep(Objection{.name = what,
                                 .purpose = id,
                                 .holds = !allowed->as_bool(),
                                 .at = event.at,
                                 .evidence = where.sequence});
  };
  const bool kept = say(name, named == nullptr ? ground::PurposeId{} : named->id);
  if (named != nullptr || !allowed->as_bool()) return kept;
  // Allowed at all: what was said of single purposes before is lifted too, and of single uses.
  for (const ground::Purpose& each : snapshot.purposes)
    if (person.objects(name, each.id)) say(name, each.id);
  std::vector<std::string> uses;
  for (const Objection& each : person.objections)
    if (const auto use = remember::odd_use(each.name); use && use->fact == name && each.holds)
      uses.push_back(each.name);
  for (const std::string& use : uses) say(use, {});
  return kept;
}

}  // namespace aizuchi::listen
