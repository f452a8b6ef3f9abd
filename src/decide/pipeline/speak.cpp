// Stages 7 and 8: speak and explain. Words come from SAY-level facts only; the reason from the
// facts actually read by what actually decided.
#include <algorithm>

#include "decide/pipeline/stages.h"
#include "understand/recommend/recommend.h"

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

// A product in its own words, at the price of now.
speak::Content say_product(const Question& question, ground::ProductId id) {
  const ground::Product& product = question.snapshot.products[id.index];
  const auto* news = question.overrides == nullptr ? nullptr : question.overrides->news(id);
  const double price = news == nullptr ? product.price : news->price.value_or(product.price);
  return speak::render_product(product, price, question.locale);
}

bool is_popular(const SlotDraft& draft, ground::ItemKey product) {
  return std::ranges::any_of(draft.suggested, [&](const understand::Suggested& one) {
    return one.product == product && one.path == understand::Path::popular;
  });
}

// What is popular, then the brand's own order; in stock and in window. What qualify or temper took
// away stays away. Of a replay the record has what was popular.
void add_popular(const Question& question, SlotDraft& draft) {
  const size_t wanted = std::min<size_t>(draft.slot->at_most, popular_max);
  const auto add = [&](ground::ProductId id) {
    const bool there = std::ranges::find(draft.picks, id, &Pick::product) != draft.picks.end();
    if (draft.picks.size() >= wanted || there) return;
    const auto judged = std::ranges::find(draft.candidates, id, &Candidate::product);
    const Drop drop =
        judged != draft.candidates.end() ? judged->drop : availability(question, draft, id);
    if (drop == Drop::none) draft.picks.push_back({.product = id});
  };
  const bool known = std::ranges::find(draft.suggested, understand::Path::popular,
                                       &understand::Suggested::path) != draft.suggested.end();
  if (!known && question.recommenders != nullptr)
    std::ranges::move(understand::popular_products(*question.recommenders),
                      std::back_inserter(draft.suggested));
  for (const understand::Suggested& one : draft.suggested)
    if (const auto* product = question.snapshot.product_by_key(one.product);
        one.path == understand::Path::popular && product != nullptr)
      add(product->id);
  for (uint32_t i = 0; i < question.snapshot.products.size() && draft.picks.size() < wanted; ++i)
    add({i});
}

// Where nobody asks and a message goes out by itself, stopping means that none does.
bool is_pushed(ground::Channel channel) {
  return channel == ground::Channel::email || channel == ground::Channel::push;
}

// A default that sells is none while nothing is sold.
bool may_stand(const Question& question, SlotDraft& draft, ground::ItemId id) {
  const Item& item = question.snapshot.items[id.index];
  const bool held = draft.selling != Drop::none && item.intent == ground::Intent::sell;
  return !held && !is_stopped(question, draft, item.key);
}

}  // namespace

void fall_back(const Question& question, SlotDraft& draft, Reason reason) {
  draft.picks.clear();
  draft.layer = ground::Layer::none;
  draft.reason = reason;
  const bool closed = reason == Reason::stopped || reason == Reason::shed ||
                      reason == Reason::paused || reason == Reason::often_enough;
  if (closed && is_pushed(draft.slot->channel)) return;
  switch (draft.slot->fallback) {
    case FallbackKind::item:
      if (draft.slot->fallback_item.valid() &&
          may_stand(question, draft, draft.slot->fallback_item))
        draft.picks.push_back({.item = draft.slot->fallback_item});
      return;
    case FallbackKind::given_order:
      for (const ground::ItemId id : draft.slot->of) {
        const bool dropped = std::ranges::any_of(draft.candidates, [&](const Candidate& c) {
          return c.item == id && c.drop == Drop::not_live;
        });
        if (!dropped && may_stand(question, draft, id)) draft.picks.push_back({.item = id});
      }
      return;
    case FallbackKind::popular:
      if (draft.selling != Drop::none && draft.slot->sells) return;
      return add_popular(question, draft);
    case FallbackKind::silence:
      if (reason != Reason::no_consent && !closed) draft.reason = Reason::silence;
      return;
  }
}

void speak(const Question& question, SlotDraft& draft) {
  bool failed = false;
  for (Pick& pick : draft.picks) {
    if (pick.product.valid()) {
      pick.content = say_product(question, pick.product);
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
      pick.content = say_product(question, pick.product);
    else
      say_item(question, draft, question.snapshot.items[pick.item.index], nullptr, pick, again);
  }
  if (again) draft.picks.clear();
}

namespace {

// "Because you viewed …" and its like, in place of "the things you looked at", where a view may be
// spoken of; behind what names the deep layer, where that spoke.
void name_viewed(const Question& question, const SlotDraft& draft, const Candidate& candidate,
                 Pick& pick) {
  const auto read = understand::viewed_read(question.snapshot, *draft.slot);
  if (!read || !draft.admission->sayable(*read)) return;
  speak::Sentence named =
      speak::viewed_sentence(question.snapshot, *draft.admission->find(*read),
                             {.by = question.snapshot.products[candidate.viewed.index],
                              .path = candidate.path,
                              .layer = pick.layer},
                             question.locale);
  const auto general = speak::why_sentences(question.snapshot, *draft.admission,
                                            {pick.layer, {*read}}, question.locale);
  std::erase_if(pick.why, [&](const speak::Sentence& s) { return s.text == general.front().text; });
  const bool behind = pick.layer == ground::Layer::resonance && !pick.why.empty();
  pick.why.insert(pick.why.begin() + (behind ? 1 : 0), std::move(named));
  if (pick.why.size() > 2) pick.why.pop_back();
}

}  // namespace

void explain(const Question& question, SlotDraft& draft) {
  static const std::vector<ground::ReadId> nothing;
  note_known(draft);
  for (Pick& pick : draft.picks) {
    const auto& touched =
        pick.candidate == SIZE_MAX ? nothing : draft.candidates[pick.candidate].touched;
    pick.why = speak::why_sentences(question.snapshot, *draft.admission, {pick.layer, touched},
                                    question.locale);
    if (pick.candidate != SIZE_MAX && draft.candidates[pick.candidate].viewed.valid())
      name_viewed(question, draft, draft.candidates[pick.candidate], pick);
    if (pick.product.valid() && !pick.why.front().personal &&
        is_popular(draft, question.snapshot.products[pick.product.index].key))
      pick.why = {speak::popular_sentence(question.snapshot, question.locale)};
  }
}

}  // namespace aizuchi::decide
