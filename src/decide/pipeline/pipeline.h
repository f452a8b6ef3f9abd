// One decision, from question to answer, in nine stages: recall, admit, qualify, temper, score,
// choose, speak, explain, record (docs/one-decision.md). Same words in code, JSON and metrics.
//
// Promises: an answer always comes (a bug in one slot leaves that slot its default); nothing that
// was not admitted is seen by a rule, a score or a template (P1); same question, state and
// snapshot: same answer. Threads: pure but for `recall`; runs on the partition's thread. Cost: per
// slot, its candidates times their rules; never the length of a history.
#pragma once

#include "decide/pipeline/question.h"

namespace aizuchi::decide {

Draft decide(const Question& question);
// The default of each slot, when there is no time to decide: `recall` gives nobody. Cost: a few us.
Draft give_up(const Question& question);

// Stages one to three of the question's first slot: what could be said to this person there. For
// counting before a publish; `stopwatch_us` may be empty. no_consent when the slot is closed.
SlotDraft reach(const Question& question);
// The position among the item's wordings of the one that a candidate would be said in.
size_t wording_of(const ground::Item& item, const Candidate& candidate);

// What the learned choice is asked about a candidate of these terms.
Features features_of(const Features& moment, const Terms& terms);

// Decides one slot again from what its record holds: no person, no clock, no store. `drops` are the
// temper stage's recorded outcomes by item key.
struct RecordedSlot;
// What a recorded slot met of the overrides of its moment.
ground::Overrides overrides_of(const RecordedSlot& recorded, const ground::Snapshot& snapshot);
SlotDraft decide_again(const Question& question, const RecordedSlot& recorded);
// The same with one read taken away, same dice: the operator's counterfactual.
SlotDraft decide_without(const Question& question, const SlotDraft& draft, ground::ReadId read);

// The documented prior, used until a slot's model has learned (docs/one-decision.md, "The prior").
namespace prior {
constexpr double base_rate_logit = -2.9444389791664403;  // ln(0.05 / 0.95)
constexpr double surface = 0.4;
constexpr double memory = 0.6;
constexpr double resonance = 1.2;
constexpr double product_taste = 0.8;
constexpr double related = 1.0;
constexpr double give_back = 3.0;  // of what shares most what was answered
constexpr double editorial = 0.3;
constexpr double place_step = 0.25;  // of an order: each place further down
constexpr double spread_message = 0.5;
constexpr double spread_shelf =
    0.15;  // lists and orders: a page should not shuffle for its own sake
}  // namespace prior

}  // namespace aizuchi::decide
