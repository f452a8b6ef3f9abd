// phases.yaml, audiences.yaml, concerns.yaml and expectations.yaml: named rules. Their expressions
// are compiled later, when every name is known. Concerns and expectations share a table, since
// items serve either.
#include "ground/catalog/fields.h"
#include "ground/catalog/parse.h"

namespace aizuchi::ground::catalog {

namespace {

void read_concern(Draft& draft, const At& name, const YamlNode& node, Concern::Kind kind) {
  if (!plain_name(name.text))
    draft.error(name, "bad-name", "expected letters, digits, '.', '_' or '-'");
  const bool worry = kind == Concern::Kind::concern;
  Fields in(draft, node, worry ? "a concern" : "an expectation");
  Concern concern{.name = name.text, .kind = kind, .place = name.place};
  concern.says = in.say("says", "the same in plain words");
  draft.signals.push_back(in.node("when", "a CEL rule: the signal that somebody has it"));
  draft.declare(draft.concerns, name, draft.out.concerns.size());
  draft.out.concerns.push_back(std::move(concern));
}

}  // namespace

void parse_phases(Draft& draft) {
  read_entries(draft, "phases.yaml", "phases", [&](const At& name, const YamlNode& node) {
    Fields in(draft, node, "a phase");
    const YamlNode* when = in.node("when", "a CEL rule");
    Text says = in.say("says", "the phase in plain words");
    const auto position = draft.resolve(draft.phases, name);
    if (!position) return;
    draft.out.phases[*position].says = std::move(says);
    draft.phase_rules[*position] = when;
  });
}

void parse_audiences(Draft& draft) {
  read_entries(draft, "audiences.yaml", "audiences", [&](const At& name, const YamlNode& node) {
    if (!plain_name(name.text))
      draft.error(name, "bad-name", "expected letters, digits, '.', '_' or '-'");
    Fields in(draft, node, "an audience");
    const std::string title = in.text("title", "its name inside the team");
    const YamlNode* rule = in.node("rule", "a CEL rule", Need::required);
    draft.declare(draft.audiences, name, draft.audience_names.size());
    draft.audience_names.push_back(name);
    draft.audience_titles.push_back(title);
    draft.audience_rules.push_back(rule);
  });
}

void parse_concerns(Draft& draft) {
  read_entries(draft, "concerns.yaml", "concerns", [&](const At& name, const YamlNode& node) {
    read_concern(draft, name, node, Concern::Kind::concern);
  });
  read_entries(draft, "expectations.yaml", "expectations",
               [&](const At& name, const YamlNode& node) {
                 read_concern(draft, name, node, Concern::Kind::expectation);
               });
}

}  // namespace aizuchi::ground::catalog
