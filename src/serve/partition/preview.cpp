// Preview: what would be said, to a person as they are or to a persona that is only described, now
// or at another moment. It works on copies: no event is kept, no cap charged, nothing counted, no
// record written, no provenance learned.
#include <fmt/format.h>

#include <algorithm>

#include "decide/pipeline/pipeline.h"
#include "ground/base/text.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::Assurance;
using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;

namespace {

constexpr std::string_view nobody = "persona";

// The person of a preview, with names of its own.
struct Sitter final : remember::ProvenanceLookup {
  explicit Sitter(const ground::Vocabulary& known) : names(known) {}
  const ground::Provenance& provenance(ground::ProvenanceId id) const override {
    return names.provenance(id);
  }
  remember::PersonState state;
  ground::Vocabulary names;
  std::string phase;  // "" leaves it to the rules
};

Value member(const Value& map, std::string_view name) {
  const Value* found = map.is(Value::Kind::map) ? map.find(name) : nullptr;
  return found == nullptr ? Value{} : *found;
}

// Builds a sitter from what a preview brings along.
class Sitting {
 public:
  Sitting(Sitter& sitter, const ground::Snapshot& snapshot, listen::Sender sender,
          ground::Instant now)
      : sitter_(sitter), snapshot_(snapshot), sender_(sender), now_(now) {}

  Result<void> persona(const Value& persona) {
    for (const auto& [name, value] : persona.as_map()) {
      static const std::vector<std::string> known = {"facts", "events",    "consents",
                                                     "phase", "assurance", "source"};
      if (std::ranges::find(known, name.as_string()) == known.end())
        return unknown("a persona has facts, events, consents, phase, assurance and source",
                       name.as_string(), known);
    }
    TRY(consents(member(persona, "consents")));
    TRY(facts(member(persona, "facts")));
    TRY(phase(member(persona, "phase")));
    return events(member(persona, "events"));
  }

  // Events of no one in particular are this person's.
  Result<void> events(const Value& list) {
    if (list.is_null()) return {};
    if (!list.is(Value::Kind::list)) return fail(ErrorCode::invalid, "\"events\" is not a list.");
    ground::ValueList named;
    for (const Value& event : list.as_list()) named.push_back(with_id(event));
    auto batch = TRY(listen::read_events(Value::list(std::move(named)), std::nullopt, now_));
    if (!batch.refused.empty())
      return fail(ErrorCode::invalid,
                  fmt::format("Event {} of the preview: {}.", batch.refused.front().index,
                              batch.refused.front().message));
    for (const listen::Event& event : batch.events) TRY(apply(event));
    return {};
  }

 private:
  static std::unexpected<ground::Error> unknown(std::string_view what, std::string_view name,
                                                const std::vector<std::string>& known) {
    const std::string meant = ground::nearest(name, known);
    return fail(ErrorCode::invalid, std::string(what),
                meant.empty() ? "" : fmt::format("Did you mean {}?", meant));
  }
  static Value with_id(const Value& event) {
    if (!event.is(Value::Kind::map) || event.find("anonymousId") != nullptr ||
        event.find("userId") != nullptr)
      return event;
    ground::ValueMap out = event.as_map();
    out.emplace_back("anonymousId", nobody);
    return Value::map(std::move(out));
  }
  Result<listen::Applied> apply(const listen::Event& event) {
    return listen::apply(sitter_.state, event, 0, sender_, snapshot_, sitter_.names);
  }
  Result<void> consents(const Value& given) {
    if (given.is(Value::Kind::list)) {
      for (const Value& name : given.as_list()) TRY(consent(name, Value(true)));
      return {};
    }
    if (given.is_null()) return {};
    if (!given.is(Value::Kind::map))
      return fail(ErrorCode::invalid, "\"consents\" is not a list of purposes.",
                  R"(Send ["recommend"], or {"recommend": true, "mail": false}.)");
    for (const auto& [name, granted] : given.as_map()) TRY(consent(name, granted));
    return {};
  }
  Result<void> consent(const Value& name, const Value& granted) {
    const ground::Purpose* purpose =
        name.is(Value::Kind::string) ? snapshot_.purpose(name.as_string()) : nullptr;
    if (purpose == nullptr || !granted.is(Value::Kind::boolean)) {
      std::vector<std::string> known;
      for (const ground::Purpose& each : snapshot_.purposes) known.push_back(each.name);
      return unknown("\"consents\" names something that is not a purpose of the brand.",
                     ground::to_display(name), known);
    }
    sitter_.state.keep(remember::Consent{.purpose = purpose->id,
                                         .granted = granted.as_bool(),
                                         .at = now_,
                                         .text_hash = purpose->text_hash,
                                         .proof = Assurance::a3});
    return {};
  }
  Result<void> facts(const Value& given) {
    if (given.is_null()) return {};
    if (!given.is(Value::Kind::map))
      return fail(ErrorCode::invalid, "\"facts\" is not an object.", R"(Send {"job": "sales"}.)");
    for (const auto& [name, value] : given.as_map()) TRY(fact(name.as_string(), value));
    return {};
  }
  Result<void> fact(const std::string& name, const Value& value) {
    const ground::FactRule* rule = snapshot_.fact(name);
    if (rule == nullptr) {
      std::vector<std::string> known;
      for (const ground::FactRule& each : snapshot_.facts) known.push_back(each.name);
      return unknown(fmt::format("The brand has no fact {}.", name), name, known);
    }
    if (rule->derived)
      return fail(ErrorCode::invalid, fmt::format("The fact {} is computed.", name),
                  "Bring the events that it is computed from.");
    const auto batch =
        TRY(listen::read_events(Value::map({{Value("type"), Value("identify")},
                                            {Value("anonymousId"), Value(nobody)},
                                            {Value("traits"), Value::map({{Value(name), value}})}}),
                                std::nullopt, now_));
    if (!batch.refused.empty()) return fail(ErrorCode::invalid, batch.refused.front().message);
    const listen::Applied applied = TRY(apply(batch.events.front()));
    if (applied.facts > 0) return {};
    if (applied.sensitive_refused > 0)
      return fail(ErrorCode::invalid, fmt::format("{} is sensitive.", name),
                  "Name a purpose of it with explicit: true in \"consents\".");
    if (applied.traits_refused > 0)
      return fail(ErrorCode::invalid,
                  fmt::format("The value of {} is not of its type, or needs more proof.", name),
                  "facts.yaml says what it may be; with the assurance A0 or A1 nothing delicate "
                  "is known.");
    return fail(ErrorCode::invalid, fmt::format("The persona's source does not collect {}.", name),
                "Name a source that shares a purpose with it: \"source\": \"…\".");
  }
  Result<void> phase(const Value& given) {
    if (given.is_null()) return {};
    std::vector<std::string> known;
    for (const ground::Phase& each : snapshot_.phases) known.push_back(each.name);
    const std::string name = ground::to_display(given);
    if (std::ranges::find(known, name) == known.end())
      return unknown("\"phase\" is not a phase of the brand.", name, known);
    sitter_.phase = name;
    return {};
  }

