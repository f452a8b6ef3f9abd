#include "listen/events/picking.h"

#include <algorithm>

#include "ground/base/hash.h"
#include "ground/domain/value_choice.h"
#include "listen/events/shown.h"
#include "respect/consent/consent.h"

namespace aizuchi::listen {

using ground::Result;
using remember::PersonState;

namespace {

constexpr double human_from = 0.5;
constexpr ground::Duration looked_at_for = ground::Duration::days(7);

struct Lookup final : remember::ProvenanceLookup {
  explicit Lookup(const ground::Vocabulary& v) : vocabulary(v) {}
  const ground::Provenance& provenance(ground::ProvenanceId id) const override {
    return vocabulary.provenance(id);
  }
  const ground::Vocabulary& vocabulary;
};

// What it stands for most; "": for nothing.
std::string axis_of(const ground::Snapshot& snapshot, ground::ItemKey key) {
  const std::vector<std::pair<ground::AxisId, double>>* values = nullptr;
  if (const ground::Product* product = snapshot.product_by_key(key)) {
    if (!product->sensitive) values = &product->values;
  } else if (const auto item = std::ranges::find(snapshot.items, key, &ground::Item::key);
             item != snapshot.items.end()) {
    values = &item->values;
  }
  if (values == nullptr || values->empty()) return "";
  const auto most =
      std::ranges::max_element(*values, {}, &std::pair<ground::AxisId, double>::second);
  return most->second > 0 ? snapshot.axes[most->first.index].name : "";
}

// Nothing, where all stood for the same, or for nothing.
std::optional<ground::ValueChoice> choice_of(const Picked& picked, ground::Instant at,
                                             const ground::Snapshot& snapshot) {
  ground::ValueChoice out{.at = at, .best = axis_of(snapshot, picked.item)};
  for (const ground::ItemKey beside : picked.beside) {
    const std::string axis = axis_of(snapshot, beside);
    if (!axis.empty() && axis != out.best &&
        std::ranges::find(out.others, axis) == out.others.end())
      out.others.push_back(axis);
  }
  return out.best.empty() || out.others.empty() ? std::nullopt : std::optional(std::move(out));
}

bool is_set_by_a_question(const ground::Snapshot& snapshot, const ground::FactRule& rule) {
  return std::ranges::find(snapshot.questions, rule.id, &ground::OpenQuestion::sets) !=
         snapshot.questions.end();
}

// Of these purposes, those that the person allowed.
ground::PurposeSet allowed(const PersonState& person, ground::PurposeSet purposes,
                           const ground::Snapshot& snapshot) {
  ground::PurposeSet out;
  for (const ground::Purpose& purpose : snapshot.purposes)
    if (purposes.has(purpose.id) && purpose.basis == ground::Basis::consent &&
        respect::standing(person, purpose) == respect::Standing::granted)
      out.add(purpose.id);
  return out;
}

// Joins what was picked before under the same provenance.
Result<void> keep(PersonState& person, const ground::FactRule& rule, ground::ValueChoice choice,
                  const Event& event, AnswerAt at, ground::Provenance p,
                  ground::Vocabulary& vocabulary) {
  const ground::ProvenanceId told = TRY(vocabulary.intern(p));
  ground::Value before = ground::value_of({});
  for (const remember::Fact& fact : person.facts)
    if (fact.key == rule.id && fact.provenance == told) before = fact.value;
  person.keep({.key = rule.id,
               .provenance = told,
               .value = ground::joined_choices(before, ground::value_of({std::move(choice)})),
               .at = event.at,
               .received_at = event.received_at,
               .expires_at = event.at + rule.keep,
               .evidence = at.sequence},
              p.method, p.collected_in, Lookup(vocabulary));
  return {};
}

Result<void> keep_picked(PersonState& person, const Event& event, const Picked& picked, AnswerAt at,
                         const ground::Snapshot& snapshot, ground::Vocabulary& vocabulary) {
  const auto choice = choice_of(picked, event.at, snapshot);
  if (!choice || human_likelihood(event) < human_from) return {};
  for (const ground::FactRule& rule : snapshot.facts) {
    if (rule.type != ground::FactType::values || is_set_by_a_question(snapshot, rule)) continue;
    ground::Provenance p = vocabulary.provenance(at.provenance);
    if (p.subject != ground::Subject::self || p.method != ground::Method::observed) continue;
    p.purposes = allowed(person, p.purposes & rule.purposes, snapshot);
    p.method = ground::Method::inferred;
    if (!p.purposes.empty()) TRY(keep(person, rule, *choice, event, at, p, vocabulary));
  }
  return {};
}

}  // namespace

Result<void> keep_pick(PersonState& person, const Event& event, AnswerAt at,
                       const ground::Snapshot& snapshot, ground::Vocabulary& vocabulary) {
  const auto picked = picked_in(person, event);
  return picked ? keep_picked(person, event, *picked, at, snapshot, vocabulary) : Result<void>();
}

Result<void> keep_purchase(PersonState& person, const Event& event, AnswerAt at,
                           const ground::Snapshot& snapshot, ground::Vocabulary& vocabulary) {
  const Value* products = event.details().find("products");
  if (products == nullptr || !products->is(Value::Kind::list)) return {};
  std::vector<ground::ItemKey> bought;
  for (const Value& line : products->as_list())
    if (const Value* id = line.find("product_id"))
      bought.push_back(ground::item_key("product", ground::to_display(*id)));
  Picked picked;
  for (const remember::Seen& seen : person.seen) {
    const bool here = std::ranges::find(bought, seen.product) != bought.end();
    if (!here && seen.at <= event.at && seen.at > event.at + ground::Duration{-looked_at_for.ms})
      picked.beside.push_back(seen.product);
  }
  for (const ground::ItemKey product : bought) {
    picked.item = product;
    if (!choice_of(picked, event.at, snapshot)) continue;
    return keep_picked(person, event, picked, at, snapshot, vocabulary);  // one an order
  }
  return {};
}

}  // namespace aizuchi::listen
