// Answers as JSON: the shapes of docs/openapi. One place, so that HTTP, CLI and library say the
// same.
#pragma once

#include <string>

#include "serve/partition/answer.h"

namespace aizuchi::serve {

// {"decisionId", "slots": {name: {"items": [...], "layer", "reason", "decisionId"}}}
// With Explain::person each item has "why": [{"text","source","at"}]. With operator_view each slot
// has "operator": candidates with drop reasons, terms and propensity, reads, withheld, stage times.
std::string answer_json(const Answer& answer, Explain explain);
// One slot's answer as members of an open object: for faces with their own frame (the demo).
std::string slot_json(const decide::SlotDraft& draft, const ground::Snapshot& snapshot,
                      ground::LocaleId locale, ground::DecisionId decision, Explain explain);
// /v1/decisions/{id}/why: the record, replayed; with counterfactuals for the operator.
std::string explained_json(const Partition::Explained& explained, ground::DecisionId id,
                           Explain explain);

std::string to_text(ground::DecisionId id);
std::optional<ground::DecisionId> parse_decision_id(std::string_view text);

}  // namespace aizuchi::serve
