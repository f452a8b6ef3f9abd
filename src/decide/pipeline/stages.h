// The stages of one slot, each a function from draft to draft. Internal to decide/pipeline.
#pragma once

#include "decide/pipeline/question.h"

namespace aizuchi::decide {

void qualify(const Question& question, SlotDraft& draft);
void temper(const Question& question, SlotDraft& draft, const Temper& judge);
void score(const Question& question, SlotDraft& draft);
// What the slot's model says of the candidates, where one is learned; and what the learner may see.
void score_learned(const Question& question, SlotDraft& draft);
void choose(const Question& question, SlotDraft& draft);
void speak(const Question& question, SlotDraft& draft);
void explain(const Question& question, SlotDraft& draft);

// The wording a candidate would be said in: base, and the overlay that holds (nullptr: none).
const ground::Wording& base_wording(const ground::Item& item);
const ground::Wording* overlay_wording(const ground::Item& item, const Candidate& candidate);

// What the model knew of the person has had its part in the choice of what was chosen.
void note_known(SlotDraft& draft);
// The moment without what `without` was not given.
void forget_moment(const Question& question, const SlotDraft& draft, SlotDraft& without);

// Has an operator stopped it? Noted in the draft.
bool is_stopped(const Question& question, SlotDraft& draft, ground::ItemKey key);
// Of what is at hand of the person, under which names uses of it are stopped; empty where nothing
// feels odd to anybody (odd.cpp).
struct AtHand {
  ground::ReadId read = 0;
  std::string name;
};
std::vector<AtHand> maybe_odd(const Question& question, const SlotDraft& draft);
// What of it may not be used for this item, or this shelf; noted in the draft.
std::vector<ground::ReadId> find_odd(const Question& question, SlotDraft& draft,
                                     const std::vector<AtHand>& at_hand, ground::ItemKey of);
// As it was noted.
std::vector<ground::ReadId> odd_for(const SlotDraft& draft, ground::ItemKey of);

// May the product stand on a shelf now: not stopped, in window, in stock? Ask once a product: what
// the feed says of it is noted in the draft.
Drop availability(const Question& question, SlotDraft& draft, ground::ProductId id);

// Is it there to be sold: an item whose intent that is, a product on a shelf?
bool sells(const Question& question, const SlotDraft& draft, const Candidate& candidate);

// Content and reason when nothing is chosen.
void fall_back(const Question& question, SlotDraft& draft, Reason reason);

}  // namespace aizuchi::decide
