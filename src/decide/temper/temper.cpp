#include "decide/temper/temper.h"

#include <algorithm>

namespace aizuchi::decide {

std::string_view to_string(Drop drop) {
  switch (drop) {
    case Drop::none:
      return "none";
    case Drop::not_live:
      return "not_live";
    case Drop::out_of_window:
      return "out_of_window";
    case Drop::other_phase:
      return "other_phase";
    case Drop::rule_false:
      return "rule_false";
    case Drop::rule_absent:
      return "rule_absent";
    case Drop::rule_error:
      return "rule_error";
    case Drop::wording_not_sayable:
      return "wording_not_sayable";
    case Drop::too_many_facts:
      return "too_many_facts";
    case Drop::not_resonant:
      return "not_resonant";
    case Drop::out_of_stock:
      return "out_of_stock";
    case Drop::cap_reached:
      return "cap_reached";
    case Drop::said_in_this_view:
      return "said_in_this_view";
    case Drop::mentioned_in_this_view:
      return "mentioned_in_this_view";
    case Drop::just_bought:
      return "just_bought";
    case Drop::in_cart:
      return "in_cart";
    case Drop::stopped:
      return "stopped";
    case Drop::said_elsewhere:
      return "said_elsewhere";
    case Drop::complained:
      return "complained";
    case Drop::promise_overdue:
      return "promise_overdue";
    case Drop::complaint_open:
      return "complaint_open";
    case Drop::felt_odd:
      return "odd";
  }
  return "none";
}

bool LiveTemper::said_elsewhere(const Offer& offer) const {
  if (!removals_.any_said_elsewhere()) return false;
  if (offer.item == nullptr) return removals_.said_elsewhere(offer.key, elsewhere_for);
  if (offer.item->cap.times == 0 && removals_.said_elsewhere(offer.key, elsewhere_for)) return true;
  return std::ranges::any_of(offer.item->serves, [&](uint16_t concern) {
    const std::string& topic = offer.snapshot->concerns[concern].name;
    return removals_.said_elsewhere(ground::item_key("topic", topic), elsewhere_for);
  });
}

Drop LiveTemper::judge(const Offer& offer) const {
  if (view_.said.contains(offer.key)) return Drop::said_in_this_view;
  if (offer.mentions && view_.mentioned) return Drop::mentioned_in_this_view;
  if (offer.item != nullptr) {
    const ground::Cap& cap = offer.item->cap;
    if (cap.times > 0 && removals_.times_said(offer.key, cap.per) >= cap.times)
      return Drop::cap_reached;
  }
  if (offer.product != nullptr) {
    if (removals_.bought_within(offer.key, just_bought)) return Drop::just_bought;
    if (removals_.complained_within(offer.key, complained_for) ||
        removals_.complaint_about(offer.product->name_id))
      return Drop::complained;
    if (removals_.in_cart(offer.product->name_id)) return Drop::in_cart;
  }
  return said_elsewhere(offer) ? Drop::said_elsewhere : Drop::none;
}

}  // namespace aizuchi::decide
