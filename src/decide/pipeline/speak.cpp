// Stages 7 and 8: speak and explain. Words come from SAY-level facts only; the reason from the
// facts actually read by what actually decided.
#include <algorithm>

#include "decide/pipeline/stages.h"

namespace aizuchi::decide {

using ground::FallbackKind;
using ground::Item;

namespace {

constexpr size_t popular_max = 24;

void say_item(const Question& question, SlotDraft& draft, const Item& item,
              const ground::Wording* overlay, Pick& pick, bool& failed) {
  auto content = speak::render(base_wording(item), overlay, question.locale, question.snapshot,
                               *draft.admission);
  if (!content) {
    failed = true;
    return;
  }
  pick.content = *std::move(content);
  pick.variant = overlay == nullptr ? base_wording(item).id : overlay->id;
}

// The brand's own order, in stock and in window.
void add_popular(const Question& question, SlotDraft& draft) {
  const size_t wanted = std::min<size_t>(draft.slot->at_most, popular_max);
  for (uint32_t i = 0; i < question.snapshot.products.size() && draft.picks.size() < wanted; ++i) {
    const ground::Product& product = question.snapshot.products[i];
    if (product.stock && *product.stock <= 0) continue;
    if (question.situation.now < product.from || question.situation.now > product.until) continue;
    // What temper took away stays away.
    const bool dropped = std::ranges::any_of(draft.candidates, [&](const Candidate& c) {
      return c.product == ground::ProductId{i} && c.drop != Drop::none;
    });
    if (!dropped) draft.picks.push_back({.product = {i}});
  }
}

}  // namespace

void fall_back(const Question& question, SlotDraft& draft, Reason reason) {
  draft.picks.clear();
  draft.layer = ground::Layer::none;
  draft.reason = reason;
  switch (draft.slot->fallback) {
    case FallbackKind::item:
      if (draft.slot->fallback_item.valid())
        draft.picks.push_back({.item = draft.slot->fallback_item});
      return;
    case FallbackKind::given_order:
      for (const ground::ItemId id : draft.slot->of) {
        const bool dropped = std::ranges::any_of(draft.candidates, [&](const Candidate& c) {
          return c.item == id && c.drop == Drop::not_live;
        });
        if (!dropped) draft.picks.push_back({.item = id});
      }
      return;
    case FallbackKind::popular:
      return add_popular(question, draft);
    case FallbackKind::silence:
      if (reason != Reason::no_consent) draft.reason = Reason::silence;
      return;
  }
}

void speak(const Question& question, SlotDraft& draft) {
  bool failed = false;
  for (Pick& pick : draft.picks) {
    if (pick.product.valid()) {
      pick.content =
          speak::render_product(question.snapshot.products[pick.product.index], question.locale);
      continue;
    }
    const Item& item = question.snapshot.items[pick.item.index];
    const bool from_candidates = pick.candidate != SIZE_MAX;
    const ground::Wording* overlay =
        from_candidates ? overlay_wording(item, draft.candidates[pick.candidate]) : nullptr;
    say_item(question, draft, item, overlay, pick, failed);
  }
  if (!failed) return;
  // Cannot fail after choose except by a bug, which yields the default.
  fall_back(question, draft, Reason::failed);
  bool again = false;
  for (Pick& pick : draft.picks) {
    if (pick.product.valid())
      pick.content =
          speak::render_product(question.snapshot.products[pick.product.index], question.locale);
    else
      say_item(question, draft, question.snapshot.items[pick.item.index], nullptr, pick, again);
  }
  if (again) draft.picks.clear();
}

void explain(const Question& question, SlotDraft& draft) {
  static const std::vector<ground::ReadId> nothing;
  for (Pick& pick : draft.picks) {
    const auto& touched =
        pick.candidate == SIZE_MAX ? nothing : draft.candidates[pick.candidate].touched;
    pick.why = speak::why_sentences(question.snapshot, *draft.admission, touched, question.locale);
  }
}

}  // namespace aizuchi::decide
