#include "listen/events/answering.h"

#include <algorithm>

#include "ground/base/hash.h"
#include "ground/domain/value_choice.h"
#include "listen/events/apply.h"

namespace aizuchi::listen {

using ground::Result;

namespace {

struct Lookup final : remember::ProvenanceLookup {
  explicit Lookup(const ground::Vocabulary& v) : vocabulary(v) {}
  const ground::Provenance& provenance(ground::ProvenanceId id) const override {
    return vocabulary.provenance(id);
  }
  const ground::Vocabulary& vocabulary;
};

std::string text_in(const Event& event, std::string_view member) {
  const Value* value = event.details().find(member);
  return value == nullptr ? "" : ground::to_display(*value);
}

// nullopt: nothing was chosen, or of what was the brand has less than two axes left.
std::optional<ground::ValueChoice> choice_in(const Event& event, const ground::Snapshot& snapshot) {
  const auto axis = [&](std::string name) {
    return snapshot.axis(name) == nullptr ? std::string() : name;
  };
  ground::ValueChoice choice{
      .at = event.at, .best = axis(text_in(event, "best")), .worst = axis(text_in(event, "worst"))};
  if (choice.worst == choice.best) choice.worst.clear();
  const Value* shown = event.details().find("shown");
  if (shown != nullptr && shown->is(Value::Kind::list))
    for (const Value& each : shown->as_list()) {
      const std::string name = axis(ground::to_display(each));
      if (!name.empty() && name != choice.best && name != choice.worst)
        choice.others.push_back(name);
    }
  if (choice.best.empty() || (choice.others.empty() && choice.worst.empty())) return std::nullopt;
  return choice;
}

// What was chosen joins what was chosen before. Their provenances may differ: the whole may be used
// for what every part of it was told for, and is shown to whom every part may be shown.
Value joined(const remember::PersonState& person, const ground::OpenQuestion& asked,
             ground::ValueChoice choice, ground::Provenance& p,
             const ground::Vocabulary& vocabulary) {
  std::vector<ground::ValueChoice> choices;
  for (const remember::Fact& fact : person.facts) {
    const ground::Provenance& old = vocabulary.provenance(fact.provenance);
    if (fact.key != asked.sets || old.method != p.method || old.subject != p.subject ||
        old.collected_in != p.collected_in || !old.purposes.has(asked.purpose))
      continue;
    p.purposes = p.purposes & old.purposes;
    p.viewer_min = std::max(p.viewer_min, old.viewer_min);
    choices = ground::value_choices(fact.value);
  }
  const auto at = std::ranges::upper_bound(choices, choice.at, {}, &ground::ValueChoice::at);
  choices.insert(at, std::move(choice));
  if (choices.size() > ground::value_choices_max) choices.erase(choices.begin());
  return ground::value_of(choices);
}

// Of asking, too, is kept when it was said: one entry a question, of no decision.
void note_said(remember::PersonState& person, ground::ItemKey what, ground::Instant at,
               ground::ItemKey slot = 0) {
  for (remember::Said& said : person.said)
    if (said.item == what && said.decision == 0) {
      said.at = std::max(said.at, at);
      return;
    }
  if (person.said.size() >= remember::PersonState::said_max) person.said.erase(person.said.begin());
  person.said.push_back({.item = what, .slot = slot, .at = at, .exposed = true});
}

// Of what was told for a question, what was answered in (from, to].
void drop_answers(remember::PersonState& person, const ground::OpenQuestion& asked,
                  ground::Instant from, ground::Instant to) {
  const auto in = [&](ground::Instant at) { return from < at && at <= to; };
  std::erase_if(person.facts, [&](remember::Fact& fact) {
    if (fact.key != asked.sets) return false;
    if (asked.kind == ground::OpenQuestion::Kind::single) return in(fact.at);
    auto choices = ground::value_choices(fact.value);
    std::erase_if(choices, [&](const ground::ValueChoice& choice) { return in(choice.at); });
    fact.value = ground::value_of(choices);
    return choices.empty();
  });
}

}  // namespace

Result<bool> keep_answer(remember::PersonState& person, const Event& event, AnswerAt at,
                         const ground::Snapshot& snapshot, ground::Vocabulary& vocabulary) {
  const ground::OpenQuestion* asked = snapshot.question(text_in(event, "question"));
  const ground::FactRule* rule = asked == nullptr ? nullptr : snapshot.fact(asked->sets);
  if (rule == nullptr) return false;
  ground::Provenance p = vocabulary.provenance(at.provenance);
  if (p.subject != ground::Subject::self) return false;
  ground::PurposeSet asked_for;
  asked_for.add(asked->purpose);
  if (snapshot.counting) asked_for.add(snapshot.counting->slot.purpose);
  p.purposes = p.purposes & rule->purposes & asked_for;
  if (!p.purposes.has(asked->purpose)) return false;
  p.method = ground::Method::stated;
  std::optional<Value> value;
  if (rule->type == ground::FactType::values) {
    if (auto choice = choice_in(event, snapshot))
      value = joined(person, *asked, *std::move(choice), p, vocabulary);
  } else if (const Value* told = event.details().find("value")) {
    value = fitted(*told, *rule, snapshot);
  }
  if (!value) {
    note_said(person, ground::item_key(passed_over_kind, asked->name), event.at);
    return false;
  }
  person.keep({.key = rule->id,
               .provenance = TRY(vocabulary.intern(p)),
               .value = *std::move(value),
               .at = event.at,
               .received_at = event.received_at,
               .expires_at = event.at + rule->keep,
               .evidence = at.sequence},
              p.method, p.collected_in, Lookup(vocabulary));
  note_said(person, ground::item_key(answered_kind, asked->name), event.at);
  return true;
}

AnswerStanding answer_standing(const remember::PersonState& person, std::string_view question) {
  const ground::ItemKey answered = ground::item_key(answered_kind, question);
  const ground::ItemKey seen = ground::item_key(given_back_kind, question);
  const ground::ItemKey expired = ground::item_key(expired_kind, question);
  AnswerStanding out;
  for (const remember::Said& said : person.said) {
    if (said.decision != 0) continue;
    if (said.item == answered) out.answered = said.at;
    if (said.item == seen) out.seen = said.at;
    if (said.item == expired) out.expired = said.at;
  }
  return out;
}

void note_give_back(remember::PersonState& person, const Event& event,
                    const ground::Snapshot& snapshot) {
  const std::string question = text_in(event, "question");
  if (text_in(event, "outcome") != "expired")
    return note_said(person, ground::item_key(given_back_kind, question), event.at,
                     ground::item_key("slot", text_in(event, "slot")));
  const AnswerStanding standing = answer_standing(person, question);
  if (const ground::OpenQuestion* asked = snapshot.question(question))
    drop_answers(person, *asked, standing.seen, standing.answered);
  note_said(person, ground::item_key(expired_kind, question), event.at);
}

Value ordered_choices(const Value& names, const ground::Snapshot& snapshot, ground::Instant at) {
  std::vector<ground::ValueChoice> choices;
  std::vector<std::string> left;
  for (const ground::Axis& axis : snapshot.axes) left.push_back(axis.name);
  for (const Value& name : names.as_list()) {
    std::erase(left, name.as_string());
    if (!left.empty()) choices.push_back({.at = at, .best = name.as_string(), .others = left});
  }
  return ground::value_of(choices);
}

}  // namespace aizuchi::listen
