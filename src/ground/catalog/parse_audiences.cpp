// phases.yaml and audiences.yaml: named rules. Their expressions are compiled later, when every
// name is known.
#include "ground/catalog/fields.h"
#include "ground/catalog/parse.h"

namespace aizuchi::ground::catalog {

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

}  // namespace aizuchi::ground::catalog
