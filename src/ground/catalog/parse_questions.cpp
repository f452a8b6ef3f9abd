// questions.yaml: what people are asked openly. Each question says what its answer is used for and
// what it changes for the person who gives it, or it is refused (P4, P5); and whether it could keep
// that word is asked before publishing: there must be a source that collects for the purpose, and
// something at the promised place that the answer can change.
#include <fmt/format.h>

#include <algorithm>

#include "ground/catalog/compile.h"
#include "ground/catalog/fields.h"
#include "ground/catalog/lint.h"
#include "ground/catalog/parse.h"

namespace aizuchi::ground::catalog {

namespace {

using Kind = OpenQuestion::Kind;

constexpr Duration within_most = Duration::days(90);

void read_give_back(Draft& draft, const YamlNode& node, OpenQuestion& question) {
  Fields in(draft, node, "a give-back");
  if (const auto slot = in.name("slot", "where the answer changes something", Need::required))
    if (const auto position = draft.resolve(draft.slots, *slot))
      question.gives.slot = draft.out.slots[*position].id;
  const auto within = in.duration("within");
  if (!in.has("within") || (within && *within > within_most))
    draft.error(node.place, "wrong-value", "",
                "expected within: the time in which it will be seen, such as 7d; 90d at most");
  question.gives.within = within.value_or(within_most);
  question.gives.says =
      in.say("says", "the give-back in the person's words, said once when it is seen (お返し)",
             Need::required);
}

bool of_axes(Kind kind) {
  return kind != Kind::single;
}

void read_subject(Draft& draft, Fields& in, OpenQuestion& question) {
  if (const auto kind = in.choice("kind", {"best", "best-worst", "pair", "single"}, Need::required))
    question.kind = static_cast<Kind>(*kind);
  const auto sets = in.name("sets", "the fact that keeps the answer", Need::required);
  const auto position = sets ? draft.resolve(draft.facts, *sets) : std::nullopt;
  if (!position) return;
  const FactRule& fact = draft.out.facts[*position];
  question.sets = fact.id;
  const bool words = fact.type == FactType::enumeration && draft.fact_derived[*position] == nullptr;
  if (of_axes(question.kind) && fact.type != FactType::values)
    draft.error(*sets, "wrong-value",
                "expected a fact with type: values for this kind of question");
  if (!of_axes(question.kind) && !words)
    draft.error(*sets, "wrong-value", "expected a fact with type: enum for kind: single");
}

void read_question(Draft& draft, const YamlNode& node) {
  Fields in(draft, node, "a question");
  const auto id = in.name("id", "a name of its own", Need::required);
  const At name = id.value_or(At{"", node.place});
  if (id && !plain_name(name.text))
    draft.error(name, "bad-name", "expected letters, digits, '.', '_' or '-'");
  OpenQuestion question{.name = name.text, .place = name.place};
  question.asks = in.say("asks", "the question, in the person's words", Need::required);
  question.why =
      in.say("why", "what the answer is used for, said beside the question (P4)", Need::required);
  read_subject(draft, in, question);
  if (const auto purpose = in.name("purpose", "what the answer may be used for", Need::required))
    question.purpose = draft.purpose(*purpose);
  if (const auto source = in.name("source", "what an answer is kept as coming from, a source"))
    if (const auto position = draft.resolve(draft.sources, *source))
      question.source = draft.out.sources[*position].id;
  if (const auto most = in.integer("at_most", 1, 4))
    question.at_most = static_cast<uint32_t>(*most);
  if (const YamlNode* gives = in.node(
          "gives", "{slot, within, says}: what the person gets for it (P5)", Need::required))
    read_give_back(draft, *gives, question);
  if (id) draft.declare(draft.questions, name, draft.out.questions.size());
  draft.out.questions.push_back(std::move(question));
}

const Purpose* find_purpose(const Draft& draft, PurposeId id) {
  const auto it = std::ranges::find(draft.out.purposes, id, &Purpose::id);
  return id.valid() && it != draft.out.purposes.end() ? &*it : nullptr;
}

const FactRule* find_fact(const Draft& draft, FactId id) {
  const auto it = std::ranges::find(draft.out.facts, id, &FactRule::id);
  return id.valid() && it != draft.out.facts.end() ? &*it : nullptr;
}

void check_purpose(Draft& draft, const OpenQuestion& question, const FactRule& fact,
                   const Purpose& purpose) {
  const At at{question.name, question.place};
  if (!fact.purposes.has(purpose.id))
    draft.error(
        at, "question-purpose",
        fmt::format("expected {} among the purposes of the fact {}", purpose.name, fact.name));
  if (fact.type == FactType::values && purpose.basis != Basis::consent)
    draft.error(at, "question-purpose",
                fmt::format("what people hold dear is asked by consent only: expected basis: "
                            "consent of {}",
                            purpose.name));
  const auto collects = [&](const Source& source) {
    return source.purposes.has(purpose.id) &&
           (!question.source.valid() || source.id == question.source);
  };
  if (std::ranges::none_of(draft.out.sources, collects))
    draft.error(at, "question-source",
                fmt::format("no source that an answer could come from collects for {}: expected "
                            "source: to name one that does",
                            purpose.name));
}

bool stands_for_something(const Draft& draft, const Slot& slot) {
  const auto has_values = [](const auto& one) { return !one.values.empty(); };
  if (slot.from_products && std::ranges::any_of(draft.out.products, has_values)) return true;
  return std::ranges::any_of(slot.items,
                             [&](ItemId id) { return has_values(draft.out.items[id.index]); });
}

// What the answer is promised to change has to hang on it.
void check_give_back(Draft& draft, const OpenQuestion& question, const FactRule& fact) {
  if (!question.gives.slot.valid()) return;
  const Slot& slot = draft.out.slots[question.gives.slot.index];
  const At at{question.name, question.place};
  if (fact.type != FactType::values) {
    const bool read = std::ranges::any_of(
        slot.reads, [&](ReadId id) { return draft.out.reads[id].fact == fact.id; });
    if (!read)
      draft.error(at, "question-give-back",
                  fmt::format("nothing on {} asks for the fact {}: the answer could never be given "
                              "back there",
                              slot.name, fact.name));
    return;
  }
  if (slot.resonance_purpose != question.purpose)
    draft.error(at, "question-give-back",
                fmt::format("expected the ranker resonance with this question's purpose on {}: "
                            "the answer could never be given back there",
                            slot.name));
  else if (!stands_for_something(draft, slot))
    draft.error(at, "question-give-back",
                fmt::format("nothing on {} stands for a value (values: of items, axes of "
                            "products): the answer could never be given back there",
                            slot.name));
}

}  // namespace

void parse_questions(Draft& draft) {
  const auto tree = draft.trees.find("questions.yaml");
  if (tree == draft.trees.end() || tree->second.is(YamlNode::Kind::null)) return;
  if (!tree->second.is(YamlNode::Kind::list))
    return draft.error(tree->second.place, "wrong-value", "",
                       "expected a list of questions (- id: …)");
  for (const YamlNode& question : tree->second.items) read_question(draft, question);
}

void lint_questions(Draft& draft) {
  for (const OpenQuestion& question : draft.out.questions) {
    const FactRule* fact = find_fact(draft, question.sets);
    const Purpose* purpose = find_purpose(draft, question.purpose);
    if (fact == nullptr || purpose == nullptr) continue;
    check_purpose(draft, question, *fact, *purpose);
    check_give_back(draft, question, *fact);
  }
}

}  // namespace aizuchi::ground::catalog