  Sitter& sitter_;
  const ground::Snapshot& snapshot_;
  listen::Sender sender_;
  ground::Instant now_;
};

Result<Assurance> assurance_of(const Value& persona) {
  const Value given = member(persona, "assurance");
  if (given.is_null()) return Assurance::a2;
  const auto assurance = ground::parse_enum<Assurance>(ground::to_display(given));
  if (assurance) return *assurance;
  return fail(ErrorCode::invalid, "\"assurance\" is not A0, A1 or A2.",
              "A1 is a visitor known by the device; A2, who signed in.");
}

}  // namespace

Result<Answer> Partition::preview(const Ask& ask, const Key& key) {
  State& s = *state_;
  if (!s.snapshot) return decide(ask, key);
  const bool described = ask.persona.is(Value::Kind::map);
  if (!described && !ask.persona.is_null())
    return fail(ErrorCode::invalid, "\"persona\" is not an object.",
                R"(Send {"facts": {"job": "sales"}, "consents": ["mail"]}.)");
  const ground::Instant now = ask.now.value_or(s.clock.now());
  const auto seated = std::make_shared<Sitter>(s.vocabulary);
  Sitter& sitter = *seated;
  sitter.state.aggregates_as_of = s.aggregates_as_of();
  State::Found found;
  if (described)
    found.viewer = TRY(assurance_of(ask.persona));
  else
    found = s.recall(ask.person, key).value_or(State::Found{});
  if (found.person != nullptr) {
    sitter.state = found.person->state;
    s.note_new_aggregates(sitter.state);
  }
  const Value source_given = member(ask.persona, "source");
  const std::string source = source_given.is_null() ? key.source : ground::to_display(source_given);
  const ground::Source* from = s.snapshot->source(source);
  if (from == nullptr && (described || !ask.events.is_null()))
    return fail(ErrorCode::invalid, "The preview's source is not in sources.yaml.",
                "Name one: \"source\" of the persona, or the key's.");
  const bool proven = described ? found.viewer >= Assurance::a2 : key.secret;
  Sitting sitting(
      sitter, *s.snapshot,
      {from == nullptr ? ground::SourceId{} : from->id, proven ? Assurance::a3 : Assurance::a0},
      now);
  if (described) TRY(sitting.persona(ask.persona));
  TRY(sitting.events(ask.events));
  const bool anyone = described || found.person != nullptr || !ask.events.is_null();
  Answer answer{.id = s.next_decision_id(), .snapshot = s.snapshot, .previewed = seated};
  const std::string seed = found.person != nullptr
                               ? std::string(sitter.state.dice_at(now).first.bytes())
                               : State::seed_of_nobody(ask.person);
  decide::Question question = s.question_of(ask, {found.viewer, now, seed}, answer);
  question.situation.phase = sitter.phase;
  State::note_odd(sitter.state, question);
  if (anyone) State::decide_for_another(sitter.state, question);
  question.recall = [&] { return respect::Handle(anyone ? &sitter.state : nullptr, sitter); };
  answer.draft = decide::decide(question);
  return answer;
}

}  // namespace aizuchi::serve
