// What felt odd: one thing that is known, at one item – or at a place of several (a shelf, an
// order), whose things are many and whose reason is one – is not used there, as if it were not
// known; for the person who said so, and for everybody where enough did. An item is asked again
// without it: it may still be said in other words.
//
// What was met is noted among what operation stopped, so that a record holds it and a replay finds
// it again. Cost: nothing while nothing feels odd to anybody; then a lookup for each thing at hand
// and item.
#include <algorithm>

#include "decide/pipeline/stages.h"
#include "respect/admission/computed.h"

namespace aizuchi::decide {

using ground::ReadId;

bool odd_as_a_whole(const ground::Slot& slot) {
  return slot.from_products || slot.shape != ground::Shape::one;
}

std::vector<AtHand> maybe_odd(const Question& question, const SlotDraft& draft) {
  std::vector<AtHand> out;
  const bool everyone = question.overrides != nullptr && question.overrides->uses;
  if (!everyone && question.odd.empty()) return out;
  for (const ReadId id : draft.slot->reads) {
    const respect::Admitted* admitted = draft.admission->find(id);
    if (admitted == nullptr || admitted->impersonal()) continue;
    std::string name = respect::known_as(question.snapshot, question.snapshot.reads[id]);
    if (!name.empty()) out.push_back({.read = id, .name = std::move(name)});
  }
  return out;
}

std::vector<ReadId> find_odd(const Question& question, SlotDraft& draft,
                             const std::vector<AtHand>& at_hand, ground::ItemKey of) {
  std::vector<ReadId> out;
  for (const AtHand& one : at_hand) {
    const ground::ItemKey use = ground::use_key(of, one.name);
    const bool theirs = std::ranges::find(question.odd, use) != question.odd.end();
    if (!is_stopped(question, draft, use)) {
      if (!theirs) continue;
      draft.stopped.push_back(use);
    }
    draft.odd.emplace_back(of, one.read);
    out.push_back(one.read);
  }
  return out;
}

std::vector<ReadId> odd_for(const SlotDraft& draft, ground::ItemKey of) {
  std::vector<ReadId> out;
  for (const auto& [item, read] : draft.odd)
    if (item == of) out.push_back(read);
  return out;
}

}  // namespace aizuchi::decide
