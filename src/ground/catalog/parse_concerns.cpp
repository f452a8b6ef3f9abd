// concerns.yaml and expectations.yaml: what people worry about and what they hope for. One table
// for both, since items serve either.
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
