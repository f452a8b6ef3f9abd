#include "listen/events/wishing.h"

#include <algorithm>

#include "ground/base/hash.h"
#include "listen/events/complaining.h"

namespace aizuchi::listen {

using ground::EventRole;
using ground::Instant;
using remember::PersonState;
using remember::Wish;

namespace {

std::string text_in(const Event& event, std::string_view name) {
  const Value* value = event.details().find(name);
  return value == nullptr ? "" : ground::to_display(*value);
}

Instant moment_in(const Event& event, std::string_view name) {
  return ground::parse_instant(text_in(event, name)).value_or(event.at);
}

bool taken_back_by(const Event& event) {
  const Value* holds = event.details().find("holds");
  return holds != nullptr && holds->is(Value::Kind::boolean) && !holds->as_bool();
}

// One break at a time; taken back with "told", only that one.
void keep_break(PersonState& person, const Event& event) {
  const std::string told = text_in(event, "told");
  if (!taken_back_by(event))
    person.keep(remember::Pause{
        .from = moment_in(event, "from"), .until = moment_in(event, "until"), .at = event.at});
  else if (told.empty() || ground::format_instant(person.pause.at) == told)
    person.keep(remember::Pause{.from = {}, .until = {}, .at = event.at});
}

}  // namespace

void keep_wish(PersonState& person, const Event& event, uint64_t sequence,
               const ground::Vocabulary& vocabulary) {
  if (text_in(event, "what") == "break") return keep_break(person, event);
  static constexpr std::string_view words[] = {"only_this_time", "gift"};
  const auto word = std::ranges::find(words, text_in(event, "what"));
  if (word == std::end(words)) return;
  const Wish wish{.what = static_cast<Wish::What>(word - words),
                  .product = text_in(event, "product"),
                  .at = event.at,
                  .from = moment_in(event, "from"),
                  .until = moment_in(event, "until"),
                  .evidence = sequence};
  const bool taken_back = taken_back_by(event);
  const std::string told = text_in(event, "told");
  // Told anew it is as it was told last.
  std::erase_if(person.wishes, [&](const Wish& each) {
    if (each.what != wish.what) return false;
    if (!told.empty()) return ground::format_instant(each.at) == told;
    return each.until > event.at && (taken_back || each.product == wish.product);
  });
  if (taken_back) return;
  keep_newest(person.wishes, wish, PersonState::wishes_max);
  if (!wish.product.empty()) return;
  std::erase_if(person.facts, [&](const remember::Fact& fact) {
    return fact.at >= wish.from && fact.at < wish.until &&
           vocabulary.provenance(fact.provenance).method == ground::Method::observed;
  });
}

void visit_goes_on(PersonState& person, Instant at) {
  for (Wish& wish : person.wishes)
    if (wish.product.empty() && at >= wish.from && at < wish.until)
      wish.until = std::max(wish.until, at + remember::visit_pause);
}

Apart apart_of(const PersonState& person, const Event& event) {
  const Value* for_whom = event.context_at({"for_whom"});
  if (for_whom != nullptr && for_whom->is(Value::Kind::string) && for_whom->as_string() == "gift")
    return Apart::gift;
  if (person.wishes.empty()) return Apart::no;
  const Value* product = event.details().find("product_id");
  const Wish* wish = person.apart(
      event.at, product == nullptr ? 0 : ground::item_key("product", ground::to_display(*product)));
  if (wish == nullptr) return Apart::no;
  return wish->what == Wish::What::gift ? Apart::gift : Apart::only_this_time;
}

bool is_taste(const ground::EventRule& rule, const ground::Aggregate& counted) {
  if (counted.kind == ground::AggregateKind::top) return true;
  switch (rule.role) {
    case EventRole::order_completed:
    case EventRole::order_cancelled:
    case EventRole::complained:
    case EventRole::settled:
    case EventRole::consent_updated:
      return false;
    default:
      return true;
  }
}

}  // namespace aizuchi::listen
